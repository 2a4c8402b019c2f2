"""Reads the rows of `runs/`: of each run the latest, under the declared columns."""

from collections.abc import Collection, Sequence
from functools import partial

import numpy as np
import pyarrow as pa

from gradx.store.columns import Columns, conformed
from gradx.store.index import Index, Signature, settle
from gradx.store.parts import read_part
from gradx.store.paths import Paths, order


def read_rows(
    paths: Paths,
    columns: Columns,
    index: Index,
    runs: Collection[str] | None = None,
    names: Sequence[str] | None = None,
) -> pa.Table:
    """The rows of `runs` (None: of all) as far as they are there, sorted as their files are.

    Args:
        names: the columns to read; None gives all, `run` is always there. Names that no part has are left out.

    Raises:
        ResultsError: a part cannot be read.
    """
    wanted = None if names is None else ["run", *(name for name in names if name != "run")]
    tables = _all(paths, wanted) if runs is None else _some(paths, index, set(runs), wanted)
    # After the parts: what is declared when a part is there covers it.
    schema = columns.read()
    if wanted is not None:
        schema = pa.schema([schema.field(name) for name in wanted if name in schema.names])
    return _joined(_latest(tables, runs), schema)


def _all(paths: Paths, names: list[str] | None) -> dict[str, pa.Table]:
    known: dict[str, tuple[Signature, pa.Table]] = {}
    settle(paths, partial(read_part, columns=names), known)
    return {token: table for token, (_, table) in known.items()}


def _some(paths: Paths, index: Index, runs: set[str], names: list[str] | None) -> dict[str, pa.Table]:
    known: dict[str, tuple[Signature, pa.Table]] = {}
    tokens: set[str] = set()

    def needed() -> set[str]:
        entries = index.read()
        return {entries[run].part for run in runs if run in entries}

    while not needed() <= tokens:  # again if a part has been replaced by a later one meanwhile
        tokens = needed()
        settle(paths, partial(read_part, columns=names), known, tokens)
    return {token: table for token, (_, table) in known.items()}


def _latest(tables: dict[str, pa.Table], runs: Collection[str] | None) -> list[pa.Table]:
    """The tables, sorted as their files are, without rows that a later table replaces or nobody asked for."""
    latest = {run: token for token in sorted(tables, key=order) for run in tables[token]["run"].to_pylist()}
    if runs is not None:
        latest = {run: latest[run] for run in set(runs) if run in latest}
    if len(latest) == sum(table.num_rows for table in tables.values()):
        return [tables[token] for token in sorted(tables)]
    kept = []
    for token in sorted(tables):
        mask = [latest.get(run) == token for run in tables[token]["run"].to_pylist()]
        if any(mask):
            kept.append(tables[token].filter(pa.array(mask)))
    return kept


def _joined(tables: list[pa.Table], schema: pa.Schema) -> pa.Table:
    """All rows under one schema. Casts cost more than rows, so tables of one schema go through them together."""
    groups: dict[pa.Schema, list[int]] = {}
    for number, table in enumerate(tables):
        groups.setdefault(table.schema, []).append(number)
    if not groups:
        return schema.empty_table()
    parts = [conformed(pa.concat_tables([tables[n] for n in numbers]), schema) for numbers in groups.values()]
    whole = pa.concat_tables(parts).combine_chunks()
    if len(groups) == 1:
        return whole
    sizes = np.array([table.num_rows for table in tables])
    table_of_row = np.concatenate([np.repeat(numbers, sizes[numbers]) for numbers in groups.values()])
    order = pa.py_buffer(np.argsort(table_of_row, kind="stable").astype(np.int64))
    return whole.take(pa.Array.from_buffers(pa.int64(), whole.num_rows, [None, order]))  # pa.array imports pandas

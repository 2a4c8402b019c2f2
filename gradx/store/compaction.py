"""Few parts of many: the same rows in files that are worth opening."""

from collections.abc import Callable, Collection, Iterator, Mapping, Set
from itertools import chain
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from gradx.store.locks import LOCKS
from gradx.store.parts import remove
from gradx.store.paths import Paths
from gradx.store.traces import GROUP, WRITTEN, read_trace, rows_in, trace_writer

SMALL = 64 * 2**20  # bytes of traces from which on a part stays as it is
LARGE = 256 * 2**20  # bytes of a new trace part, about
BATCH = 2**22  # rows in memory at a time, some 130 MB


def small_parts(paths: Paths) -> list[str]:
    """The tokens of parts worth putting together; none if there is just one."""
    traces = paths.trace_parts()
    found = [
        token for token in paths.run_tokens() if sum(part.stat().st_size for part in traces.get(token, ())) < SMALL
    ]
    return found if len(found) > 1 else []


def trace_files(paths: Paths, places: Mapping[str, Set[str]]) -> Iterator[Callable[[BinaryIO], None]]:
    """Writers of one trace part after another, with the rows of some runs, sorted by run.

    Args:
        places: token to runs whose rows are under it.
    """
    tables = _tables(paths, places)
    for table in tables:
        rest = chain([table], tables)

        def write(file: BinaryIO, rest: Iterator[pa.Table] = rest) -> None:
            with trace_writer(file) as writer:
                for table in rest:
                    writer.write_table(table, row_group_size=GROUP)
                    if file.tell() > LARGE:
                        break

        yield write


def _tables(paths: Paths, places: Mapping[str, Set[str]]) -> Iterator[pa.Table]:
    parts = paths.trace_parts()
    token_of = {run: token for token, runs in places.items() for run in runs if token in parts}
    rows = sum(rows_in(part) for token in set(token_of.values()) for part in parts[token])
    runs = sorted(token_of)
    if not rows:
        return
    size = max(1, len(runs) * BATCH // rows)
    for first in range(0, len(runs), size):
        batch = set(runs[first : first + size])
        tokens = sorted({token_of[run] for run in batch})
        tables = [
            table for token in tokens for part in parts[token] for table in read_trace(part, batch & places[token])
        ]
        if any(table.num_rows for table in tables):
            yield _sorted(pa.concat_tables(tables)).cast(WRITTEN)


def _sorted(table: pa.Table) -> pa.Table:
    """The rows of each run together, otherwise as they were."""
    table = table.unify_dictionaries().combine_chunks()
    runs = table["run"].chunk(0)
    names = runs.dictionary.to_pylist()
    rank = np.argsort(np.argsort(np.array(names, dtype=object)))[runs.indices.to_numpy()]
    return table if np.all(np.diff(rank) >= 0) else table.take(pa.array(np.argsort(rank, kind="stable")))


def remove_leftovers(paths: Paths, live: Collection[str]) -> None:
    """Remove what no claim explains: unfinished files, traces without rows, columns that were declared before the last.

    For one process at a time, under the lock of the results directory, after dead claims have been closed.
    """
    there = {*paths.run_tokens(), *live}
    unexplained = (*paths.trace_parts().items(), *paths.hidden_parts().items()) if LOCKS else ()
    for token, parts in unexplained:
        if token not in there:
            for part in parts:
                remove(part)
    for part in paths.columns_parts()[1:]:
        remove(part)

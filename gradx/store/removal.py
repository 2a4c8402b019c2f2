"""Takes runs out of parts that hold others, too: the rows first, so that no run ever lacks its trace."""

from collections.abc import Collection, Mapping

import pyarrow as pa

from gradx.store.parts import read_part, remove, write_table
from gradx.store.paths import Paths
from gradx.store.traces import keep_only

Removal = Mapping[str, Collection[str] | None]
"""Token to the runs to take out of its parts; None: all."""


def forget(paths: Paths, removal: Removal) -> None:
    """Rewrite or remove the parts of `removal`. Does nothing where that has been done already. Raises ResultsError.

    For one process at a time.
    """
    traces = paths.trace_parts() if removal else {}
    for token, runs in removal.items():
        left = _rows_left(paths, token, runs)
        for part in traces.get(token, ()):
            if left:
                keep_only(part, left)
            else:
                remove(part)


def _rows_left(paths: Paths, token: str, runs: Collection[str] | None) -> set[str]:
    """Take the rows of `runs` out of a part; returns the runs that stay."""
    part = paths.run_part(token)
    if runs is None:
        remove(part)
        return set()
    try:
        table = read_part(part)
    except FileNotFoundError:
        return set()
    gone = set(runs)
    there = table["run"].to_pylist()
    left = [run for run in there if run not in gone]
    if not left:
        remove(part)
    elif len(left) < len(there):
        write_table(part, table.filter(pa.array([run not in gone for run in there])))
    return set(left)

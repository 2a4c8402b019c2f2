"""Takes runs out of parts that hold others, too: the rows first, so that no run ever lacks its trace."""

from collections.abc import Mapping, Set
from typing import NamedTuple

import pyarrow as pa

from gradx.store.parts import read_part, remove, write_table
from gradx.store.paths import Paths
from gradx.store.traces import keep_only


class Taken(NamedTuple):
    """What to take out of the parts of one token."""

    runs: Set[str]
    whole: bool  # they hold nothing else, so that nobody need look


Removal = Mapping[str, Taken]
"""By token."""


def limited(removal: Removal, runs: Set[str]) -> Removal:
    """The part of `removal` that is about `runs`."""
    kept = {token: Taken(taken.runs & runs, taken.whole and taken.runs <= runs) for token, taken in removal.items()}
    return {token: taken for token, taken in kept.items() if taken.runs}


def forget(paths: Paths, removal: Removal) -> None:
    """Rewrite or remove the parts of `removal`. Does nothing where that has been done already. Raises ResultsError.

    For one process at a time, under the lock of the results directory.
    """
    if not removal:
        return
    traces, hidden = paths.trace_parts(), paths.hidden_parts()
    for token, taken in removal.items():
        left = _rows_left(paths, token, taken)
        for part in traces.get(token, ()):
            if left:
                keep_only(part, left)
            else:
                remove(part)
        for part in hidden.get(token, ()):  # left by a kill in here
            remove(part)


def _rows_left(paths: Paths, token: str, taken: Taken) -> set[str]:
    """Take rows out of a part; returns the runs that stay."""
    part = paths.run_part(token)
    if taken.whole:
        remove(part)
        return set()
    try:
        table = read_part(part)
    except FileNotFoundError:
        return set()
    runs = table["run"].to_pylist()
    left = [run for run in runs if run not in taken.runs]
    if not left:
        remove(part)
    elif len(left) < len(runs):
        write_table(part, table.filter(pa.array([run not in taken.runs for run in runs])))
    return set(left)

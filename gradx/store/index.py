"""`Index`: which runs are there, read once and then only what has changed since."""

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple, TypeVar

import pyarrow as pa

from gradx.base.errors import ResultsError
from gradx.store.failures import cannot
from gradx.store.parts import read_part
from gradx.store.paths import Paths, order
from gradx.store.removal import Removal, Taken

T = TypeVar("T")
Signature = tuple[int, int, int]  # changes whenever a part is written anew under its name
DONE = ("finished", "diverged")

_TRIES = 50


class Entry(NamedTuple):
    """What decides whether a run has to be done (again)."""

    status: str
    data: str | None  # digest of the file that it was trained on
    part: str  # the token that its row and its trace are under


class Index:
    """The runs of one results directory. Of the parts with the same run the latest counts, here and in every reader."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._parts: dict[str, tuple[Signature, list[tuple[str, Entry]]]] = {}
        self._entries: dict[str, Entry] = {}
        self._stale: dict[str, set[str]] = {}

    def read(self) -> dict[str, Entry]:
        """Run id to entry. No directory, no runs. Raises ResultsError that names a part which cannot be read."""
        parts = dict(self._parts)
        if settle(self._paths, _entries, parts):
            self._parts = parts
            latest: dict[str, Entry] = {}
            stale: dict[str, set[str]] = {}
            for token in sorted(self._parts, key=order):
                for run, entry in self._parts[token][1]:
                    if run in latest:
                        stale.setdefault(latest[run].part, set()).add(run)
                    latest[run] = entry
            self._entries, self._stale = latest, stale
        return dict(self._entries)

    def stale(self) -> Removal:
        """Rows that are replaced by later ones: what a killed process has not come to remove. As of the last `read`."""
        return {token: Taken(runs, False) for token, runs in self._stale.items()}

    def parts_of(self, runs: Collection[str]) -> Removal:
        """Where rows of `runs` are. As of the last `read`."""
        found: dict[str, set[str]] = {}
        for run in runs:
            if run in self._entries:
                found.setdefault(self._entries[run].part, set()).add(run)
        return {token: Taken(held, len(held) == len(self._parts[token][1])) for token, held in found.items()}


def settle(
    paths: Paths,
    read: Callable[[Path], T],
    known: dict[str, tuple[Signature, T]],
    tokens: Collection[str] | None = None,
) -> bool:
    """Bring `known` (token to what `read` gives for its part of `runs/`) up to date; returns whether anything changed.

    With `tokens`, only these of the parts that are there are looked at.

    What is known in the end was there at one moment: parts that are rewritten or removed meanwhile are read again.
    Raises ResultsError.
    """
    for attempt in range(_TRIES):
        now = _signatures(paths, tokens)
        gone = [token for token, (signature, _) in known.items() if now.get(token) != signature]
        for token in gone:
            del known[token]
        new = [token for token in now if token not in known]
        if not gone and not new:
            return attempt > 0
        vanished = False
        for token in new:
            try:
                known[token] = now[token], read(paths.run_part(token))
            except FileNotFoundError:
                vanished = True
        if attempt and not gone and not vanished:
            return True  # all that was read before stands, and what has come since then only adds to it
    raise ResultsError(f"{paths.runs} cannot be read: its files change all the time")


def _entries(part: Path) -> list[tuple[str, Entry]]:
    table = read_part(part, ("run", "status", "task.sha256"))
    nothing = pa.nulls(table.num_rows)
    status, data = (
        (table[name] if name in table.column_names else nothing).to_pylist() for name in ("status", "task.sha256")
    )
    rows = zip(table["run"].to_pylist(), status, data, strict=True)
    return [(run, Entry(status or "", data, part.stem)) for run, status, data in rows]


def _signatures(paths: Paths, among: Collection[str] | None) -> dict[str, Signature]:
    tokens = set(paths.run_tokens()) if among is None else set(among)
    if not tokens:
        return {}
    found = {}
    try:
        with os.scandir(paths.runs) as entries:
            for entry in entries:
                token = entry.name.removesuffix(".parquet")
                if token in tokens:
                    try:
                        stat = entry.stat()
                    except FileNotFoundError:
                        stat = entry.stat(follow_symlinks=False)
                    found[token] = stat.st_mtime_ns, stat.st_size, stat.st_ino
    except OSError as error:
        raise cannot("read", paths.runs, error) from error
    return dict(sorted(found.items()))

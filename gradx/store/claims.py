"""`Claim`: some runs that one process, and those that it starts, work on; their results become one part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pyarrow as pa

from gradx.base.errors import ResultsError
from gradx.base.trace import Block
from gradx.store.blocks import write_blocks
from gradx.store.columns import Columns, rows_table
from gradx.store.journal import clear, close, note_done
from gradx.store.locks import exclusive, is_at
from gradx.store.parts import as_parquet, move, remove, write_aside
from gradx.store.paths import Paths
from gradx.store.removal import Removal, forget, limited

SPILL = 64 * 2**20  # bytes of blocks in memory before they become a part


class ClaimLostError(ResultsError):
    """The runs are no longer claimed: the process that claimed them has let go, and others may work on them now."""


class Claim:
    """Runs that nobody else works on until this is left, or until all processes that share it have ended.

    What is written becomes visible by `commit` alone. Leaving the claim without one discards it.

    Attributes:
        token: what its parts are called.
        runs: the claimed runs.
        busy: runs that were asked for, too, and are being worked on by another process.
    """

    def __init__(
        self,
        paths: Paths,
        columns: Columns,
        token: str,
        runs: frozenset[str],
        busy: frozenset[str] = frozenset(),
        *,
        replaced: Removal | None = None,
        lock: BinaryIO | None = None,
        owner: bool = True,
    ) -> None:
        self.token = token
        self.runs = runs
        self.busy = busy
        self._paths = paths
        self._columns = columns
        self._replaced = replaced or {}  # where older results of these runs are
        self._lock = lock
        self._owner = owner
        self._blocks: list[Block] = []
        self._nbytes = 0
        self._spilled: list[tuple[Path, Path]] = []  # the part as written, and its visible name
        self._traced: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.release()
        except ResultsError:
            if error is None:  # else that one is what people have to know
                raise

    @property
    def committed(self) -> bool:
        """Whether the results are there, by this process or another one that shares the claim."""
        return bool(self.token) and self._paths.run_part(self.token).exists()

    def write(self, block: Block) -> None:
        """Add trace rows; the arrays of `block` must not change any more.

        Raises ResultsError; ValueError for runs that are not claimed.
        """
        self._check(block.runs)
        self._traced.update(block.runs)
        self._blocks.append(block)
        self._nbytes += block.nbytes
        if self._nbytes > SPILL:
            self._spill()

    def write_part(self, write: Callable[[BinaryIO], None]) -> None:
        """Add a trace part that `write` writes. Raises ResultsError."""
        part = self._paths.trace_part(self.token, len(self._spilled))
        self._spilled.append((write_aside(part, write), part))

    def commit(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Make traces and rows visible, all at once; after that, remove older results of the same runs. Only once.

        Values are None, bool, int, float (NaN and inf, too) or str; rows may differ in columns and types (see
        `gradx.store.columns`).

        Raises:
            ResultsError: the results cannot be written; none is then visible.
            ClaimLostError: others may work on these runs by now.
            TypeError: other values.
            ValueError: rows of runs that are not claimed, or twice, or a trace without a row.
        """
        runs = [row["run"] for row in rows]
        self._check(runs)
        if len(set(runs)) < len(runs) or not self._traced <= set(runs):
            raise ValueError("a commit needs one row for each run, and one for each run with a trace")
        if not rows:
            return
        self._spill()
        self.commit_table(rows_table(rows))

    def commit_table(self, table: pa.Table) -> None:
        """As `commit`, with the rows as a table of the types that are allowed in `runs/`."""
        part = self._paths.run_part(self.token)
        aside = write_aside(part, as_parquet(table))
        try:
            with exclusive(self._paths.lock):
                lock = self._held()
                self._columns.declare(table.schema)
                clear(self._paths, self.token, keep={aside, *(hidden for hidden, _ in self._spilled)})
                for hidden, visible in self._spilled:
                    move(hidden, visible)
                move(aside, part)
                if self._replaced:
                    forget(self._paths, limited(self._replaced, set(table["run"].to_pylist())))
                    note_done(lock, self.runs)
        finally:
            with suppress(OSError):  # after a success it is no longer there
                aside.unlink()
            self._forget_written()

    def discard(self) -> None:
        """Forget what was written and not committed, also by others that share the claim. Raises ResultsError."""
        self._forget_written()
        if self._lock:
            with exclusive(self._paths.lock):
                clear(self._paths, self.token)

    def release(self) -> None:
        """Leave the claim, once; what was not committed is gone if this process has claimed it. Raises ResultsError."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        with lock:
            self._forget_written()
            if self._owner:
                with exclusive(self._paths.lock):
                    close(self._paths, self.token)

    def _check(self, runs: Iterable[str]) -> None:
        if others := sorted(set(runs) - self.runs):
            raise ValueError(f"runs that are not claimed: {', '.join(others)}")

    def _held(self) -> BinaryIO:
        """The locked file. Raises ClaimLostError if the claim was given up, ValueError if it was committed."""
        path = self._paths.claim(self.token)
        if self._lock is None or not is_at(self._lock, path):
            raise ClaimLostError(f"{path} has gone: other processes may work on these runs, so nothing was written")
        if self.committed:
            raise ValueError(f"claim {self.token} is committed already")
        return self._lock

    def _spill(self) -> None:
        if blocks := self._blocks:
            self.write_part(lambda file: write_blocks(file, blocks))
            self._blocks, self._nbytes = [], 0

    def _forget_written(self) -> None:
        for hidden, _ in self._spilled:
            remove(hidden)
        self._blocks, self._nbytes, self._spilled, self._traced = [], 0, [], set()

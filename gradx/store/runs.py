"""`Results`: one results directory, with its finished runs and their traces."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gradx.base.errors import ResultsError
from gradx.store.claims import Claim, ClaimLostError
from gradx.store.columns import Columns
from gradx.store.compaction import remove_leftovers, small_parts, trace_files
from gradx.store.failures import cannot
from gradx.store.index import DONE, Entry, Index
from gradx.store.journal import Note, close, in_work, live_claims, note, noted
from gradx.store.locks import exclusive, shared
from gradx.store.parts import write_json, write_text
from gradx.store.paths import Paths
from gradx.store.removal import forget
from gradx.store.rows import read_rows
from gradx.store.summary import to_csv
from gradx.store.traces import TRACE, read_trace

if TYPE_CHECKING:
    import pandas as pd

POLL_SECONDS = 0.2
_TRIES = 10


def finished(index: Mapping[str, Entry]) -> set[str]:
    """The runs that need not be done again: finished, or diverged, which they would do again."""
    return {run for run, entry in index.items() if entry.status in DONE}


class Results:
    """A results directory. Several processes may work on one at a time, each on the runs that it has claimed.

    A run exists when it has a row; its row is written after its trace. Whatever a process that is killed at any moment
    leaves behind is not read, and is removed by the next claim.
    """

    def __init__(self, root: Path) -> None:
        self.paths = Paths(Path(root))
        self._columns = Columns(self.paths)
        self._index = Index(self.paths)

    def __reduce__(self) -> tuple[type["Results"], tuple[Path]]:
        return Results, (self.paths.root,)  # another process reads for itself

    def create(self, spec_yaml: str, environment: dict[str, Any]) -> None:
        """Make the directory, or go on with an existing one, and write `spec.yaml` and `environment.json` in it.

        Raises ResultsError if the directory holds something else or cannot be written.
        """
        root = self.paths.root
        try:
            if not self.paths.is_results():
                raise ResultsError(f"{root} holds files but no runs/: choose a new or an empty directory")
            self.paths.runs.mkdir(parents=True, exist_ok=True)
            self.paths.trace.mkdir(exist_ok=True)
        except OSError as error:
            raise cannot("create", root, error) from error
        write_text(self.paths.spec, spec_yaml)
        write_json(self.paths.environment, environment)

    def index(self) -> dict[str, Entry]:
        """Run id to what is known of it in short, for every run that has a row, whatever its status.

        Reads only what has changed since the last call. No directory, no runs. Raises ResultsError that names a part
        which cannot be read.
        """
        return self._index.read()

    def rows(self, runs: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
        """Run id to row, for those of `runs` (None: all) that have one.

        A row has every column of `runs/`: None where the run has no value, which is not NaN. A value has the type of
        its column: if `width` is 8 in one run and 8.5 in another, it is 8.0 here. Raises ResultsError.
        """
        return {row["run"]: row for row in self._rows(runs).to_pylist()}

    def frame(self, runs: Collection[str] | None = None, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """The same as a DataFrame, as `pd.read_parquet(".../runs")` gives it, or `run` and some other columns of it.

        pandas shows a missing number as NaN; where the difference matters, use `rows`, or read with
        `dtype_backend="pyarrow"`. Raises ResultsError.
        """
        self._require()
        frame: pd.DataFrame = self._rows(runs, columns).to_pandas()
        return frame

    def trace(
        self, runs: str | Collection[str] | None = None, quantity: str | Collection[str] | None = None
    ) -> "pd.DataFrame":
        """The rows of all traces, or those of some runs or quantities: what holds no other runs stays unread.

        Columns as in `gradx.base.trace.SCHEMA`; within a run in the order of writing. Raises ResultsError.
        """
        self._require()
        wanted, quantities = _set(runs), _set(quantity)
        for _ in range(_TRIES):
            places = self._places(wanted)
            parts = self.paths.trace_parts()
            try:
                tables = [
                    table.cast(TRACE)
                    for token in sorted(places)
                    for part in parts.get(token, ())
                    for table in read_trace(part, places[token], quantities)
                ]
            except FileNotFoundError:
                continue
            now = self._places(wanted)
            if all(now.get(token, set()) >= of_token for token, of_token in places.items()):
                frame: pd.DataFrame = pa.concat_tables([TRACE.empty_table(), *tables]).to_pandas()
                return frame
        raise ResultsError(f"{self.paths.trace} cannot be read: its files change all the time")

    def claim(self, runs: Collection[str], done: Callable[[dict[str, Entry]], Collection[str]] = finished) -> Claim:
        """Keep other processes from those of `runs` that are neither done nor being worked on.

        Args:
            done: the runs of an index that need not be done again.

        Raises:
            ResultsError: the results directory cannot be read or written.
        """
        nothing = Claim(self.paths, self._columns, "", frozenset())
        if not set(runs) - set(done(self.index())):
            return nothing  # also where nothing can be written
        with exclusive(self.paths.lock):
            live = live_claims(self.paths)
            index = self._cleaned()
            wanted = frozenset(runs).difference(done(index))
            busy = wanted & frozenset().union(*live.values())
            if wanted == busy:
                return Claim(self.paths, self._columns, "", frozenset(), busy)
            token, replaced = self.paths.new_token(), self._index.parts_of(wanted - busy)
            lock = shared(note(self.paths, token, Note(wanted - busy, replaced)))
        return Claim(self.paths, self._columns, token, wanted - busy, busy, replaced=replaced, lock=lock)

    def join(self, token: str) -> Claim:
        """The same claim in another process, which keeps it alive, too, until it leaves it.

        Raises:
            ClaimLostError: the process that claimed it has let go, or the results are there already.
        """
        path = self.paths.claim(token)
        with exclusive(self.paths.lock):
            if self.paths.run_part(token).exists() or not path.exists():
                raise ClaimLostError(f"{path} has ended: other processes may work on these runs")
            content, lock = noted(self.paths, token), shared(path)
        return Claim(self.paths, self._columns, token, content.runs, replaced=content.replaced, lock=lock, owner=False)

    def busy(self, runs: Collection[str]) -> frozenset[str]:
        """Those of `runs` that some process is working on. Raises ResultsError."""
        return in_work(self.paths) & frozenset(runs)

    def wait(self, runs: Collection[str]) -> None:
        """Returns when no process works on any of `runs`. Raises ResultsError."""
        while True:
            with exclusive(self.paths.lock):
                if not set(runs) & set().union(*live_claims(self.paths).values()):
                    return
            sleep(POLL_SECONDS)

    def remove(self, runs: Collection[str]) -> None:
        """Remove rows and traces of `runs`, as far as there are any. Raises ResultsError."""
        with exclusive(self.paths.lock):
            live_claims(self.paths)  # finishes what others have begun
            self._cleaned()
            if gone := self._index.parts_of(runs):
                token = self.paths.new_token()
                note(self.paths, token, Note(replaced=gone, removal=True))
                close(self.paths, token)

    def compact(self) -> None:
        """Make few parts of many; runs that are being worked on stay where they are. Raises ResultsError."""
        with exclusive(self.paths.lock):
            live = live_claims(self.paths)
            self._cleaned()
            remove_leftovers(self.paths, live)
        small = set(small_parts(self.paths))
        runs = [run for run, entry in self.index().items() if entry.part in small]
        with self.claim(runs, done=lambda _: ()) as claim:
            if claim.runs:
                for write in trace_files(self.paths, self._places(claim.runs)):
                    claim.write_part(write)
                claim.commit_table(self._rows(claim.runs))

    def files(self) -> int:
        """The number of part files. Raises ResultsError if this is no results directory."""
        self._require()
        return len(self.paths.run_tokens()) + sum(map(len, self.paths.trace_parts().values()))

    def write_summary(self) -> None:
        """Write `summary.csv` anew from `runs/`. Raises ResultsError."""
        write_text(self.paths.summary, to_csv(self._rows()))

    def _rows(self, runs: Collection[str] | None = None, columns: Sequence[str] | None = None) -> pa.Table:
        return read_rows(self.paths, self._columns, self._index, runs, columns)

    def _places(self, runs: Collection[str] | None) -> dict[str, set[str]]:
        """Token to those of `runs` that count there."""
        index = self.index()
        places: dict[str, set[str]] = {}
        for run in index if runs is None else runs:
            if run in index:
                places.setdefault(index[run].part, set()).add(run)
        return places

    def _cleaned(self) -> dict[str, Entry]:
        """The index, after rows that have been replaced are gone."""
        index = self.index()
        if stale := self._index.stale():
            forget(self.paths, stale)
            index = self.index()
        return index

    def _require(self) -> None:
        if not self.paths.runs.is_dir():
            raise ResultsError(f"{self.paths.root} is not a results directory: it has no runs/")


def _set(names: str | Collection[str] | None) -> set[str] | None:
    return {names} if isinstance(names, str) else None if names is None else set(names)

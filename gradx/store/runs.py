"""`Results`: one results directory, with its finished runs and their traces."""

from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds

from gradx.base.errors import ResultsError
from gradx.base.trace import SCHEMA, Trace
from gradx.store.columns import Columns, row_table
from gradx.store.failures import cannot
from gradx.store.locks import locked
from gradx.store.parts import read_parts, write_json, write_table, write_text
from gradx.store.paths import Paths
from gradx.store.summary import to_csv

if TYPE_CHECKING:
    import pandas as pd

TRACE = pa.schema({name: pa.string() if kind is str else pa.from_numpy_dtype(kind) for name, kind in SCHEMA.items()})


class Results:
    """A results directory. Several processes may write to one at a time, each its own runs.

    A run exists when it has a row; its row is written after its trace. A process killed at any moment leaves at most
    trace parts without a row, which `discard` removes when the run starts again.
    """

    def __init__(self, root: Path) -> None:
        self.paths = Paths(Path(root))
        self._columns = Columns(self.paths)

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

    def finished(self) -> dict[str, dict[str, Any]]:
        """Run id to row, for every run that has one, whatever its status.

        A row has every column of `runs/`: None where the run has no value, which is not NaN. A value has the type of
        its column: if `width` is 8 in one run and 8.5 in another, it is 8.0 here. No directory, no runs.
        Raises ResultsError that names a part which cannot be read.
        """
        return {row["run"]: row for row in self._rows().to_pylist()}

    def locked(self, run: str) -> AbstractContextManager[None]:
        """Keeps other processes from working on the same run; they wait."""
        return locked(self.paths.lock(run))

    def write_trace(self, run: str, trace: Trace) -> None:
        """Add `trace` as one more part; an empty one adds nothing.

        Raises ResultsError; ValueError if `trace` has rows of another run.
        """
        if others := set(trace.run.tolist()) - {run}:
            raise ValueError(f"rows of {', '.join(sorted(others))} in the trace of {run}")
        if len(trace):
            parts = (self.paths.trace_part(run, number) for number in count())
            write_table(next(part for part in parts if not part.exists()), pa.table(trace.columns(), TRACE))

    def write_run(self, row: dict[str, Any]) -> None:
        """Add or replace the row of run `row["run"]`, which is finished by this; so its trace must be there already.

        Values are None, bool, int, float (NaN and inf, too) or str; rows may differ in columns and types (see
        `gradx.store.columns`). Raises ResultsError; TypeError for other values.
        """
        part, table = self.paths.run_part(row["run"]), row_table(row)
        self._columns.declare(table.schema)
        write_table(part, table)

    def discard(self, run: str) -> None:
        """Remove all that is there of `run`, if anything is. Raises ResultsError."""
        trace_parts = self.paths.trace_parts(run)
        # The row goes first: a kill in between must not leave a run that looks finished and lacks its trace.
        for path in (self.paths.run_part(run), *trace_parts, *self.paths.leftovers(run)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise cannot("remove", path, error) from error

    def runs(self) -> "pd.DataFrame":
        """One row for each run, as `pd.read_parquet(".../runs")` gives it. Raises ResultsError.

        pandas shows a missing number as NaN; where the difference matters, use `finished`, or read with
        `dtype_backend="pyarrow"`.
        """
        self._require()
        frame: pd.DataFrame = self._rows().to_pandas()
        return frame

    def trace(self, run: str | None = None, quantity: str | None = None) -> "pd.DataFrame":
        """The rows of all traces, or those of one run or one quantity only: files and row groups of others stay unread.

        Columns as in `gradx.base.trace.SCHEMA`; within a run in the order of writing. Rows of a run that is not
        finished (yet) are included. Raises ResultsError.
        """
        where = None if quantity is None else ds.field("quantity") == quantity
        self._require()
        table = read_parts(lambda: (self.paths.trace_parts(run), TRACE), filled=TRACE.names, where=where)
        frame: pd.DataFrame = table.to_pandas()
        return frame

    def write_summary(self) -> None:
        """Write `summary.csv` anew from `runs/`. Raises ResultsError."""
        write_text(self.paths.summary, to_csv(self._rows()))

    def _rows(self) -> pa.Table:
        # Parts before columns: what is declared when the parts are there covers them all.
        return read_parts(lambda: (self.paths.run_parts(), self._columns.read()), filled=["run"])

    def _require(self) -> None:
        if not self.paths.runs.is_dir():
            raise ResultsError(f"{self.paths.root} is not a results directory: it has no runs/")

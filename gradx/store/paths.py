"""The files of a results directory: the only place that knows their names.

spec.yaml                          as resolved, runnable
environment.json                   versions, device, threads, platform
runs/0-columns-99999.parquet       no rows: name and type of every column of `runs/`
runs/<run>.parquet                 one row
trace/<run>-00000.parquet          rows of one run, one part for each flush
summary.csv                        `runs/` for people
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from gradx.base.errors import ResultsError
from gradx.store.failures import cannot

_RUN = re.compile(r"[0-9A-Za-z_]{1,100}")  # no hyphen: it ends the run's name in the names of parts
_COLUMNS = "0-columns-"  # sorts before every run's part, since "-" sorts before letters, digits and "."
_OLDEST = 99_999


@dataclass(frozen=True)
class Paths:
    """Every path below the results directory `root`."""

    root: Path

    @property
    def spec(self) -> Path:
        return self.root / "spec.yaml"

    @property
    def environment(self) -> Path:
        return self.root / "environment.json"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def trace(self) -> Path:
        return self.root / "trace"

    @property
    def summary(self) -> Path:
        return self.root / "summary.csv"

    def run_part(self, run: str) -> Path:
        """The part with the row of `run`. Raises ValueError unless `run` is letters, digits and underscores."""
        return self.runs / f"{_checked(run)}.parquet"

    def lock(self, run: str) -> Path:
        """Held by the process that works on a run."""
        return self.root / f".{_checked(run)}.lock"

    def trace_part(self, run: str, number: int) -> Path:
        """Part `number` (from 0) of the trace of `run`. Raises ValueError as `run_part`."""
        return self.trace / f"{_checked(run)}-{number:05d}.parquet"

    def columns_part(self, newest: Path | None) -> Path:
        """The name for a newer version of the columns of `runs/` than `newest`: it sorts before that."""
        number = int(newest.stem.removeprefix(_COLUMNS)) - 1 if newest else _OLDEST
        return self.runs / f"{_COLUMNS}{number:05d}.parquet"

    def run_parts(self) -> list[Path]:
        """The parts of `runs/` that hold rows, sorted. Raises ResultsError for foreign files."""
        return [self.runs / name for name in _parts(self.runs) if not name.startswith(_COLUMNS)]

    def newest_columns(self) -> Path | None:
        """The newest version of the columns of `runs/`, if there is one. Raises ResultsError."""
        return next((self.runs / name for name in _parts(self.runs, _COLUMNS)), None)

    def trace_parts(self, run: str | None = None) -> list[Path]:
        """The parts of `trace/`, or those of one run, sorted: by run, then in the order of writing.

        Raises ResultsError for foreign files.
        """
        return [self.trace / name for name in _parts(self.trace, "" if run is None else f"{_checked(run)}-")]

    def leftovers(self, run: str) -> list[Path]:
        """Temporary files that a killed process has left of the parts of `run`."""
        of_run = re.compile(rf"\.part-{_checked(run)}(-\d+)?\.").match
        return [folder / name for folder in (self.runs, self.trace) for name in _names(folder) if of_run(name)]

    def is_results(self) -> bool:
        """Whether `root` is a results directory, or may become one: it is absent or empty but for hidden files.

        Only `runs/` tells: a spec.yaml may be anybody's, and must not be overwritten. Raises ResultsError for foreign
        files in `runs/`.
        """
        return bool(_parts(self.runs)) or self.runs.is_dir() or all(name.startswith(".") for name in _names(self.root))


def temporary(path: Path) -> Path:
    """A new name beside `path` that nobody takes for a part.

    pandas and pyarrow skip names with a leading dot, DuckDB's `*.parquet` those with another ending.
    """
    return path.with_name(f".part-{path.stem}.{uuid4().hex}{path.suffix}.tmp")


def _checked(run: str) -> str:
    if not _RUN.fullmatch(run):
        raise ValueError(f"a run id is 1 to 100 letters, digits and underscores, given: {run!r}")
    return run


def _parts(folder: Path, prefix: str = "") -> list[str]:
    """Sorted names of what pandas would read in `folder`, as far as they begin with `prefix`."""
    names = sorted(name for name in _names(folder) if name.startswith(prefix) and name[0] not in "._")
    for name in names:
        if not name.endswith(".parquet"):
            raise ResultsError(f"{folder / name} is not a part that gradx wrote: move it away")
    return names


def _names(folder: Path) -> list[str]:
    """What is in `folder`; nothing if there is no such folder. Names only: a sweep has thousands."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot("read", folder, error) from error

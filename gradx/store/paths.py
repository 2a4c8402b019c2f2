"""The files of a results directory: the only place that knows their names.

spec.yaml                          as resolved, runnable
environment.json                   versions, device, threads, platform
runs/0-columns-99999.parquet       no rows: name and type of every column of `runs/`
runs/<token>.parquet               one row for each run that was claimed under this token
trace/<token>-00000.parquet        the traces of these runs
summary.csv                        `runs/` for people
.claims/<token>.lock               the runs in work, locked by the processes that work on them
.lock                              held for the moment in which claims, or the parts of others, change

A token is a number, one more than every one before, and 8 random hexadecimal digits. Of two parts that hold the same
run the one with the later token counts. Before there were claims, each run was a part of its own: its token is its id.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from gradx.base.errors import ResultsError
from gradx.store.failures import cannot

_TOKEN = re.compile(r"[0-9]{6,}-[0-9a-f]{8}")
COLUMNS = "0-columns"  # sorts before every token, which has a second digit there: "-" sorts before them
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

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    @property
    def slurm(self) -> Path:
        """Scripts, logs and states of jobs at Slurm."""
        return self.root / ".slurm"

    @property
    def claims(self) -> Path:
        return self.root / ".claims"

    def new_token(self) -> str:
        """A token after all that are there; two processes that ask at a time get two. Raises ResultsError."""
        names = (*_names(self.runs), *_names(self.claims))
        return f"{max((order(name)[0] for name in names), default=0) + 1:06d}-{uuid4().hex[:8]}"

    def run_part(self, token: str) -> Path:
        """The part with the rows of `token`."""
        return self.runs / f"{token}.parquet"

    def trace_part(self, token: str, number: int) -> Path:
        """Part `number` (from 0) of the traces of `token`."""
        return self.trace / f"{token}-{number:05d}.parquet"

    def columns_part(self, newest: Path | None) -> Path:
        """The name for a newer version of the columns of `runs/` than `newest`: it sorts before that."""
        number = int(newest.stem.removeprefix(f"{COLUMNS}-")) - 1 if newest else _OLDEST
        return self.runs / f"{COLUMNS}-{number:05d}.parquet"

    def claim(self, token: str) -> Path:
        """Says which runs are in work under `token`."""
        return self.claims / f"{token}.lock"

    def claim_tokens(self) -> list[str]:
        """The tokens of all claims, the oldest first. Raises ResultsError."""
        names = (name.removesuffix(".lock") for name in _names(self.claims) if name.endswith(".lock"))
        return sorted((name for name in names if _TOKEN.fullmatch(name)), key=order)

    def claim_leftovers(self) -> list[Path]:
        """What killed processes have left of claims that they were about to make."""
        return [self.claims / name for name in _names(self.claims) if name.startswith(".part-")]

    def run_tokens(self) -> list[str]:
        """The tokens of all parts of `runs/`, as their files are sorted. Raises ResultsError for foreign files."""
        return [name.removesuffix(".parquet") for name in _parts(self.runs) if not name.startswith(COLUMNS)]

    def columns_parts(self) -> list[Path]:
        """All versions of the columns of `runs/`, the newest first. Raises ResultsError for foreign files."""
        return [self.runs / name for name in _parts(self.runs) if name.startswith(COLUMNS)]

    def trace_parts(self) -> dict[str, list[Path]]:
        """Token to its parts of `trace/`, both as the files are sorted. Raises ResultsError for foreign files."""
        found: dict[str, list[Path]] = {}
        for name in _parts(self.trace):
            found.setdefault(name.rpartition("-")[0], []).append(self.trace / name)
        return found

    def hidden_parts(self) -> dict[str, list[Path]]:
        """Token to its temporary files in `runs/` and `trace/`: in work, or left by a killed process."""
        found: dict[str, list[Path]] = {}
        for folder in (self.runs, self.trace):
            for name in sorted(_names(folder)):
                if match := _TEMPORARY.fullmatch(name):
                    found.setdefault(match[1], []).append(folder / name)
        return found

    def is_results(self) -> bool:
        """Whether `root` is a results directory, or may become one: it is absent or empty but for hidden files.

        Only `runs/` tells: a spec.yaml may be anybody's, and must not be overwritten. Raises ResultsError for foreign
        files in `runs/`.
        """
        return bool(_parts(self.runs)) or self.runs.is_dir() or all(name.startswith(".") for name in _names(self.root))


_TEMPORARY = re.compile(r"\.part-(.+?)(?:-[0-9]{5})?\.[0-9a-f]{32}\.parquet\.tmp")


def temporary(path: Path) -> Path:
    """A new name beside `path` that nobody takes for a part.

    pandas and pyarrow skip names with a leading dot, DuckDB's `*.parquet` those with another ending.
    """
    return path.with_name(f".part-{path.stem}.{uuid4().hex}{path.suffix}.tmp")


def order(token: str) -> tuple[int, str]:
    """Sorts tokens, or names that begin with them, from old to new."""
    number = token.partition("-")[0] if _TOKEN.match(token) else "0"
    return int(number), token


def _parts(folder: Path) -> list[str]:
    """Sorted names of what pandas would read in `folder`."""
    names = sorted(name for name in _names(folder) if name[0] not in "._")
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

"""`sweep`: every point of a grid, and what the author claims of them; `planned`: what that will cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from gradx import grid
from gradx.api.placement import Placement
from gradx.api.runs import SMOKE_FOLDER, smoked
from gradx.base.claims import judgement
from gradx.base.errors import SpecError
from gradx.base.written import written
from gradx.driver import Standing, execute, rows
from gradx.plan import Chunk, Plan, TaskError, plan
from gradx.store.runs import Results

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: its points with their rows, and the claims of its spec with their outcome."""

    name: str
    axes: dict[str, list[Any]]  # the values of each path that is swept
    points: int
    rows: list[dict[str, Any]] = field(repr=False)  # of each point that has been tried, in order
    computed: int  # how many were trained now; the others were in the results already
    failed: int
    claims: list[tuple[str, bool | None, str]] = field(repr=False)
    seconds: float
    results: Results = field(repr=False)
    removed: int = 0  # points whose runs somebody took out of the results before the sweep ended

    @property
    def left(self) -> int:
        """Points that were not tried, because so many others had failed."""
        return self.points - len(self.rows) - self.removed

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.results.paths.root

    @property
    def runs(self) -> "pd.DataFrame":
        """A row for each point, with every key of the spec and every result."""
        return self.results.frame([row["run"] for row in self.rows])

    def trace(self, quantity: str | None = None) -> "pd.DataFrame":
        """The rows `run, step, quantity, site, index, value` of all its runs."""
        return self.results.trace([row["run"] for row in self.rows], quantity)


@dataclass(frozen=True)
class Planned:
    """A sweep before it runs: its points, those that are there already, and the cohorts still to train."""

    sweep: grid.Sweep
    plan: Plan
    results: Results
    workers: int
    executor: str

    @property
    def name(self) -> str:
        return self.sweep.name

    @property
    def axes(self) -> dict[str, list[Any]]:
        return self.sweep.axes

    @property
    def points(self) -> int:
        return len(self.sweep.experiments)

    @property
    def finished(self) -> int:
        return len(self.plan.finished)

    @property
    def busy(self) -> int:
        return self.plan.busy

    @property
    def cohorts(self) -> list[Chunk]:
        return self.plan.chunks

    @property
    def path(self) -> Path:
        return self.results.paths.root


def sweep(
    config: Path | str,
    overrides: Sequence[str] = (),
    *,
    results: Path | str = "results",
    placement: Placement | None = None,
    members: int | None = None,
    force: bool = False,
    smoke: bool = False,
    control: bool = False,
    max_failures: int | None = None,
    progress: Callable[[Standing], None] = lambda _: None,
) -> Sweep:
    """Trains every point of a sweep that is not in the results already, and returns all of them.

    Args:
        config: a YAML file with a block `sweep`.
        overrides: `path=value` and `path=v1,v2` texts, as on the command line.
        results: the directory that holds `<name>/` for each sweep.
        placement: device, executor, workers ...
        members: how many experiments train together at most; by default what is fastest here.
        force: train again what is there already.
        smoke: one point of each shape, a few steps of a small batch, under `results/.smoke`; claims are not judged.
        control: the control arm of the file's claim instead, under the name `<name>-control`.
        max_failures: stop after that many failed runs.
        progress: called whenever something has happened.

    Raises:
        SpecError: the spec, or a file that it names, is wrong.
        ResultsError: the results cannot be written or read.
    """
    started = monotonic()
    if isinstance(overrides, str):
        raise TypeError(f"overrides is a list of texts like 'seed=0,1', got the text {overrides!r}")
    if max_failures is not None and max_failures < 1:
        raise SpecError(f"--max-failures: must be at least 1 (got {max_failures})")
    where = placement or Placement()
    shared: dict[str, Any] = {"members": members, "force": force, "smoke": smoke, "control": control}
    what = planned(config, overrides, results=results, placement=where, **shared)
    experiments = what.sweep.experiments
    report = execute(
        what.plan,
        experiments,
        what.results,
        where.torch_device(),
        spec=written(what.sweep.data),
        executor=where.choose(what.plan, experiments[0].threads, what.path, what.sweep.slurm),
        workers=what.workers,
        members=members,
        force=force,
        max_failures=max_failures,
        progress=progress,
    )
    found = rows(experiments, what.results, report)
    removed = len(report.seen.intersection(one.run for one in experiments).difference(row["run"] for row in found))
    if len(found) == len(experiments):
        judged = [(claim, judgement(claim, found)) for claim in what.sweep.expect]
        claims = [(str(claim), each.met, each.note) for claim, each in judged]
    else:
        note = f"only {len(found)} of {len(experiments)} points {'are there' if removed else 'were tried'}"
        claims = [(str(claim), None, note) for claim in what.sweep.expect]
    seconds = monotonic() - started
    failed = sum(row.get("status") == "failed" for row in found)
    return Sweep(
        what.name,
        what.axes,
        len(experiments),
        found,
        len(report.computed),
        failed,
        claims,
        seconds,
        what.results,
        removed,
    )


def planned(
    config: Path | str,
    overrides: Sequence[str] = (),
    *,
    results: Path | str = "results",
    placement: Placement | None = None,
    members: int | None = None,
    force: bool = False,
    smoke: bool = False,
    control: bool = False,
) -> Planned:
    """What `sweep` would do with the same arguments; trains and writes nothing. Raises SpecError, ResultsError."""
    if members is not None and members < 1:
        raise SpecError(f"--members: must be at least 1 (got {members})")
    where, found = placement or Placement(), grid.load(Path(config), overrides, control)
    folder = Path(results)
    if smoke:
        shapes = {one.shape: one for one in reversed(found.experiments)}
        experiments = [smoked(one) for one in reversed(shapes.values())]
        found, folder = replace(found, experiments=experiments, expect=[]), folder / SMOKE_FOLDER
    workers = where.processes(found.experiments[0].threads)
    store = Results(folder / found.name)
    try:
        todo = plan(found.experiments, store, force, members, workers, where.torch_device())
    except TaskError as error:
        raise SpecError(found.located(error.run, error.problems)) from error
    return Planned(found, todo, store, workers, where.kind(todo, found.experiments[0].threads))

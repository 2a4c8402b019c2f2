"""`run`: one experiment, from a file or from Python, to its row, verdict and claims."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradx import spec
from gradx.api.placement import pick_device
from gradx.base import expression
from gradx.base.errors import SpecError
from gradx.base.written import written
from gradx.driver import Standing, execute, rows
from gradx.engine.cohort import dims
from gradx.engine.estimate import Estimate, estimate
from gradx.engine.train import Progress
from gradx.plan import TaskError, opened, plan
from gradx.spec import Experiment
from gradx.store.runs import Results
from gradx.tasks import Source

if TYPE_CHECKING:
    import pandas as pd

SMOKE_STEPS, SMOKE_BATCH = 3, 8
SMOKE_FOLDER = ".smoke"  # no experiment can have this name


@dataclass(frozen=True)
class Run:
    """A finished run: its summary row, the claims of its spec with their outcome, and where it lies."""

    experiment: Experiment
    row: dict[str, Any]
    results: Results
    computed: bool  # False: it was in the results already
    claims: list[tuple[str, bool | None, str]] = field(default_factory=list)
    data_changed: bool = (
        False  # it was there, but the task's file has changed since: run again, the old result replaced
    )
    control: bool = False  # whether it is the control arm of a claim, which is not to meet its expectations

    @property
    def status(self) -> str:
        """finished, diverged or failed."""
        return str(self.row["status"])

    @property
    def verdict(self) -> dict[str, str]:
        """The outcome along each axis that exists: {"depth": "vanishing"}."""
        return {axis: self.row[key] for axis in ("depth", "time") if self.row.get(key := f"verdict.{axis}")}

    def trace(self, quantity: str | None = None) -> "pd.DataFrame":
        """Its rows `run, step, quantity, site, index, value`."""
        return self.results.trace(self.experiment.run, quantity)


def run(
    config: Path | str | Experiment,
    overrides: Sequence[str] = (),
    *,
    results: Path | str = "results",
    device: str = "auto",
    force: bool = False,
    smoke: bool = False,
    control: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Run:
    """Trains one experiment and returns it, or returns it as it was if it is in the results already.

    Args:
        config: a YAML file, or an `Experiment`.
        overrides: `path=value` texts, as on the command line (only with a file).
        results: the directory that holds `<name>/` for each experiment.
        device: auto (CUDA if there is one), cpu, or cuda.
        force: run again what is there already.
        smoke: a few steps of a small batch, under `results/.smoke`, claims not judged.
        control: the control arm of the file's claim instead, under the name `<name>-control`.
        progress: called some five times a second.

    Raises:
        SpecError: the spec, or a file that it names, is wrong.
        ResultsError: the results cannot be written or read.
    """
    experiment = config if isinstance(config, Experiment) else read(Path(config), overrides, control)
    where, chosen = Path(results), pick_device(device)
    _checked(experiment, config, overrides, control)
    if smoke:
        experiment, where = smoked(experiment), where / SMOKE_FOLDER
    store = Results(where / experiment.name)
    todo = plan([experiment], store, force)

    def news(standing: Standing) -> None:
        if standing.latest:
            progress(standing.latest)

    text = written(experiment.resolved())
    report = execute(todo, [experiment], store, chosen, spec=text, force=force, progress=news)
    row = rows([experiment], store, report)[0]
    claims = [] if row["status"] == "failed" else [judge(claim, row) for claim in experiment.claims]
    changed = experiment.run in todo.outdated and not force
    return Run(
        experiment, row, store, experiment.run in report.computed | report.failed.keys(), claims, changed, control
    )


def check(config: Path | str, overrides: Sequence[str] = (), *, control: bool = False) -> tuple[Experiment, Estimate]:
    """The resolved experiment, or its control arm, and what it will cost; trains nothing. Raises SpecError."""
    experiment = read(Path(config), overrides, control)
    source = _checked(experiment, config, overrides)
    return experiment, estimate(experiment, dims(experiment, source))


def read(config: Path, overrides: Sequence[str] = (), control: bool = False) -> Experiment:
    """The experiment in a YAML file, or its control arm. Raises SpecError with every mistake."""
    return spec.load(config, overrides, control)


def judge(claim: str, row: dict[str, Any]) -> tuple[str, bool | None, str]:
    """A claim, whether it holds of a run's row (None: it cannot be judged), and then the reason."""
    try:
        met: bool | None = expression.holds(claim, row)
        note = ""
    except expression.UnavailableError as error:
        met, note = None, str(error)
    return claim, met, note


def smoked(experiment: Experiment) -> Experiment:
    """The same experiment cut down to seconds: few steps, a small batch, everything measured."""
    measure = experiment.measure.model_copy(update={"every": 1, "evaluations": min(experiment.measure.evaluations, 1)})
    steps, batch = min(experiment.steps, SMOKE_STEPS), min(experiment.batch_size, SMOKE_BATCH)
    small = {"steps": steps, "batch_size": batch, "measure": measure}
    return experiment.model_copy(update={**small, "claim": None, "control": None, "expect": [], "report": None})


def _checked(
    experiment: Experiment, config: Path | str | Experiment, overrides: Sequence[str], control: bool = False
) -> Source:
    """The opened task; what is wrong with its files or lengths is said at the place that names them."""
    try:
        return opened(experiment)
    except TaskError as error:
        if isinstance(config, Experiment):
            raise
        raise SpecError(spec.located(spec.opened(Path(config), overrides, control), error.problems)) from error

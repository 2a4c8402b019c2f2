"""The public functions behind the commands: `run`, `check`, `load`, `explain`, `schema`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from gradx import driver, spec
from gradx.base import expression
from gradx.base.errors import Problem, SpecError
from gradx.base.part import Part
from gradx.engine.cohort import dims, open_source
from gradx.engine.estimate import Estimate, estimate
from gradx.engine.train import Progress
from gradx.families import FAMILIES, parts
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
        progress: called some five times a second.

    Raises:
        SpecError: the spec, or a file that it names, is wrong.
        ResultsError: the results cannot be written or read.
    """
    experiment = config if isinstance(config, Experiment) else read(Path(config), overrides)
    where, chosen = Path(results), pick_device(device)
    checked_task(experiment, config, overrides)
    if smoke:
        experiment, where = smoked(experiment), where / SMOKE_FOLDER
    store = Results(where / experiment.name)
    plan = driver.plan([experiment], store, force)
    row = driver.execute([experiment], store, chosen, force, progress)[experiment.run]
    claims = [] if row["status"] == "failed" else [judge(claim, row) for claim in experiment.expect]
    computed, outdated = experiment.run not in plan.finished, experiment.run in plan.outdated
    return Run(experiment, row, store, computed, claims, data_changed=outdated and not force)


def check(config: Path | str, overrides: Sequence[str] = ()) -> tuple[Experiment, Estimate]:
    """The resolved experiment and what it will cost; trains nothing. Raises SpecError."""
    experiment = read(Path(config), overrides)
    source = checked_task(experiment, config, overrides)
    return experiment, estimate(experiment, dims(experiment, source))


def read(config: Path, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment in a YAML file. Raises SpecError with every mistake."""
    return spec.load(config, overrides)


def load(path: Path | str) -> Results:
    """An opened results directory: `.runs()` and `.trace(run, quantity)` are DataFrames."""
    return Results(Path(path))


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
    measure = experiment.measure.model_copy(update={"every": 1, "evaluations": 1})
    steps, batch = min(experiment.steps, SMOKE_STEPS), min(experiment.batch_size, SMOKE_BATCH)
    return experiment.model_copy(update={"steps": steps, "batch_size": batch, "measure": measure, "expect": []})


def pick_device(name: str) -> torch.device:
    """auto, cpu or cuda as a torch device. Raises SpecError where there is no CUDA device, or for another name."""
    if name not in ("auto", "cpu", "cuda"):
        raise SpecError(f"--device: unknown device {name!r} (allowed: auto, cpu, cuda)")
    if name == "cuda" and not torch.cuda.is_available():
        raise SpecError("--device: cuda was asked for, but torch sees no CUDA device (allowed here: auto, cpu)")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def checked_task(experiment: Experiment, config: Path | str | Experiment, overrides: Sequence[str] = ()) -> Source:
    """The opened task; what is wrong with its files or lengths is said at the place that names them."""
    try:
        return open_source(experiment)
    except SpecError as error:
        problems = error.problems
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and "alloc" not in str(error):  # torch has no class of its own for it
            raise
        message = "the data of this task do not fit into memory: lower batch_size or sequence_length"
        problems = [Problem(message, path="batch_size")]
    raise SpecError(problems if isinstance(config, Experiment) else spec.located(Path(config), problems, overrides))


def families(name: str = "") -> dict[str, dict[str, str]]:
    """What each part is in one line, by family and kind; of one family where it is named. Raises SpecError."""
    words = {family.removesuffix("s"): family for family in FAMILIES} | {"architecture": "models"}  # those of the spec
    name = words.get(name, name)
    if name and name not in FAMILIES:
        close = get_close_matches(name, [*FAMILIES, "runs"], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise SpecError(f"unknown family {name!r}{hint} (allowed: {', '.join(FAMILIES)}, runs)")
    chosen = {name: FAMILIES[name]} if name else FAMILIES
    return {
        family: {kind: (part.__doc__ or "").split("\n")[0] for kind, part in parts(union).items()}
        for family, union in chosen.items()
    }


def explain(kind: str) -> list[tuple[str, type[Part]]]:
    """The parts of that kind, with their family: a name may stand in several. Raises SpecError with did-you-mean."""
    known = [(family, part) for family, union in FAMILIES.items() for part in parts(union).values()]
    found = [(family, part) for family, part in known if part.model_fields["kind"].default == kind]
    if not found:
        kinds = sorted({part.model_fields["kind"].default for _, part in known})
        close = get_close_matches(kind, kinds, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise SpecError(f"unknown kind {kind!r}{hint} (allowed: {', '.join(kinds)})")
    return found


def schema() -> dict[str, Any]:
    """The JSON schema of an experiment."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Experiment.model_json_schema()}

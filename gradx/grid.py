"""`load`: a sweep from YAML; `cohorts`: which of its experiments can train together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradx import axes
from gradx.assembly import Assembler, InvalidPointError
from gradx.axes import Axes, Point
from gradx.base import yaml
from gradx.base.claims import Claim
from gradx.base.document import Document, shown
from gradx.base.errors import Problem, SpecError
from gradx.base.expression import NAMES, suggestion, unknown_columns
from gradx.base.validate import validate
from gradx.findings import findings
from gradx.spec import Experiment, cluster, located, named

SHOWN = 20  # mistakes of points; a sweep repeats one a thousand times
TRIED = 1000  # wrong points that are looked at, a millisecond each


@dataclass(frozen=True)
class Sweep:
    """Experiments from axes.

    Attributes:
        name: of all of them.
        axes: the different values of each path that is swept, in order.
        experiments: one for each point, in order; points that mean the same are one.
        expect: what the author claims.
        data: plain data that make the same sweep, with the axes under `sweep`.
        document: the base, with the places of its keys.
        points: the values at each point; None where nothing is swept.
        slurm: options of sbatch.
    """

    name: str
    axes: dict[str, list[Any]]
    experiments: list[Experiment]
    expect: list[str | Claim]
    data: dict[str, Any]
    document: Document
    points: Axes | None
    slurm: dict[str, str]

    @property
    def runs(self) -> set[str]:
        """The run ids of all its points."""
        return {one.run for one in self.experiments}

    def located(self, run: str, problems: Sequence[Problem]) -> list[Problem]:
        """Problems of one run's spec, with their places in the YAML file or among the overrides."""
        if self.points is None:
            return located(self.document, problems)
        assembler = Assembler(self.document.data)
        point = next(point for point in self.points.points() if assembler.experiment(point.values).run == run)
        return [_of_point(problem, [point]) for problem in located(axes.located(self.document, point), problems)]


def load(path: Path, overrides: Sequence[str] = (), control: bool = False) -> Sweep:
    """The sweep in a YAML file, with `path=value` and `path=v1,v2` overrides; without axes, of one experiment.

    With `control` its control arm, otherwise checked as well where there are no overrides.

    Raises:
        SpecError: with every mistake, its line and column.
    """

    def arm(control: bool) -> Sweep:
        return _load(path, overrides, control)

    return arm(control) if control or overrides else axes.with_control(arm, lambda found: found.runs, path)


def _load(path: Path, overrides: Sequence[str], control: bool) -> Sweep:
    document, written = axes.read(named(yaml.load(path), path))
    if control:
        document, written = axes.control(written, document, overrides)
    document, found = axes.override(written, document, overrides)
    document, slurm = cluster(document)
    if found is None:
        one = validate(document, Experiment, findings)
        return Sweep(one.name, {}, [one], one.expect, one.resolved(), document, None, slurm)
    experiments = _experiments(document, found)
    one = experiments[0]
    _check_filters(document, one.expect, experiments)
    data = {**_resolved(document, found, one), "sweep": found.data(), **({"slurm": slurm} if slurm else {})}
    return Sweep(one.name, found.axes(), experiments, one.expect, data, document, found, slurm)


def _resolved(document: Document, found: Axes, one: Experiment) -> dict[str, Any]:
    """The base with its defaults written out, but for the keys that are swept, or depend on one that is."""
    swept = {path.partition(".")[0] for path in found.paths}
    swept |= {"activation"} if "architecture" in swept else set()
    resolved = one.resolved()
    keys = [key for key in Experiment.model_fields if key in (document.data if key in swept else resolved)]
    return {key: document.data[key] if key in swept else resolved[key] for key in keys}


def _experiments(document: Document, found: Axes) -> list[Experiment]:
    """The experiment at each point; SpecError with the mistakes of all points, each once."""
    assembler, made = Assembler(document.data), dict[str, Experiment]()
    wrong: dict[tuple[str, str], tuple[Problem, list[Point]]] = {}  # by what is wrong: the first place says enough
    tried, all_tried = 0, True
    for point in found.points():
        try:
            one = assembler.experiment(point.values)
        except InvalidPointError:
            try:
                one = validate(axes.located(document, point), Experiment, findings)
            except SpecError as error:
                for problem in error.problems:
                    wrong.setdefault((problem.path, problem.message), (problem, []))[1].append(point)
                tried += 1
                if len(wrong) >= SHOWN or tried >= TRIED:
                    all_tried = False
                    break
                continue
        made.setdefault(one.run, one)
    if wrong:
        everywhere = 0 if made else tried  # what is wrong at every point is no matter of a point
        raise SpecError(
            [
                problem if len(points) == everywhere else _of_point(problem, points, all_tried)
                for problem, points in wrong.values()
            ]
        )
    return list(made.values())


def _check_filters(document: Document, claims: Sequence[str | Claim], experiments: Sequence[Experiment]) -> None:
    """Raises SpecError where a claim's filter asks for a column that no run will have."""
    filters = {
        ("expect", place, "where"): claim.where for place, claim in enumerate(claims) if isinstance(claim, Claim)
    }
    if not any(filters.values()):
        return
    columns = {*NAMES, "run", "name", "error", "device", "metric.name", "seed"}
    columns |= {key for cohort in cohorts(experiments) for key in cohort[0].flat()}
    problems = [
        document.problem(document.values[place], f"no run has {word!r}{suggestion(word, columns)}", place)
        for place, where in filters.items()
        for word in (unknown_columns(where, columns) if where else ())
        if not word.startswith("task.")  # facts of the data, which are not known before
    ]
    if problems:
        raise SpecError(problems)


def _of_point(problem: Problem, points: Sequence[Point], all_tried: bool = True) -> Problem:
    """A problem with the point that has it, or the first of several."""
    said = ", ".join(f"{path}={_said(value)}" for path, value in points[0].values.items())
    others = f"{'' if all_tried else 'at least '}{len(points) - 1} more"
    return replace(problem, message=f"{problem.message} (at the point {said}{f', and {others}' if points[1:] else ''})")


def _said(value: Any) -> str:
    """A value of an axis on one line: a part by its kind and fields."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_said(inner)}' for key, inner in value.items())}}}"
    return shown(value)


def cohorts(experiments: Iterable[Experiment]) -> list[list[Experiment]]:
    """The experiments grouped by `shape`, in the order of their first appearance; a run id appears once."""
    groups: dict[str, dict[str, Experiment]] = {}
    for experiment in experiments:
        groups.setdefault(experiment.shape, {}).setdefault(experiment.run, experiment)
    return [list(group.values()) for group in groups.values()]

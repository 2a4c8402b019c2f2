"""`load`: a sweep from YAML; `Assembler`: its points as experiments, fast; `cohorts`: which of them train together.

A sweep has a hundred thousand points and few different values. So each value of each field is validated once, and each
combination is only looked at for what pydantic cannot see. The slow twin of the assembler is `Experiment(**data)`.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError, create_model

from gradx import axes
from gradx.base import yaml
from gradx.base.claims import Claim
from gradx.base.document import Document, shown
from gradx.base.errors import Problem, SpecError
from gradx.base.override import put
from gradx.base.part import Spec, varies
from gradx.base.validate import validate
from gradx.findings import findings
from gradx.spec import (
    IDENTITY,
    Experiment,
    canonical,
    identity,
    joined,
    located,
    named,
    own_activation,
    shape,
    with_kind,
)

SHOWN = 20  # mistakes of points; a sweep repeats one a thousand times


@dataclass(frozen=True)
class Sweep:
    """Experiments from axes.

    Attributes:
        name: of all of them.
        axes: the different values of each path that is swept, in order.
        experiments: one for each point, in order; points that mean the same are one.
        expect: what the author claims.
        data: plain data that make the same sweep, with the axes under `sweep`.
    """

    name: str
    axes: dict[str, list[Any]]
    experiments: list[Experiment]
    expect: list[str | Claim]
    data: dict[str, Any]
    document: Document
    points: axes.Axes | None

    def located(self, run: str, problems: Sequence[Problem]) -> list[Problem]:
        """Problems of one run's spec, with their places in the YAML file or among the overrides."""
        if self.points is None:
            return located(self.document, problems)
        assembler = Assembler(self.document.data)
        point = next(point for point in self.points.points() if assembler.experiment(point.values).run == run)
        return [_of_point(problem, [point]) for problem in located(axes.located(self.document, point), problems)]


def load(path: Path, overrides: Sequence[str] = ()) -> Sweep:
    """The sweep in a YAML file, with `path=value` and `path=v1,v2` overrides; without axes, of one experiment.

    Raises:
        SpecError: with every mistake, its line and column, and the point where it is one of a point.
    """
    document, written = axes.read(named(yaml.load(path), path))
    document, found = axes.override(written, document, overrides)
    if found is None:
        one = validate(document, Experiment, findings)
        return Sweep(one.name, {}, [one], one.expect, one.resolved(), document, None)
    experiments = _experiments(document, found)
    one = experiments[0]
    data = {**document.data, "name": one.name, "sweep": found.data()}
    return Sweep(one.name, found.axes(), experiments, one.expect, data, document, found)


def _experiments(document: Document, found: axes.Axes) -> list[Experiment]:
    """The experiment at each point; SpecError with the mistakes of all points, each once."""
    assembler, made = Assembler(document.data), dict[str, Experiment]()
    wrong: dict[Problem, list[axes.Point]] = {}
    for point in found.points():
        try:
            one = assembler.experiment(point.values)
        except InvalidPointError:
            try:
                one = validate(axes.located(document, point), Experiment, findings)
            except SpecError as error:
                for problem in error.problems:
                    wrong.setdefault(problem, []).append(point)
                if len(wrong) >= SHOWN:
                    break
                continue
        made.setdefault(one.run, one)
    if wrong:
        raise SpecError([_of_point(problem, points) for problem, points in wrong.items()])
    return list(made.values())


def _of_point(problem: Problem, points: Sequence[axes.Point]) -> Problem:
    """A problem with the point that has it."""
    said = ", ".join(f"{path}={shown(value)}" for path, value in points[0].values.items())
    more = f", and {len(points) - 1} more" if len(points) > 1 else ""
    return replace(problem, message=f"{problem.message} (at the point {said}{more})")


class InvalidPointError(Exception):
    """A point is no experiment; validation of its whole data says why."""


class _Value(NamedTuple):
    """A field's validated value, and its text in the run id and in the shape."""

    value: Any
    canonical: str | None
    shape: str | None


class Assembler:
    """Makes experiments of one base that differ in the values at some paths.

    Args:
        data: the base, plain data as read from YAML; it need not be an experiment without the values of a point.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = dict(data)
        self._raw: dict[Hashable, Any] = {}  # a top-level key's data, by the values put into it
        self._fields: dict[Hashable, _Value] = {}
        self._others: dict[frozenset[str], dict[str, _Value]] = {}  # the fields that points do not touch
        self._kept: list[Any] = []  # what the caches know by `id` must not be freed
        self._shapes: dict[str, str] = {}  # one string for each shape, not for each point

    def data(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The base with each value at its path (`init.gain`), plain data. Raises LookupError for an impossible path."""
        data = dict(self._data)
        touched: dict[str, list[str]] = {}
        for path in sorted(values, key=lambda path: path.count(".")):  # `init` before `init.gain`
            touched.setdefault(path.partition(".")[0], []).append(path)
        for key, paths in touched.items():
            known = (key, *((path, id(values[path])) for path in paths))
            if known not in self._raw:
                part = {key: data[key]} if key in data else {}
                for path in paths:
                    part = put(part, path, values[path])
                    self._kept.append(values[path])
                self._raw[known] = part[key]
            data[key] = self._raw[known]
        return data

    def experiment(self, values: Mapping[str, Any]) -> Experiment:
        """The experiment at a point.

        Raises:
            InvalidPointError: it is none.
        """
        try:
            data = self.data(values)
        except LookupError as error:
            raise InvalidPointError from error
        if data.keys() - _FIELDS.keys() or next(findings(data), None) is not None:
            raise InvalidPointError
        touched = frozenset(
            (*(path.partition(".")[0] for path in values), "activation")
        )  # which may follow another key
        if touched not in self._others:
            self._others[touched] = {name: self._field(name, data.get(name)) for name in _FIELDS.keys() - touched}
        fields = self._others[touched] | {name: self._field(name, data.get(name)) for name in touched}
        if data.get("activation") is None:
            fields["activation"] = self._field("activation", own_activation(data))
        made = Experiment.model_construct(**{name: field.value for name, field in fields.items()})
        form = joined({name: fields[name].shape for name in IDENTITY})
        made.__dict__["run"] = identity({name: fields[name].canonical for name in IDENTITY})
        made.__dict__["shape"] = self._shapes.setdefault(form, form)
        return made

    def _field(self, name: str, given: Any) -> _Value:
        """The field `name`, validated on its own; its default where nothing is given."""
        known = (name, given if isinstance(given, str) else id(given))
        if known not in self._fields:
            self._kept.append(given)
            try:
                data = {} if given is None else {name: with_kind(name, given)}
                value = getattr(_FIELDS[name].model_validate(data), name)
            except ValidationError as error:
                raise InvalidPointError from error
            text = canonical(value)
            self._fields[known] = _Value(value, text, "varies" if name in _VARYING else shape(value))
        return self._fields[known]


def cohorts(experiments: Iterable[Experiment]) -> list[list[Experiment]]:
    """The experiments grouped by `shape`, in the order of their first appearance; a run id appears once."""
    groups: dict[str, dict[str, Experiment]] = {}
    for experiment in experiments:
        groups.setdefault(experiment.shape, {}).setdefault(experiment.run, experiment)
    return [list(group.values()) for group in groups.values()]


_FIELDS: dict[str, type[BaseModel]] = {
    name: create_model(f"Only_{name}", __base__=Spec, **{name: (field.annotation, field)})  # type: ignore[call-overload]
    for name, field in Experiment.model_fields.items()
}
_VARYING = {name for name, field in Experiment.model_fields.items() if varies(field)}

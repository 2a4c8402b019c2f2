"""`Assembler`: the points of a sweep as experiments, fast.

A sweep has a hundred thousand points and few different values. So each value of each field is validated once, and each
combination of what belongs together is looked at once. The slow twin is `Experiment(**assembler.data(values))`.
"""

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError, create_model

from gradx.base.override import put
from gradx.base.part import Spec, varies
from gradx.findings import READS, findings
from gradx.spec import IDENTITY, Experiment, canonical, identity, joined, own_activation, shape, with_kind


class InvalidPointError(Exception):
    """A point is no experiment; validation of its whole data says why."""


class _Value(NamedTuple):
    """A field's validated value, and its text in the run id and in the shape."""

    value: Any
    canonical: str | None
    shape: str | None


class _Kind(NamedTuple):
    """What all points with values at the same paths share."""

    paths: Sequence[tuple[str, Sequence[str]]]  # each key of the spec with the paths below it, outer ones first
    others: Mapping[str, _Value]  # the fields that these paths do not touch
    template: Experiment


class Assembler:
    """Makes experiments of one base that differ in the values at some paths.

    Args:
        data: the base, plain data as read from YAML; it need not be an experiment without the values of a point.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = dict(data)
        self._raw: dict[Hashable, Any] = {}  # a key's data, by the values put into it
        self._fields: dict[Hashable, _Value] = {}
        self._fitting: dict[Hashable, bool] = {}  # whether the parts of a point fit each other
        self._kinds: dict[tuple[str, ...], _Kind] = {}
        self._kept: list[Any] = []  # what the caches know by `id` must not be freed
        self._shapes: dict[str, str] = {}  # one string for each shape, not for each point

    def data(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The base with each value at its path (`init.gain`), plain data. Raises LookupError for an impossible path."""
        return self._filled(values, _by_key(values))

    def experiment(self, values: Mapping[str, Any]) -> Experiment:
        """The experiment at a point.

        Raises:
            InvalidPointError: it is none.
        """
        paths = tuple(values)
        known = self._kinds.get(paths)
        try:
            data = self._filled(values, known.paths if known else _by_key(values))
        except LookupError as error:
            raise InvalidPointError from error
        if not self._fits(data):
            raise InvalidPointError
        if known is None:
            by_key = _by_key(values)
            touched = {key for key, _ in by_key} | {"activation"}  # which may follow the architecture
            others = {name: self._field(name, data) for name in _MODELS.keys() - touched}
            known = self._kinds[paths] = _Kind(by_key, others, Experiment.model_construct(**_values(others)))
        own = {key: self._field(key, data) for key, _ in known.paths}
        own["activation"] = self._field("activation", {"activation": own_activation(data)})
        fields = {**known.others, **own}
        made = copy(known.template)
        form = joined({name: fields[name].shape for name in IDENTITY})
        made.__dict__.update(
            _values(own),
            run=identity({name: fields[name].canonical for name in IDENTITY}),
            shape=self._shapes.setdefault(form, form),
        )
        return made

    def _filled(self, values: Mapping[str, Any], by_key: Sequence[tuple[str, Sequence[str]]]) -> dict[str, Any]:
        data = dict(self._data)
        for key, paths in by_key:
            known = (key, *[id(values[path]) for path in paths], *paths)
            if known not in self._raw:
                part = {key: data[key]} if key in data else {}
                for path in paths:
                    part = put(part, path, values[path])
                    self._kept.append(values[path])
                self._raw[known] = part[key]
            data[key] = self._raw[known]
        return data

    def _fits(self, data: dict[str, Any]) -> bool:
        """Whether all keys are known, and what they say goes together."""
        known = tuple([id(data.get(name)) for name in READS])
        if known not in self._fitting:
            self._kept += [data.get(name) for name in READS]
            self._fitting[known] = next(findings(data), None) is None
        return self._fitting[known] and data.keys() <= _MODELS.keys()

    def _field(self, name: str, data: Mapping[str, Any]) -> _Value:
        """The field `name`, validated on its own; its default where `data` do not say it."""
        given = data.get(name)
        known = (name, name in data, given if isinstance(given, str) else id(given))
        if known not in self._fields:
            self._kept.append(given)
            try:
                one = {name: with_kind(name, given)} if name in data else {}
                value = getattr(_MODELS[name].model_validate(one), name)
            except ValidationError as error:
                raise InvalidPointError from error
            if name in IDENTITY:
                self._fields[known] = _Value(value, canonical(value), "varies" if name in _VARYING else shape(value))
            else:
                self._fields[known] = _Value(value, None, None)
        return self._fields[known]


def _by_key(paths: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
    """The paths by the key of the spec that they lead into; `init` before `init.gain`."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths, key=lambda path: path.count(".")):
        found.setdefault(path.partition(".")[0], []).append(path)
    return list(found.items())


def _values(fields: Mapping[str, _Value]) -> dict[str, Any]:
    return {name: field.value for name, field in fields.items()}


_MODELS: dict[str, type[BaseModel]] = {
    name: create_model(f"Only_{name}", __base__=Spec, **{name: (field.annotation, field)})  # type: ignore[call-overload]
    for name, field in Experiment.model_fields.items()
}
_VARYING = {name for name, field in Experiment.model_fields.items() if varies(field)}

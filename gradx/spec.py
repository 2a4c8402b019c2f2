"""`Experiment`: one fully specified training, as read from YAML, and its run id."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from gradx import axes
from gradx.activations import AnyActivation
from gradx.base import yaml
from gradx.base.claims import Claim
from gradx.base.document import Document, shown
from gradx.base.errors import Problem, SpecError
from gradx.base.override import override
from gradx.base.part import Spec, Varies, by_name, varying
from gradx.base.presentation import Presentation
from gradx.base.statement import Statement
from gradx.base.thresholds import Thresholds
from gradx.base.validate import validate
from gradx.families import chosen
from gradx.findings import findings
from gradx.inits import AnyInit
from gradx.models import AnyModel, Model
from gradx.models.base import DEPTH, WIDTH
from gradx.normalizations import AnyNormalization, NoNormalization
from gradx.optim import (
    SGD,
    AnyClipping,
    AnyOptimizer,
    AnyRegularization,
    AnySchedule,
    Constant,
    NoClipping,
    NoRegularization,
)
from gradx.quantities import ALL, AnyQuantity, Quantity
from gradx.residuals import AnyResidual, NoResidual
from gradx.tasks import AnyTask

SCHEMA = 1  # goes into the run id: raise it when the same spec comes to mean something else
Count = Annotated[int, Field(ge=1)]


class Measure(Spec):
    """Which quantities are measured, and how often; the first and the last step always are."""

    every: Literal["log"] | Count = 10  # every n steps, or about ten times a decade
    quantities: list[AnyQuantity] = Field(
        default_factory=lambda: [by_name(kind) for kind in ALL], validate_default=True
    )
    evaluations: Annotated[int, Field(ge=0)] = 10  # how often the test set is looked at, evenly over the run; 0: never

    @field_validator("quantities", mode="after")
    @classmethod
    def _once_each(cls, quantities: list[Quantity]) -> list[Quantity]:
        kinds = [quantity.kind for quantity in quantities]
        if twice := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
            raise ValueError(f"each quantity at most once, got {', '.join(twice)} more than once")
        return quantities


class Experiment(Spec):
    """One training run: what is trained on what, how, and what is measured. The YAML keys are these fields.

    A part (architecture, activation, init, task, optimizer, clipping, regularization) is its name or a mapping with
    `kind` and its fields. `activation` defaults to what the architecture is known with.
    """

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = "experiment"
    claim: Statement | None = None  # what the config says of gradients; judged by `gradx claims`
    control: dict[str, Any] | None = None  # overrides that make the arm that does not meet `expect`
    architecture: AnyModel
    activation: AnyActivation | None = None
    init: AnyInit = Field(default="torch_default", validate_default=True)  # what a user gets who says nothing
    normalization: AnyNormalization = NoNormalization()
    residual: AnyResidual = NoResidual()
    dropout: Varies[Annotated[float, Field(ge=0, lt=1)]] = 0.0  # probability that a hidden unit is left out
    depth: Annotated[int, Field(ge=1, le=100_000)] = DEPTH
    width: Annotated[int, Field(ge=1, le=1_000_000)] = WIDTH
    task: AnyTask
    sequence_length: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 32
    steps: Annotated[int, Field(ge=0)] = 1000  # 0: measure at initialization, change nothing
    optimizer: AnyOptimizer = SGD()
    schedule: AnySchedule = Constant()
    clipping: AnyClipping = NoClipping()
    regularization: AnyRegularization = NoRegularization()
    dtype: Literal["float64", "float32", "bfloat16", "float16"] = "float32"
    loss_scale: Varies[Annotated[float, Field(gt=0)]] = 1.0  # the loss is multiplied by it, gradients divided again
    threads: Annotated[int, Field(ge=1, le=1024)] = 1  # results differ in the last bits between thread counts
    measure: Measure = Measure()
    diagnosis: Thresholds = Thresholds()
    seed: Varies[Annotated[int, Field(ge=0, lt=2**63)]] = 0
    expect: list[str | Claim] = Field(
        default_factory=list
    )  # about each run, or about all of a sweep; checked at the end
    report: Presentation | None = None  # what `gradx report` asks and draws first

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:
        """The architecture's own activation; the default kind where only its fields are given (`optimizer.lr=0.1`)."""
        if not isinstance(data, dict):
            return data
        filled = {key: with_kind(key, value) for key, value in data.items()}
        return filled | {"activation": own_activation(data)}

    @model_validator(mode="after")
    def _nothing_ignored(self, info: ValidationInfo) -> "Experiment":
        located = info.context and info.context.get("located")  # from YAML the findings come with their places
        if not located and (found := list(findings(self.model_dump()))):
            raise ValueError("; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in found))
        return self

    @property
    def claims(self) -> list[str]:
        """What is claimed of this run; what is claimed of a whole sweep is not about it."""
        return [claim for claim in self.expect if isinstance(claim, str)]

    def resolved(self) -> dict[str, Any]:
        """The whole spec as plain data: defaults written out, keys that are not used left out."""
        data = {key: value for key, value in _without_none(self.model_dump()).items() if value != []}
        return data | ({"control": self.control} if self.control else {})  # where null is a value like others

    def flat(self) -> dict[str, str | int | float | bool]:
        """`resolved` with dotted keys, lists as text: a part's kind stands at its own name (`optimizer`: sgd).

        Without `claim`, `control` and `report`, which are about several runs.
        """
        several = ("claim", "control", "report")
        return dict(_flat({key: value for key, value in self.resolved().items() if key not in several}))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, with the run id and the shape of the copy."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("run", "shape"):
            copied.__dict__.pop(name, None)
        return copied

    @cached_property
    def run(self) -> str:
        """The run id: 12 hex digits of the SHA-256 of the canonical resolved spec; name and claims do not count."""
        return identity({name: canonical(getattr(self, name)) for name in IDENTITY})

    @cached_property
    def shape(self) -> str:
        """What two experiments must share to train in one cohort: everything but name, claims and varying values."""
        own = set(varying(self))
        return joined({name: "varies" if name in own else shape(getattr(self, name)) for name in IDENTITY})


def own_activation(data: Mapping[str, Any]) -> Any:
    """The activation that raw data name, or else the one that their architecture is known with."""
    given, model = data.get("activation"), chosen(data, "architecture")
    own = (
        model.meant(data.get("architecture")).default_activation
        if model is not None and issubclass(model, Model)
        else None
    )
    return own if given is None else given


def with_kind(key: str, value: Any) -> Any:
    """A part of which only fields are given (`optimizer.lr=0.1`), with the kind that it has by default."""
    kind = {"init": "torch_default", "optimizer": "sgd"}.get(key)
    return {"kind": kind, **value} if kind and isinstance(value, dict) else value


WORDS = frozenset({"name", "claim", "control", "expect", "report"})
"""The fields that say something of an experiment and change nothing in its runs."""

IDENTITY = sorted(set(Experiment.model_fields) - WORDS)
"""The fields that make a run what it is."""


def canonical(value: Any) -> str | None:
    """A field's value as it goes into the run id: JSON with defaults written out; None for what is not used."""
    plain = _plain(value)
    return None if plain is None else json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def shape(value: Any) -> str | None:
    """A field's value as it goes into the shape: `canonical`, without the values that may vary in a cohort."""
    if not isinstance(value, Spec):
        return canonical(value)
    plain = _plain(value)
    for path in varying(value):
        *parents, last = path.split(".")
        inner = plain
        for parent in parents:
            inner = inner[parent]
        inner[last] = "varies"
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def identity(fields: Mapping[str, str | None]) -> str:
    """The run id from the canonical text of each field."""
    return sha256(joined({**fields, "schema": str(SCHEMA)}).encode()).hexdigest()[:12]


def joined(fields: Mapping[str, str | None]) -> str:
    """One canonical JSON object from the JSON of its values; those that are None are left out."""
    inner = ",".join([f'"{name}":{text}' for name, text in sorted(fields.items()) if text is not None])
    return f"{{{inner}}}"


def load(path: Path, overrides: Sequence[str] = (), control: bool = False) -> Experiment:
    """The experiment in a YAML file, with `path=value` overrides; its block `sweep` is for `gradx.grid.load`.

    With `control` its control arm, otherwise checked as well where there are no overrides.

    Raises:
        SpecError: with every mistake, its line and column.
    """

    def arm(control: bool) -> Experiment:
        return validate(opened(path, overrides, control), Experiment, findings)

    return arm(control) if control or overrides else axes.with_control(arm, lambda one: {one.run}, path)


def opened(path: Path, overrides: Sequence[str] = (), control: bool = False) -> Document:
    """The document of one experiment, or of its control arm, with its name and the overrides. Raises SpecError."""
    document, found = axes.read(named(yaml.load(path), path))
    if control:
        document, _ = axes.control(found, document, overrides)
    return cluster(override(document, overrides))[0]


def cluster(document: Document) -> tuple[Document, dict[str, str]]:
    """The document without its key `slurm`, and the options of sbatch in there. Raises SpecError."""
    given = document.data.get("slurm", {})
    if not isinstance(given, Mapping):
        raise SpecError([document.problem(document.values["slurm",], f"must be a mapping (got {shown(given)})")])
    wrong = {key: value for key, value in given.items() if isinstance(value, Mapping | list) or value is None}
    if wrong:
        message = "must be a text or a number, like partition: gpu"
        raise SpecError([document.problem(document.values["slurm", key], message) for key in wrong])
    options = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()}
    return replace(document, data={key: value for key, value in document.data.items() if key != "slurm"}), options


def named(document: Document, path: Path) -> Document:
    """A document that has a name: that of its file, if it says none."""
    own = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem)[:100].strip("-._") or "experiment"
    return replace(document, data={"name": own, **document.data})


def located(document: Document, problems: Sequence[Problem]) -> list[Problem]:
    """Problems that name a dotted path of the spec, with its place in the YAML file or among the overrides."""
    found = []
    for problem in problems:
        keys = tuple(problem.path.split("."))
        mark = next(
            (document.values[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in document.values), None
        )
        there = document.problem(mark, problem.message, keys) if mark else replace(problem, source=document.source)
        found.append(problem if problem.source else there)
    return found


def _plain(value: Any) -> Any:
    """A field's value as plain data, without what is None; None for an empty list."""
    if isinstance(value, Spec):
        return _without_none(value.model_dump())
    return None if value == [] else value


def _without_none(data: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in data.items()
        if value is not None
    }


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str | int | float | bool]]:
    for key, value in data.items():
        name = prefix.removesuffix(".") if key == "kind" else f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list):
            yield name, ", ".join(_said(item) for item in value)
        else:
            yield name, value


def _said(item: Any) -> str:
    """An item of a list as text: a part by its kind, a claim about a sweep by what it says."""
    return str(item.get("kind") or Claim(**item)) if isinstance(item, Mapping) else str(item)

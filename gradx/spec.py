"""`Experiment`: one fully specified training, as read from YAML, and its run id."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from gradx.activations import AnyActivation
from gradx.base import yaml
from gradx.base.errors import Problem
from gradx.base.override import override
from gradx.base.part import Spec, Varies, by_name, varying
from gradx.base.thresholds import Thresholds
from gradx.base.validate import validate
from gradx.families import chosen
from gradx.findings import findings
from gradx.inits import AnyInit
from gradx.models import AnyModel
from gradx.optim import SGD, AnyClipping, AnyOptimizer, AnyRegularization, NoClipping, NoRegularization
from gradx.quantities import ALL, AnyQuantity, Quantity
from gradx.tasks import AnyTask

SCHEMA = 1  # goes into the run id: raise it when the same spec comes to mean something else
Count = Annotated[int, Field(ge=1)]


class Measure(Spec):
    """Which quantities are measured, and how often; the first and the last step always are."""

    every: Literal["log"] | Count = 10  # every n steps, or about ten times a decade
    quantities: list[AnyQuantity] = Field(
        default_factory=lambda: [by_name(kind) for kind in ALL], validate_default=True
    )
    evaluations: Count = 10  # how often the test set is looked at, evenly over the run

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
    architecture: AnyModel
    activation: AnyActivation | None = None
    init: AnyInit = Field(default="torch_default", validate_default=True)  # what a user gets who says nothing
    depth: Annotated[int, Field(ge=1, le=100_000)] = 1
    width: Annotated[int, Field(ge=1, le=1_000_000)] = 64
    task: AnyTask
    sequence_length: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 32
    steps: Annotated[int, Field(ge=0)] = 1000  # 0: measure at initialization, change nothing
    optimizer: AnyOptimizer = SGD()
    clipping: AnyClipping = NoClipping()
    regularization: AnyRegularization = NoRegularization()
    dtype: Literal["float32", "float64"] = "float32"
    threads: Annotated[int, Field(ge=1, le=1024)] = 1  # results differ in the last bits between thread counts
    measure: Measure = Measure()
    diagnosis: Thresholds = Thresholds()
    seed: Varies[Annotated[int, Field(ge=0, lt=2**63)]] = 0
    expect: list[str] = Field(default_factory=list)  # claims about the summary, checked at the end

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:
        """The architecture's own activation; the default kind where only its fields are given (`optimizer.lr=0.1`)."""
        if not isinstance(data, dict):
            return data
        own, filled = getattr(chosen(data, "architecture"), "default_activation", None), dict(data)
        if data.get("activation") is None and own:
            filled["activation"] = own
        for key, kind in (("init", "torch_default"), ("optimizer", "sgd")):
            if isinstance(data.get(key), dict):
                filled[key] = {"kind": kind, **data[key]}
        return filled

    @model_validator(mode="after")
    def _nothing_ignored(self, info: ValidationInfo) -> "Experiment":
        located = info.context and info.context.get("located")  # from YAML the findings come with their places
        if not located and (found := list(findings(self.model_dump()))):
            raise ValueError("; ".join(f"{'.'.join(map(str, path))}: {message}" for path, message in found))
        return self

    def resolved(self) -> dict[str, Any]:
        """The whole spec as plain data: defaults written out, keys that are not used left out."""
        return {key: value for key, value in _without_none(self.model_dump()).items() if value != []}

    def flat(self) -> dict[str, str | int | float | bool]:
        """`resolved` with dotted keys, lists as text: a part's kind stands at its own name (`optimizer`: sgd)."""
        return dict(_flat(self.resolved()))

    @property
    def run(self) -> str:
        """The run id: 12 hex digits of the SHA-256 of the canonical resolved spec; name and expect do not count."""
        spec = {key: value for key, value in self.resolved().items() if key not in ("name", "expect")}
        canonical = json.dumps({"schema": SCHEMA, **spec}, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return sha256(canonical.encode()).hexdigest()[:12]

    @property
    def shape(self) -> str:
        """What two experiments must share to train in one cohort: everything but name, claims and varying values."""
        spec = {key: value for key, value in self.resolved().items() if key not in ("name", "expect")}
        for path in varying(self):
            *parents, last = path.split(".")
            inner = spec
            for parent in parents:
                inner = inner[parent]
            inner[last] = "varies"
        return json.dumps(spec, sort_keys=True)


def load(path: Path, overrides: Sequence[str] = ()) -> Experiment:
    """The experiment in a YAML file, with `path=value` overrides.

    Raises:
        SpecError: with every mistake, its line and column.
    """
    document = override(yaml.load(path), overrides)
    if "name" not in document.data:
        document.data["name"] = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem)[:100].strip("-._") or "experiment"
    return validate(document, Experiment, findings)


def located(path: Path, problems: Sequence[Problem], overrides: Sequence[str] = ()) -> list[Problem]:
    """Problems that name a dotted path of the spec, with its place in the YAML file or among the overrides."""
    document = override(yaml.load(path), overrides)
    found = []
    for problem in problems:
        keys = tuple(problem.path.split("."))
        mark = next(
            (document.values[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in document.values), None
        )
        located = document.problem(mark, problem.message, keys) if mark else replace(problem, source=document.source)
        found.append(problem if problem.source else located)
    return found


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
            yield name, ", ".join(item["kind"] if isinstance(item, Mapping) else str(item) for item in value)
        else:
            yield name, value

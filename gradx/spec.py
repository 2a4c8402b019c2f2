"""`Experiment`: one fully specified training, as read from YAML, and its run id."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, model_validator

from gradx.activations import AnyActivation
from gradx.base import expression, yaml
from gradx.base.errors import Problem
from gradx.base.override import override
from gradx.base.part import Part, Spec, Varies, by_name, varying
from gradx.base.thresholds import Thresholds
from gradx.base.validate import validate
from gradx.inits import AnyInit
from gradx.models import AnyModel, Model
from gradx.optim import SGD, AnyClipping, AnyOptimizer, AnyRegularization, NoClipping, NoRegularization
from gradx.quantities import ALL, AnyQuantity
from gradx.tasks import AnyTask, Task

SCHEMA = 1  # goes into the run id: raise it when the same spec comes to mean something else
Path_ = tuple[str | int, ...]
Count = Annotated[int, Field(ge=1)]


class Measure(Spec):
    """Which quantities are measured, and how often; the first and the last step always are."""

    every: Literal["log"] | Count = 10  # every n steps, or about ten times a decade
    quantities: list[AnyQuantity] = Field(
        default_factory=lambda: [by_name(kind) for kind in ALL], validate_default=True
    )
    evaluations: Count = 10  # how often the test set is looked at, evenly over the run


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
        model, filled = _chosen(data, "architecture"), dict(data)
        if "activation" not in data and model is not None and issubclass(model, Model) and model.default_activation:
            filled["activation"] = model.default_activation
        for key, kind in (("init", "torch_default"), ("optimizer", "sgd")):
            if isinstance(data.get(key), dict):
                filled[key] = {"kind": kind, **data[key]}
        return filled

    @model_validator(mode="after")
    def _nothing_ignored(self, info: ValidationInfo) -> "Experiment":
        if not (info.context and info.context.get("located")):  # from YAML the findings come with their places
            found = list(findings(self.model_dump(exclude_unset=True) | {"activation": self.activation}))
            found = [(path, message) for path, message in found]
            if found:
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
        spec = self.resolved()
        for path in ("name", "expect", *varying(self)):
            *parents, last = path.split(".")
            inner = spec
            for parent in parents:
                inner = inner[parent]
            if last in inner:
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


def findings(data: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """What pydantic cannot see in raw data: keys that the chosen parts do not use, or need, and false claims."""
    model, task = _chosen(data, "architecture"), _chosen(data, "task")
    if model is not None and issubclass(model, Model):
        kind = model.model_fields["kind"].default
        if data.get("activation") is not None and model.default_activation is None:
            yield ("activation",), f"architecture {kind} has fixed nonlinearities and does not use 'activation'"
        init = data.get("init")
        if isinstance(init, Mapping) and isinstance(init.get("recurrent"), Mapping | str):
            if not model.recurrent:
                yield (
                    ("init", "recurrent"),
                    f"architecture {kind} has no recurrent weights and does not use 'recurrent'",
                )
            elif isinstance(init["recurrent"], Mapping) and init["recurrent"].get("recurrent") is not None:
                yield ("init", "recurrent", "recurrent"), "the init of recurrent weights has no 'recurrent' of its own"
        if task is not None and issubclass(task, Task) and task.gives not in model.reads:
            reads = " or ".join(_a(shape) for shape in model.reads)
            offer = [
                name for name, part in parts(AnyTask).items() if issubclass(part, Task) and part.gives in model.reads
            ]
            given = f"task {task.model_fields['kind'].default} gives {_a(task.gives)}"
            yield ("task",), f"architecture {kind} reads {reads}, but {given} (allowed here: {', '.join(offer)})"
    if task is not None and issubclass(task, Task):
        kind, used = task.model_fields["kind"].default, "sequence_length" in task.uses
        if data.get("sequence_length") is not None and not used:
            yield ("sequence_length",), f"task {kind} has a fixed length and does not use 'sequence_length'"
        if data.get("sequence_length") is None and used:
            yield ("task",), f"task {kind} needs the key 'sequence_length'"
    claims = data.get("expect")
    for place, claim in enumerate(claims if isinstance(claims, list) else []):
        if isinstance(claim, str) and (problem := expression.problem(claim)):
            yield ("expect", place), problem


def parts(union: Any) -> dict[str, type[Part]]:
    """The members of a family by kind: `parts(AnyModel)["rnn"]`."""
    arms = get_args(get_args(union)[0]) or (get_args(union)[0],)
    return {arm.model_fields["kind"].default: arm for arm in arms}


FAMILIES: dict[str, Any] = {
    "models": AnyModel,
    "tasks": AnyTask,
    "activations": AnyActivation,
    "inits": AnyInit,
    "optimizers": AnyOptimizer,
    "clipping": AnyClipping,
    "regularization": AnyRegularization,
    "quantities": AnyQuantity,
}
"""What `gradx ls` lists, and under which name."""


def _chosen(data: Mapping[str, Any], key: str) -> type[Part] | None:
    """The class of the part that raw data names under `key`, if it names one that exists."""
    given = data.get(key)
    if isinstance(given, Part):
        return type(given)
    kind = given.get("kind") if isinstance(given, Mapping) else given
    return (
        parts(FAMILIES[{"architecture": "models", "task": "tasks"}[key]]).get(kind) if isinstance(kind, str) else None
    )


def _a(shape: type) -> str:
    name = shape.__name__.lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


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

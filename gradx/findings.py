"""What pydantic cannot see in a spec: keys that its parts do not use, or lack, parts that do not fit, wrong claims."""

from collections.abc import Iterator, Mapping
from typing import Any

from gradx.base import presentation, statement
from gradx.base.claims import problems
from gradx.base.document import KeyPath
from gradx.base.part import said
from gradx.families import KEYS, chosen, parts
from gradx.models import Model
from gradx.tasks import AnyTask, Task
from gradx.tensors.shapes import Scored

SIZES = ("dropout", "depth", "width", "batch_size", "sequence_length")
READS = (*KEYS, *SIZES, "claim", "control", "expect", "report")
"""The keys that `findings` looks at."""
VARIED = (*KEYS, *SIZES, "steps", "dtype", "loss_scale", "seed")
"""The keys in which the runs of a report may differ."""
FITTED = frozenset({"normalization", "residual", "dropout"})
"""The keys that an architecture `takes`, or does not use."""
ANSWERED: dict[Scored, str] = {
    "last": "the last time step",
    "trailing": "each of several time steps at the end",
    "all": "every time step",
}


def findings(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What pydantic cannot see in raw data: keys that the chosen parts do not use, or need, and false claims."""
    model, task = chosen(data, "architecture"), chosen(data, "task")
    unused = frozenset[str]()
    if model is not None and issubclass(model, Model):
        own, kind, model = model, model.model_fields["kind"].default, model.meant(data.get("architecture"))
        if data.get("activation") is not None and model.default_activation is None:
            yield ("activation",), f"architecture {kind} has fixed nonlinearities and does not use 'activation'"
        unused = FITTED - model.takes
        for key in sorted(unused):
            if said(data, key, default="none") != "none" or (key == "dropout" and data.get(key)):
                yield (key,), f"architecture {kind} does not use {key!r}"
        init = data.get("init")
        if isinstance(init, Mapping) and isinstance(init.get("recurrent"), Mapping | str):
            if not model.recurrent:
                yield (
                    ("init", "recurrent"),
                    f"architecture {kind} has no recurrent weights and does not use 'recurrent'",
                )
            elif isinstance(init["recurrent"], Mapping):
                yield from _inner(init["recurrent"])
        if task is not None and issubclass(task, Task) and (why := _misfit(own, task, data)):
            offer = [
                name for name, part in parts(AnyTask).items() if issubclass(part, Task) and not _misfit(own, part, data)
            ]
            yield ("task",), f"architecture {kind} {why} (allowed here: {', '.join(offer)})"
    if task is not None and issubclass(task, Task):
        kind, used = task.model_fields["kind"].default, "sequence_length" in task.uses
        if data.get("sequence_length") is not None and not used:
            yield ("sequence_length",), f"task {kind} has a fixed length and does not use 'sequence_length'"
        if data.get("sequence_length") is None and used:
            yield ("task",), f"task {kind} needs the key 'sequence_length'"
    for key in KEYS:
        if key not in unused and (part := chosen(data, key)) is not None:
            yield from part.misfits(data)
    yield from statement.problems(data)
    yield from presentation.problems(data, VARIED)
    claims = data.get("expect")
    for place, claim in enumerate(claims if isinstance(claims, list) else []):
        for path, problem in problems(claim):
            yield ("expect", place, *path), problem


def _inner(init: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What the init of recurrent weights cannot say: it draws no biases."""
    if init.get("recurrent") is not None:
        yield ("init", "recurrent", "recurrent"), "the init of recurrent weights has no 'recurrent' of its own"
    if init.get("bias_std") not in (None, 0):
        yield ("init", "recurrent", "bias_std"), "all biases follow init.bias_std; 'bias_std' is not used here"


def _misfit(own: type[Model], task: type[Task], data: Mapping[str, Any]) -> str | None:
    """Why an architecture cannot do a task; None where it can."""
    model, kind = own.meant(data.get("architecture")), task.model_fields["kind"].default
    if task.gives not in model.reads:
        return f"reads {' or '.join(_a(shape) for shape in model.reads)}, but task {kind} gives {_a(task.gives)}"
    if hindrance := own.hindrance(data.get("architecture"), task.scored):
        return f"{hindrance}, but task {kind} wants an answer at {ANSWERED[task.scored]}"
    return None


def _a(shape: type) -> str:
    name = shape.__name__.lower()
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

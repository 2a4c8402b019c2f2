"""`Blueprint`: what has been found out about a user's module by calling it on zeros, before anything is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gradx.models.base import Footprint
from gradx.models.foreign.target import TargetError, built
from gradx.models.foreign.watched import FUSED, Call, Key, Watched
from gradx.tensors.layout import Slot
from gradx.tensors.shapes import Image, Sequence

BATCHES = (2, 3)  # of the calls on zeros: the axis that differs between them is that of the examples


@dataclass(frozen=True)
class Blueprint:
    """A module whose weights come from elsewhere, and what is known of it.

    Attributes:
        module: itself; called with the weights of one member after another.
        scores: how many trailing time steps are scored.
        places: of every parameter and buffer by name, the number of its layer and whether this gives the output.
        axes: of each tensor that a layer gives, the one that the examples are along.
        copied: layers whose output the module writes into.
        random: whether it draws random numbers in training.
        fused: recurrent layers that keep their states to themselves, by kind.
        footprint: what a call costs.
    """

    module: nn.Module
    scores: int
    places: Mapping[str, tuple[int, bool]]
    axes: Mapping[Key, int]
    copied: frozenset[str]
    random: bool
    fused: tuple[str, ...]
    footprint: Footprint

    def slot(self, name: str, value: Tensor, role: Literal["buffer"] | None = None) -> Slot:
        """The place of the parameter or buffer of this name."""
        fan_out, fan_in = (value.shape[0], value[0].numel()) if value.ndim > 1 else (value.numel(), value.numel())
        own: Literal["weight", "bias"] = "weight" if value.ndim > 1 else "bias"
        layer, final = self.places[name]
        return Slot(name, tuple(value.shape), role or own, layer, fan_in, fan_out, max(fan_in, 1) ** -0.5, final=final)

    def scored(self, output: Tensor) -> Tensor:
        """What the module gave as (batch, scored, output)."""
        return output.unsqueeze(1) if output.ndim == 2 else output[:, -self.scores :]

    def by_example(self, call: Call, values: Tensor, batch: int) -> Tensor:
        """What a layer gave, or its gradient, as (batch, unit); a merged axis has the examples outside."""
        return values.movedim(self.axes[call.key], 0).reshape(batch, -1)

    def inside(self, calls: list[Call], output: Tensor) -> list[Call]:
        """The calls without those that gave the output itself: the readout is no layer of a profile."""
        return [call for call in calls if call.key in self.axes and not _is_output(call, output)]


@lru_cache(maxsize=64)
def blueprint(target: str, args: str, given: Image | Sequence, outputs: int, scored: int) -> Blueprint:
    """The blueprint of `target(**args)` for a task's shapes.

    Raises:
        TargetError: it cannot be built or called, or what it gives is not what the task asks for.
    """
    module = built(target, args, 0)
    shown = [_shown(module.eval(), _zeros(given, batch), target) for batch in BATCHES]
    for _, output, x in shown:
        if (why := _misfit(output, x, outputs, scored)) is not None:
            raise TargetError(f"{target} {why}")
    (first, output, x), (second, *_) = shown
    with torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        third, *_ = _shown(module.train(), _zeros(given, BATCHES[1]), target)
        random = not torch.equal(before, torch.get_rng_state())
    # Whoever changes `first` in evaluation does so in training; dropout may do so in training alone.
    copied = frozenset(call.name for watched in (first, third) for call in watched.calls if call.changed)
    final = {call.name for call in first.calls if _is_output(call, output)}
    fused = {f"nn.{type(part).__name__}": None for part in module.modules() if isinstance(part, FUSED)}
    return Blueprint(
        module,
        scored,
        dict(_places(module, first.numbers, final)),
        _axes(first.calls, second.calls),
        copied,
        random,
        tuple(fused),
        _footprint(module, first.calls, x),
    )


def _zeros(given: Image | Sequence, batch: int) -> Tensor:
    if isinstance(given, Image):
        return torch.zeros(batch, given.channels, given.height, given.width)
    if given.tokens:
        return torch.zeros(batch, given.steps, dtype=torch.int64)
    return torch.zeros(batch, given.steps, given.features)


def _shown(module: nn.Module, x: Tensor, target: str) -> tuple[Watched, Any, Tensor]:
    """What the layers give, what the module gives, and for what."""
    try:
        with torch.no_grad(), Watched(module) as watched:
            return watched, module(x), x
    except Exception as error:
        message = f"{target} cannot read x of shape {_shape(x)}: {type(error).__name__}: {error}"
        raise TargetError(message) from error


def _misfit(output: Any, x: Tensor, outputs: int, scored: int) -> str | None:
    """Why what the module gives for x is no answer to the task; None where it is one."""
    batch = len(x)
    if isinstance(output, Tensor) and output.is_floating_point():
        if scored == 1 and output.shape == (batch, outputs):
            return None
        if output.ndim == 3 and output.shape[::2] == (batch, outputs) and output.shape[1] >= scored:
            return None
        gives = f"a tensor of shape {_shape(output)}" if output.is_floating_point() else f"{output.dtype}"
    else:
        gives = f"{output.dtype} numbers" if isinstance(output, Tensor) else f"a {type(output).__name__}"
    one = f"{_shape((batch, outputs))} or " if scored == 1 else ""
    steps = "steps" if scored == 1 else f"steps >= {scored}"
    return f"gives {gives} for x of shape {_shape(x)}, the task wants {one}({batch}, {steps}, {outputs})"


def _shape(value: Tensor | tuple[int, ...]) -> str:
    return str(tuple(value.shape) if isinstance(value, Tensor) else value)


def _is_output(call: Call, output: Tensor) -> bool:
    """Whether a layer gave the module's output, or something of which the output is a view."""
    return call.handed.untyped_storage().data_ptr() == output.untyped_storage().data_ptr()


def _places(module: nn.Module, numbers: Mapping[str, int], final: set[str]) -> list[tuple[str, tuple[int, bool]]]:
    """Number and finality of the layer of each parameter and buffer; outside of layers those of the layer before."""
    found, last, ends = list[tuple[str, tuple[int, bool]]](), 1, False
    for name, part in module.named_modules():
        if name in numbers:
            last, ends = numbers[name], name in final
        own = [*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)]
        found += [(f"{name}.{each}" if name else each, (last, ends)) for each, _ in own]
    return found


def _axes(calls: list[Call], others: list[Call]) -> dict[Key, int]:
    """The first axis whose length differs between two batches, of each tensor that a layer gives."""
    shapes = {call.key: call.tensor.shape for call in calls}
    axes = dict[Key, int]()
    for call in others:
        lengths = list(zip(shapes.get(call.key, ()), call.tensor.shape, strict=False))
        differing = [axis for axis, (one, other) in enumerate(lengths) if one * BATCHES[1] == other * BATCHES[0]]
        if differing:
            axes[call.key] = differing[0]
    return axes


def _footprint(module: nn.Module, calls: list[Call], x: Tensor) -> Footprint:
    """From the sizes of what the layers give: a weight is used once for each position of its output channels."""
    parts, measured, multiplies = dict(module.named_modules()), 0, 0
    for call in calls:
        size = call.tensor[0].numel()
        measured += size
        weights = [each for each in parts[call.name].parameters() if each.ndim > 1]
        uses = x.shape[1] if isinstance(parts[call.name], FUSED) else size
        for weight in weights if call.place == 0 and call.kind == "preactivation" else []:
            multiplies += weight.numel() * max(1, uses // (1 if isinstance(parts[call.name], FUSED) else len(weight)))
    return Footprint(x[0].numel() + 6 * measured, max(multiplies, 1), 4 * len(calls) + 8, measured)

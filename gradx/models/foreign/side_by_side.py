"""`SideBySide`: a pass through members that each have a graph of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from gradx.models.base import Weights
from gradx.models.foreign.blueprint import Blueprint
from gradx.models.foreign.watched import Call
from gradx.models.passes import Output, Pass
from gradx.tensors.taps import Kind, Series, Tapped

Gradients = Mapping[int, Tensor | None]


@dataclass
class _Stack:
    """Layers of one kind and one size."""

    numbers: list[int]
    values: list[Tensor]
    gradients: list[Tensor]


class SideBySide(Pass):
    """One call of autograd goes back through the graphs of all members.

    Args:
        outputs: (batch, scored, output) of each member.
        calls: what the layers of each member gave.
        weights: by name, (member, *shape).
        blueprint: of the module.
    """

    def __init__(self, outputs: list[Tensor], calls: list[list[Call]], weights: Weights, blueprint: Blueprint) -> None:
        self.output = torch.stack([output.detach() for output in outputs])
        self._outputs, self._calls, self._weights, self._blueprint = outputs, calls, weights, blueprint

    def backward(self, d_output: Output, taps: bool) -> tuple[dict[str, Tensor], list[Tapped]]:
        calls = self._calls if taps else []
        tensors = [call.tensor for member in calls for call in member if call.tensor.requires_grad]
        wanted = [*self._weights.values(), *tensors]
        found = torch.autograd.grad(self._outputs, wanted, d_output.unbind(), allow_unused=True)
        pairs = zip(self._weights.items(), found, strict=False)
        gradients = {name: torch.zeros_like(weight) if each is None else each for (name, weight), each in pairs}
        by_tensor = dict(zip(map(id, tensors), found[len(self._weights) :], strict=True))
        return gradients, self._tapped(calls, by_tensor) if taps else []

    def states(self, d_output: Output) -> list[Tapped]:
        return []

    def _tapped(self, calls: list[list[Call]], gradients: Gradients) -> list[Tapped]:
        """A series of the layers of each size, by kind. What the loss does not depend on is missing."""
        stacks = dict[tuple[Kind, int, int], _Stack]()
        for kind, number in dict.fromkeys((call.kind, call.layer) for call in calls[0]):
            layer = [
                [call for call in member if (call.kind, call.layer) == (kind, number) and _reached(call, gradients)]
                for member in calls
            ]
            if all(layer):
                values = self._together(layer, lambda call: call.tensor.detach())
                gradient = self._together(layer, lambda call: gradients[id(call.tensor)])
                stack = stacks.setdefault((kind, values.shape[-1], gradient.shape[-1]), _Stack([], [], []))
                stack.numbers.append(number)
                stack.values.append(values)
                stack.gradients.append(gradient)
        return [
            Tapped(Series(kind, "depth", 0, stack.values, numbers=stack.numbers), stack.gradients)
            for (kind, *_), stack in stacks.items()
        ]

    def _together(self, layer: list[list[Call]], of: Callable[[Call], Tensor | None]) -> Tensor:
        """(member, batch, unit) of all that the calls of one layer gave."""
        batch, members = self.output.shape[1], list[Tensor]()
        for calls in layer:
            parts = [self._blueprint.by_example(call, part, batch) for call in calls if (part := of(call)) is not None]
            members.append(torch.cat(parts, dim=1))
        return torch.stack(members)


def _reached(call: Call, gradients: Gradients) -> bool:
    return gradients.get(id(call.tensor)) is not None

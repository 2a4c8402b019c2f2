"""`Pass`: a forward pass that can be gone back through: by autograd, or by hand where the chain of layers is known."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gradx.tensors.axes import Float
from gradx.tensors.taps import Series, Tapped

Output = Float[Tensor, "member batch scored output"]


class Pass(ABC):
    """A forward pass. `output` is (member, batch, scored, output)."""

    output: Output

    @abstractmethod
    def backward(self, d_output: Output, taps: bool) -> tuple[dict[str, Tensor], list[Tapped]]:
        """The gradients of all weights by name, (member, *shape), and those of the taps.

        Args:
            d_output: gradient of the loss with respect to `output`, of its shape.
            taps: whether the gradients inside the network are wanted; otherwise the second list is empty.
        """

    @abstractmethod
    def states(self, d_output: Output) -> list[Tapped]:
        """The gradients of the recurrent states alone, from another loss; to be called before `backward`."""


class Graph(Pass):
    """By autograd: one call for the weights and all taps, whatever the architecture."""

    def __init__(self, output: Output, series: list[Series], weights: Mapping[str, Tensor]) -> None:
        self.output = output.detach()
        self._output, self._series, self._weights = output, series, weights

    def backward(self, d_output: Output, taps: bool) -> tuple[dict[str, Tensor], list[Tapped]]:
        series = self._series if taps else []
        wanted = [*self._weights.values(), *(tap for each in series for tap in each.taps)]
        found = torch.autograd.grad(self._output, wanted, d_output, allow_unused=True)
        pairs = zip(self._weights.items(), found, strict=False)
        gradients = {name: torch.zeros_like(weight) if each is None else each for (name, weight), each in pairs}
        return gradients, _tapped(series, found[len(self._weights) :])

    def states(self, d_output: Output) -> list[Tapped]:
        series = [each for each in self._series if each.axis == "time" and each.kind != "preactivation"]
        wanted = [tap for each in series for tap in each.taps]
        if not wanted:
            return []
        return _tapped(
            series, torch.autograd.grad(self._output, wanted, d_output, retain_graph=True, allow_unused=True)
        )


def _tapped(series: list[Series], gradients: Sequence[Tensor | None]) -> list[Tapped]:
    rest = iter(gradients)
    return [Tapped(each, [next(rest) for _ in each.taps]) for each in series]

"""`Series`: the tensors inside a network whose gradients are measured; `Tapped`: a series with these gradients."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from gradx.tensors.axes import Float
from gradx.tensors.norms import l2

Stacked = Float[Tensor, "position member batch unit"]
Kind = Literal["preactivation", "output", "hidden", "cell"]


def members_first(x: Tensor) -> Tensor:
    """(member, batch, ...) as (member, batch, unit)."""
    return x.flatten(2)


@dataclass(frozen=True)
class Series:
    """Taps of one kind along one axis: the very tensors that the network consumes next.

    Attributes:
        kind: preactivation, output (of a layer), hidden or cell (state of a recurrent layer).
        axis: what the position in `taps` counts: layers or time steps, from 1.
        layer: for a time axis, the layer (from 1) that the states belong to; for a depth axis 0.
        taps: one tensor for each position, or with `whole` one tensor that holds all positions.
        inputs: for activations, the pre-activation behind each tap; None where there is no single one.
        arrange: brings a tap, or its gradient, to (member, batch, unit); with `whole` (position, member, batch, unit).
    """

    kind: Kind
    axis: Literal["depth", "time"]
    layer: int
    taps: list[Tensor]
    inputs: list[Tensor] | None = None
    arrange: Callable[[Tensor], Tensor] = members_first
    whole: bool = False

    def stack(self, tensors: list[Tensor]) -> Stacked:
        """`tensors`, shaped as the taps, as one (position, member, batch, unit) tensor."""
        if self.whole:
            return self.arrange(tensors[0])
        return torch.stack([self.arrange(tensor) for tensor in tensors])


@dataclass(frozen=True)
class Tapped:
    """A series with the gradients of its taps: None for a tap that the loss does not depend on.

    Where they lie side by side already, `gradients` is one (position, member, batch, unit) tensor.
    """

    series: Series
    gradients: Sequence[Tensor | None] | Tensor

    @cached_property
    def positions(self) -> list[int]:
        """The positions (from 1) that have a gradient; the others are missing, which is not the same as zero."""
        if isinstance(self.gradients, Tensor) or self.series.whole:
            return list(range(1, len(self.gradient) + 1)) if self.gradients[0] is not None else []
        return [position for position, gradient in enumerate(self.gradients, 1) if gradient is not None]

    @cached_property
    def gradient(self) -> Stacked:
        """The gradients, (position, member, batch, unit)."""
        if isinstance(self.gradients, Tensor):
            return self.gradients
        return self.series.stack([gradient for gradient in self.gradients if gradient is not None])

    def kept(self, by_input: bool) -> "Tapped":
        """The same, stacked: all that quantities ask for, and nothing else of the pass."""
        series = self.series
        inputs = [self.inputs] if by_input and series.inputs is not None else series.inputs and []
        values = [self.values] if series.kind in ("output", "hidden") else []
        return Tapped(replace(series, taps=values, inputs=inputs, arrange=_as_it_is, whole=True), self.gradient)

    @staticmethod
    def merge(steps: "Sequence[Tapped]") -> "Tapped":
        """Kept series of several steps as one, the steps side by side as if they were members."""
        first = steps[0].series
        taps = [torch.cat([each.values for each in steps], dim=1)] if first.taps else []
        inputs = [torch.cat([each.inputs for each in steps], dim=1)] if first.inputs else first.inputs
        return Tapped(replace(first, taps=taps, inputs=inputs), torch.cat([each.gradient for each in steps], dim=1))

    @property
    def source(self) -> torch.dtype:
        """The dtype of the gradients."""
        return self.gradient.dtype

    @cached_property
    def norms(self) -> Float[Tensor, "member position batch"]:
        """L2 norm of each example's gradient over the units, (member, position, batch) in float64."""
        return l2(self.gradient, -1).transpose(0, 1)

    @cached_property
    def values(self) -> Stacked:
        """The taps themselves, (position, member, batch, unit)."""
        return self.series.stack([tap.detach() for tap in self.series.taps])

    @property
    def inputs(self) -> Stacked:
        """The pre-activations behind the taps, (position, member, batch, unit); only where `series.inputs` is kept."""
        return self.series.stack([tensor.detach() for tensor in self.series.inputs or []])


def _as_it_is(stacked: Tensor) -> Tensor:
    return stacked

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
Kind = Literal["preactivation", "output", "stream", "hidden", "cell"]


def members_first(x: Tensor) -> Tensor:
    """(member, batch, ...) as (member, batch, unit)."""
    return x.flatten(2)


def as_it_is(stacked: Tensor) -> Tensor:
    """What lies as (position, member, batch, unit) already."""
    return stacked


@dataclass(frozen=True)
class Series:
    """Taps of one kind along one axis: the very tensors that the network consumes next.

    Attributes:
        kind: preactivation, output (of a layer), stream (what goes past the layers of a transformer, after each block),
            hidden or cell (state of a recurrent layer).
        axis: what the position in `taps` counts: layers or time steps, from 1.
        layer: for a time axis, the layer (from 1) that the states belong to; for a depth axis 0.
        taps: one tensor for each position, or with `whole` one tensor that holds all positions.
        inputs: for activations, the pre-activation behind each tap; None where there is no single one.
        arrange: brings a tap, or its gradient, to (member, batch, unit); with `whole` (position, member, batch, unit).
        numbers: of the positions, where they are not 1, 2, 3 ...: layers of one size among layers of other sizes.
        squashed: whether the taps are a tanh behind a gate: all in (-1, 1), of no single pre-activation.
    """

    kind: Kind
    axis: Literal["depth", "time"]
    layer: int
    taps: list[Tensor]
    inputs: list[Tensor] | None = None
    arrange: Callable[[Tensor], Tensor] = members_first
    whole: bool = False
    numbers: Sequence[int] | None = None
    squashed: bool = False

    def numbered(self, count: int) -> list[int]:
        """The numbers of all `count` positions."""
        return list(self.numbers or range(1, count + 1))

    def stack(self, tensors: list[Tensor]) -> Stacked:
        """`tensors`, shaped as the taps, as one (position, member, batch, unit) tensor."""
        if self.whole:
            return self.arrange(tensors[0])
        return torch.stack([self.arrange(tensor) for tensor in tensors])


@dataclass(frozen=True)
class Tapped:
    """A series with the gradients of its taps: None for a tap that the loss does not depend on.

    Where they lie side by side already, `gradients` is one (position, member, batch, unit) tensor.

    Attributes:
        computed: the dtype that they were computed in, where that is not theirs.
        scale: what they had been multiplied by in it, (member,) in float64.
    """

    series: Series
    gradients: Sequence[Tensor | None] | Tensor
    computed: torch.dtype | None = None
    scale: Tensor | None = None

    @cached_property
    def positions(self) -> list[int]:
        """The positions (from 1) that have a gradient; the others are missing, which is not the same as zero."""
        if isinstance(self.gradients, Tensor) or self.series.whole:
            return self.series.numbered(len(self.gradient)) if self.gradients[0] is not None else []
        numbers = self.series.numbered(len(self.gradients))
        return [number for number, gradient in zip(numbers, self.gradients, strict=True) if gradient is not None]

    @cached_property
    def gradient(self) -> Stacked:
        """The gradients, (position, member, batch, unit)."""
        if isinstance(self.gradients, Tensor):
            return self.gradients
        stacked = self.series.stack([gradient for gradient in self.gradients if gradient is not None])
        return stacked if self.computed is None else _over(stacked, self.scale)

    def kept(self, by_input: bool) -> "Tapped":
        """The same, stacked: all that quantities ask for, and nothing else of the pass."""
        series = self.series
        inputs = [self.inputs] if by_input and series.inputs is not None else series.inputs and []
        values = [self.values] if series.kind in ("output", "hidden") else []
        series = replace(series, taps=values, inputs=inputs, arrange=as_it_is, whole=True)
        return replace(self, series=series, gradients=self.gradient)

    def over(self, scale: Tensor | None, computed: torch.dtype) -> "Tapped":
        """The same as computed in a dtype with the loss times `scale` (member,): cast to float64, then divided.

        What is 0 was so before, and nothing else becomes it.
        """
        gradients = _over(self.gradients, scale) if isinstance(self.gradients, Tensor) else self.gradients
        return replace(self, gradients=gradients, computed=computed, scale=scale)

    @staticmethod
    def merge(steps: "Sequence[Tapped]") -> "Tapped":
        """Kept series of several steps as one, the steps side by side as if they were members."""
        first = steps[0].series
        taps = [torch.cat([each.values for each in steps], dim=1)] if first.taps else []
        inputs = [torch.cat([each.inputs for each in steps], dim=1)] if first.inputs else first.inputs
        scale = None if steps[0].scale is None else torch.cat([each.scale for each in steps if each.scale is not None])
        gradient = torch.cat([each.gradient for each in steps], dim=1)
        return replace(steps[0], series=replace(first, taps=taps, inputs=inputs), gradients=gradient, scale=scale)

    @property
    def source(self) -> torch.dtype:
        """The dtype that the gradients were computed in."""
        return self.computed or self.gradient.dtype

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


def _over(stacked: Stacked, scale: Tensor | None) -> Stacked:
    gradient = stacked.to(torch.float64, copy=True)
    return gradient if scale is None else gradient.div_(scale.view(1, -1, 1, 1))

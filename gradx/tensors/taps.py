"""`Series`: the tensors inside a network whose gradients are measured, one after another through depth or time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

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
        arrange: brings a tap, or its gradient, to (member, batch, unit); with `whole` to (position, member, batch, unit).
    """

    kind: Kind
    axis: Literal["depth", "time"]
    layer: int
    taps: list[Tensor]
    inputs: list[Tensor] | None = None
    arrange: Callable[[Tensor], Tensor] = members_first
    whole: bool = False

    def stack(self, tensors: list[Tensor]) -> Tensor:
        """`tensors`, shaped as the taps, as one (position, member, batch, unit) tensor."""
        if self.whole:
            return self.arrange(tensors[0])
        return torch.stack([self.arrange(tensor) for tensor in tensors])

"""`Layout`: where each parameter of a network lies in the one flat (member, parameter) tensor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod
from typing import Literal

import torch
from torch import Tensor

from gradx.tensors.norms import extremes, l2


@dataclass(frozen=True)
class Slot:
    """A parameter of one member: a linear weight (in, out), a convolution's (out, in, height, width), a bias (out,)."""

    name: str  # as torch.nn names it, with layers counted from 1: layers.1.weight, rnn.1.weight_hh, readout.bias
    shape: tuple[int, ...]
    role: Literal["weight", "recurrent", "bias", "gain", "buffer"]  # a gain scales; a buffer is not trained
    layer: int  # 1 is next to the input; the readout is depth + 1
    fan_in: int
    fan_out: int
    bound: float  # torch's default initialization draws from U(-bound, bound)
    blocks: int = 1  # gates that lie side by side in the last axis, each initialized on its own
    start: float | None = None  # its initial value where no init has a say: 1 for a gain, 0 for a shift
    between: tuple[float, float] | None = None  # where it is drawn from, uniformly, where no init has a say
    gates: tuple[str, ...] = ()  # what each block is: input, forget, cell, output ...; reset, update, new
    branch: "Branch | None" = None  # where a residual network has it
    final: bool = False  # whether it belongs to the readout

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def multiplied(self) -> bool:
        """Whether inputs are multiplied by it: a weight, and no bias or gain."""
        return self.role in ("weight", "recurrent")


@dataclass(frozen=True)
class Branch:
    """A slot's place in a residual network: layer `place` (from 1) of `layers` in one of `blocks` branches."""

    place: int
    layers: int
    blocks: int


class Layout:
    """Parameters side by side, those of one shape adjacent, so that one reduction measures all layers at once.

    Attributes:
        slots: in storage order.
        sites: name and layer of each slot.
        size: number of parameters of one member.
    """

    def __init__(self, slots: Sequence[Slot]) -> None:
        shapes = list(dict.fromkeys(slot.shape for slot in slots))
        self.slots = sorted(slots, key=lambda slot: shapes.index(slot.shape))  # stable: layers stay in order
        self.sites = [(slot.name, slot.layer) for slot in self.slots]
        self.size = sum(slot.size for slot in slots)
        self._groups = [(shape, len(list(group))) for shape, group in groupby(self.slots, key=lambda slot: slot.shape)]

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Each parameter by name as a (member, *shape) leaf that shares memory with `flat` (member, parameter)."""
        members = flat.shape[0]
        parts = torch.split(flat.detach(), [slot.size for slot in self.slots], dim=1)
        return {
            slot.name: part.view(members, *slot.shape).requires_grad_()
            for slot, part in zip(self.slots, parts, strict=True)
        }

    def flatten(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """The (member, parameter) tensor of one (member, *shape) for each slot, by name."""
        return torch.cat([tensors[slot.name].flatten(1) for slot in self.slots], dim=1)

    def norms(self, flat: Tensor) -> Tensor:
        """L2 norm of every parameter, (member, slot) in float64, of a (member, parameter) tensor."""
        return torch.cat([l2(group, -1) for group in self._grouped(flat)], dim=1)

    def extremes(self, flat: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Largest entry, fraction of zeros and count of non-finite entries of every parameter, each (member, slot)."""
        found = [extremes(group, -1) for group in self._grouped(flat)]
        largest, zeros, nonfinite = (torch.cat(column, dim=1) for column in zip(*found, strict=True))
        return largest, zeros, nonfinite

    def _grouped(self, flat: Tensor) -> list[Tensor]:
        """Views (member, slots of one shape, size of that shape)."""
        parts = torch.split(flat, [prod(shape) * count for shape, count in self._groups], dim=1)
        return [
            part.view(flat.shape[0], count, prod(shape))
            for part, (shape, count) in zip(parts, self._groups, strict=True)
        ]

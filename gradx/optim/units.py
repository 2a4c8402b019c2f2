"""Slots of one shape, and the units in them: what rules for single parameters, layers or units work on."""

from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from gradx.optim.scaling import scaled
from gradx.tensors.layout import Layout, Slot
from gradx.tensors.norms import l2


class Group(NamedTuple):
    """Slots of one shape, which lie side by side: `values` is a (member, slot, *shape) view of them."""

    slots: tuple[Slot, ...]
    values: Tensor


def grouped(flat: Tensor, layout: Layout) -> list[Group]:
    """The slots of `layout` by shape, in storage order, of a (member, parameter) tensor."""
    groups = _groups(layout)
    parts = torch.split(flat, [len(slots) * slots[0].size for slots in groups], dim=1)
    return [
        Group(slots, part.view(len(flat), len(slots), *slots[0].shape))
        for slots, part in zip(groups, parts, strict=True)
    ]


def unit_norms(values: Tensor) -> Tensor:
    """L2 norm of each unit of `values` (member, slot, *shape), in float64, with axes of length 1 for what is summed.

    A unit of a weight is what leads to one output: a column of a linear weight (in, out), of whichever gate, a filter
    of a convolution (out, in, height, width). A vector (bias, gain) is one unit.
    """
    axes = {1: (2,), 4: (3, 4, 5)}.get(values.ndim - 2, tuple(range(2, values.ndim - 1)))
    shape = [1 if axis in axes else length for axis, length in enumerate(values.shape)]
    return l2(values, axes).view(shape)


@lru_cache(maxsize=16)
def marked(layout: Layout, what: Literal["final", "multiplied"], device: torch.device) -> list[Tensor]:
    """Which slots of each group, in the order of `grouped`, belong to the readout, or are weights: (slot,) in bool."""
    return [torch.tensor([getattr(slot, what) for slot in slots], device=device) for slots in _groups(layout)]


def scaled_slots(flat: Tensor, factors: Tensor, layout: Layout) -> Tensor:
    """Each slot of a (member, parameter) tensor times its float64 factor in [0, 1], factors (member, slot)."""
    groups = grouped(flat, layout)
    parts = torch.split(factors, [len(group.slots) for group in groups], dim=1)
    return torch.cat(
        [
            scaled(group.values.flatten(2), part.unsqueeze(2)).flatten(1)
            for group, part in zip(groups, parts, strict=True)
        ],
        dim=1,
    )


@lru_cache(maxsize=16)  # a thousand layers would cost a millisecond at every step
def _groups(layout: Layout) -> tuple[tuple[Slot, ...], ...]:
    return tuple(tuple(slots) for _, slots in groupby(layout.slots, key=lambda slot: slot.shape))

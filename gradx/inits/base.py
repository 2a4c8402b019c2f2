"""`Init`: how the weights and biases of one parameter slot are drawn, for all members at once."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Optional

import torch
from pydantic import Field, field_validator
from torch import Tensor

from gradx.activations import Activation
from gradx.base.part import Part, Varies
from gradx.base.seeds import stream
from gradx.tensors.layout import Slot
from gradx.tensors.members import aligned

if TYPE_CHECKING:
    from gradx.inits import AnyInit


Probe = Callable[[dict[str, Tensor]], dict[int, Tensor]]
"""From parameters by name to the standard deviation (member,) of the pre-activations of each layer (from 1)."""


class Draw:
    """Random numbers for every member, each from its own named stream, always drawn on the CPU in float64.

    So a member's weights depend on its seed and the parameter's name alone: not on its companions, device or dtype.
    """

    def __init__(self, seeds: Sequence[int], name: str) -> None:
        self.members = len(seeds)
        self._generators = [torch.Generator().manual_seed(stream(seed, "init", name)) for seed in seeds]

    def normal(self, shape: tuple[int, ...]) -> Tensor:
        """Standard normal numbers, (member, *shape)."""
        return self._stack(torch.randn, shape)

    def uniform(self, shape: tuple[int, ...]) -> Tensor:
        """Uniform numbers from [-1, 1), (member, *shape)."""
        return self._stack(torch.rand, shape) * 2 - 1

    def _stack(self, draw: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        return torch.stack([draw(shape, generator=source, dtype=torch.float64) for source in self._generators])


class Init(Part):
    """The distribution of initial weights; biases are N(0, bias_std^2)."""

    gain: Varies[float] = 1.0
    bias_std: Annotated[Varies[float], Field(ge=0)] = 0.0
    recurrent: Optional["AnyInit"] = None  # what recurrent weights use instead
    whole: ClassVar[bool] = False  # whether it is about whole networks, so that it cannot be `recurrent` of another

    @abstractmethod
    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        """Initial weights (member, *shape) in float64, before `gain`; `shape` is that of one block of `slot`."""

    def bias(self, slot: Slot, draw: Draw) -> Tensor:
        """Initial biases (member, *slot.shape) in float64."""
        return scaled(draw.normal(slot.shape), self.bias_std)

    @field_validator("recurrent", mode="after")
    @classmethod
    def _of_one_weight(cls, recurrent: Optional["Init"]) -> Optional["Init"]:
        if recurrent is not None and recurrent.whole:
            raise ValueError(f"{recurrent.kind} is about whole networks and cannot be the init of recurrent weights")
        return recurrent

    def at(self, activation: Activation | None) -> "Init":
        """The same for a network with this activation; one whose variances depend on it gives a copy that has them."""
        return self if self.recurrent is None else self.model_copy(update={"recurrent": self.recurrent.at(activation)})

    def adapt(self, values: dict[str, Tensor], slots: Sequence[Slot], probe: Probe) -> None:
        """Changes what was drawn in place, by what data make of it; by default nothing.

        Args:
            values: parameters by name, (member, *slot.shape) in float64 on the CPU.
            slots: the parameters of one member.
            probe: gives for values the standard deviation (member,) of the pre-activations of each layer (from 1), over
                one batch that each member draws from its own stream.
        """


def initialize(init: Init, slots: Sequence[Slot], seeds: Sequence[int]) -> dict[str, Tensor]:
    """Initial values of every slot by name, (member, *slot.shape) in float64 on the CPU.

    Args:
        init: the members' inits stacked on the CPU (fields that vary are (member, 1) tensors), or one for all.
        slots: the parameters of one member.
        seeds: one for each member.
    """
    values = {}
    for slot in slots:
        if slot.start is not None:
            values[slot.name] = torch.full((len(seeds), *slot.shape), slot.start, dtype=torch.float64)
            continue
        draw = Draw(seeds, slot.name)
        if slot.between is not None:
            low, high = slot.between
            values[slot.name] = low + (high - low) * (draw.uniform(slot.shape) + 1) / 2
            continue
        if slot.role == "bias":
            values[slot.name] = init.bias(slot, draw)
            continue
        part = init.recurrent if slot.role == "recurrent" and init.recurrent is not None else init
        shape = (*slot.shape[:-1], slot.shape[-1] // slot.blocks)
        blocks = [scaled(part.weight(slot, shape, draw), part.gain) for _ in range(slot.blocks)]
        values[slot.name] = torch.cat(blocks, dim=-1)
    return values


def scaled(values: Tensor, factor: float | Tensor) -> Tensor:
    """`values` (member, ...) times `factor`: one number, or one for each member of shape (member, 1)."""
    return values * aligned(factor, values)


def shifted(values: Tensor, offset: float | Tensor) -> Tensor:
    """`values` (member, ...) plus `offset`: one number, or one for each member of shape (member, 1)."""
    return values + aligned(offset, values)

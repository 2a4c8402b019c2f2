"""The `chrono` initialization."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies, said
from gradx.inits.base import Draw, Init, scaled, shifted
from gradx.tensors.layout import Slot

MEMORY = {"lstm": "forget", "gru": "update"}  # the gate that keeps the state, of each architecture that has one


class Chrono(Init):
    """Biases of the memory gates such that units forget over all times from 1 to `t_max` steps.

    W ~ U(-k, k), k = gain / sqrt(width), as in `torch_default`. Biases: b_forget = log u with u ~ U(1, t_max - 1) and
    b_input = -b_forget in an LSTM; b_update = log u in a GRU, whose state is (1 - update) new + update old; all
    others 0, with N(0, bias_std^2) on top of all. They stand in bias_ih, and bias_hh has none. A gate then keeps
    u / (1 + u) of its memory from step to step: half of it for about u steps.

    Equivalent to `torch.nn.LSTM` or `torch.nn.GRU` with these biases.
    Reference: Tallec, Ollivier 2018, arXiv:1804.11188, section 2.1 (t_max: the longest dependency expected).
    """

    kind: Literal["chrono"] = "chrono"
    whole: ClassVar[bool] = True
    t_max: Annotated[Varies[float], Field(ge=2)] = 100.0

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().misfits(data)
        architecture = said(data, "architecture")
        if isinstance(architecture, str) and architecture not in MEMORY:
            yield ("init",), f"init chrono sets the gates of {' and '.join(MEMORY)}, not of architecture {architecture}"
        if said(data, "architecture", "forget_bias") is not None:
            yield ("architecture", "forget_bias"), "init chrono sets the forget gate's bias: leave out 'forget_bias'"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.uniform(shape) * slot.bound

    def bias(self, slot: Slot, draw: Draw) -> Tensor:
        gates = slot.gates
        values = super().bias(slot, draw)
        if slot.name.endswith("bias_hh") or not gates:
            return values
        blocks = values.view(draw.members, len(gates), -1)
        span = (draw.uniform(blocks.shape[2:]) + 1) / 2
        kept = shifted(scaled(span, self.t_max - 2), 1.0).log()
        for gate, bias in zip(gates, blocks.unbind(1), strict=True):
            if gate in MEMORY.values():
                bias += kept
            elif gate == "input":
                bias -= kept
        return values

"""The `indrnn` architecture."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.models.base import Dims, Weights
from gradx.models.inner import Inner
from gradx.models.recurrent import Gates, InTime, Recurrent, State
from gradx.tensors.layout import Slot
from gradx.tensors.shapes import Sequence


class IndRNN(Recurrent):
    """Independently recurrent network: a unit remembers itself alone, stacked `depth` times.

    h_t = phi(x_t W_ih + b_ih + u h_{t-1}), h_0 = 0, u elementwise; phi = relu.

    The gradient of unit k over n steps is multiplied by u_k^n and the slopes on the way, so with |u| <= 2^(1/T) and
    T = sequence length no path grows by more than 2. `bounded` holds u there: the nearest allowed value is used, and u
    gets its gradient (lazy projection). At the start u ~ U(0, 2^(1/T)) whatever the init, which draws the rest.

    Equivalent to `torch.nn.RNN` with a diagonal weight_hh = diag(u) and bias_hh = 0.
    Reference: Li, Li, Cook, Zhu, Gao 2018, arXiv:1803.04831, eq. 2 and section 3.2; lazy projection: Zinkevich 2003.
    """

    kind: Literal["indrnn"] = "indrnn"
    bounded: bool = True  # as the authors do
    operations: ClassVar[int] = 2
    kept: ClassVar[int] = 11
    keeps_input: ClassVar[bool] = True
    draws_recurrent: ClassVar[bool] = False
    default_activation: ClassVar[str | None] = "relu"

    def step(self, dims: Dims, z: Gates, state: State, inner: Inner) -> State:
        assert dims.activation is not None
        argument = torch.addcmul(z, inner.weights["u"], state[0])
        return dims.activation(argument), argument

    def inner(self, dims: Dims, weights: Weights, name: str) -> Mapping[str, Tensor]:
        u = weights[f"{name}.u"]
        if self.bounded:
            limit = _limit(dims)
            u = u + (u.clamp(-limit, limit) - u).detach()
        return {"u": u.unsqueeze(1)}

    def given(self, weights: Weights, name: str, below: InTime) -> tuple[Tensor, Tensor]:
        return weights[f"{name}.weight_ih"], weights[f"{name}.bias_ih"].unsqueeze(1)

    def layer_slots(self, dims: Dims, name: str, layer: int, size: int) -> list[Slot]:
        weight, _, bias, _ = super().layer_slots(dims, name, layer, size)
        bound = dims.width**-0.5
        u = Slot(f"{name}.u", (dims.width,), "gain", layer, 1, 1, bound, between=(0.0, _limit(dims)))
        return [weight, u, bias]


def _limit(dims: Dims) -> float:
    """2^(1/T)."""
    assert isinstance(dims.input, Sequence)
    return float(2 ** (1 / dims.input.steps))

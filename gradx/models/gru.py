"""The `gru` architecture."""

from typing import ClassVar, Literal

import torch

from gradx.models.base import Dims
from gradx.models.recurrent import Gates, HiddenBias, HiddenWeight, Recurrent, State


class GRU(Recurrent):
    """Gated recurrent unit, stacked `depth` times.

    r, u = sigma(x_t W_ih + b_ih + h_{t-1} W_hh + b_hh), n = tanh(x_t W_in + b_in + r (h_{t-1} W_hn + b_hn));
    h_t = (1 - u) n + u h_{t-1}.

    Equivalent to `torch.nn.GRU`.
    Reference: Cho et al. 2014, arXiv:1406.1078, eq. 5-8, with the reset gate after the product, as cuDNN has it.
    """

    kind: Literal["gru"] = "gru"
    gates: ClassVar[int] = 3
    operations: ClassVar[int] = 12
    hidden_bias_inside: ClassVar[bool] = True

    def step(self, dims: Dims, z: Gates, state: State, weight: HiddenWeight, bias: HiddenBias) -> State:
        (h,) = state
        gates = 2 * dims.width
        inner = bias.baddbmm(h, weight)
        r, u = torch.sigmoid(z[..., :gates] + inner[..., :gates]).chunk(2, -1)
        n = torch.tanh(z[..., gates:] + r * inner[..., gates:])
        return (n + u * (h - n),)

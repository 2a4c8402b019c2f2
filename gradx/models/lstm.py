"""The `lstm` architecture."""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.base.part import Varies
from gradx.models.base import Dims
from gradx.models.recurrent import Gates, HiddenBias, HiddenWeight, Recurrent, State
from gradx.tensors.taps import Kind


class LSTM(Recurrent):
    """Long short-term memory with forget gates, stacked `depth` times.

    i, f, g, o = sigma, sigma, tanh, sigma (x_t W_ih + b_ih + h_{t-1} W_hh + b_hh);
    c_t = f c_{t-1} + i g, h_t = o tanh(c_t). The gradient lives in the cell: dc_t/dc_{t-1} contains f.
    `forget_bias` sets the forget gate's b_ih and clears its b_hh; without it both are as `init` left them.

    Equivalent to `torch.nn.LSTM`.
    Reference: Hochreiter, Schmidhuber 1997; forget gate: Gers et al. 2000; bias 1: Jozefowicz et al. 2015.
    """

    kind: Literal["lstm"] = "lstm"
    forget_bias: Varies[float | None] = None
    gates: ClassVar[int] = 4
    operations: ClassVar[int] = 11
    states: ClassVar[tuple[Kind, ...]] = ("hidden", "cell")

    def step(self, dims: Dims, z: Gates, state: State, weight: HiddenWeight, bias: HiddenBias) -> State:
        h, c = state
        i, f, g, o = z.baddbmm(h, weight).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    def adjust(self, dims: Dims, values: dict[str, Tensor]) -> None:
        if self.forget_bias is None:
            return
        forget = slice(dims.width, 2 * dims.width)
        for layer in range(1, dims.depth + 1):
            values[f"lstm.{layer}.bias_ih"][:, forget] = self.forget_bias
            values[f"lstm.{layer}.bias_hh"][:, forget] = 0

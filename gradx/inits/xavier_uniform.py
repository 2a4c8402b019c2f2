"""The `xavier_uniform` initialization."""

from math import sqrt
from typing import Literal

from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class XavierUniform(Init):
    """Uniform weights that keep the variance of signal and gradient in a linear net (Glorot uniform).

    W ~ U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)).

    Equivalent to `torch.nn.init.xavier_uniform_`.
    Reference: Glorot, Bengio 2010, eq. 16.
    """

    kind: Literal["xavier_uniform"] = "xavier_uniform"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.uniform(shape) * sqrt(6 / (slot.fan_in + slot.fan_out))

"""The `xavier_normal` initialization."""

from math import sqrt
from typing import Literal

from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class XavierNormal(Init):
    """Gaussian weights that keep the variance of signal and gradient in a linear net (Glorot normal).

    W ~ N(0, gain^2 2 / (fan_in + fan_out)).

    Equivalent to `torch.nn.init.xavier_normal_`.
    Reference: Glorot, Bengio 2010, eq. 12.
    """

    kind: Literal["xavier_normal"] = "xavier_normal"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.normal(shape) * sqrt(2 / (slot.fan_in + slot.fan_out))

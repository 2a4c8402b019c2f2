"""The `kaiming_uniform` initialization."""

from math import sqrt
from typing import Literal

from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class KaimingUniform(Init):
    """Uniform weights that keep the variance of the signal (fan_in) or of the gradient (fan_out) in a ReLU net.

    W ~ U(-a, a), a = gain sqrt(6 / fan).

    Equivalent to `torch.nn.init.kaiming_uniform_` with nonlinearity relu; `gain` multiplies its sqrt 2.
    Reference: He, Zhang, Ren, Sun 2015, arXiv:1502.01852, eq. 10 and 14.
    """

    kind: Literal["kaiming_uniform"] = "kaiming_uniform"
    mode: Literal["fan_in", "fan_out"] = "fan_in"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.uniform(shape) * sqrt(6 / (slot.fan_in if self.mode == "fan_in" else slot.fan_out))

"""The `kaiming_normal` initialization."""

from math import sqrt
from typing import Literal

from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class KaimingNormal(Init):
    """Gaussian weights that keep the variance of the signal (fan_in) or of the gradient (fan_out) in a ReLU net.

    W ~ N(0, gain^2 2 / fan).

    Equivalent to `torch.nn.init.kaiming_normal_` with nonlinearity relu; `gain` multiplies its sqrt 2.
    Reference: He, Zhang, Ren, Sun 2015, arXiv:1502.01852, eq. 10 and 14.
    """

    kind: Literal["kaiming_normal"] = "kaiming_normal"
    mode: Literal["fan_in", "fan_out"] = "fan_in"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.normal(shape) * sqrt(2 / (slot.fan_in if self.mode == "fan_in" else slot.fan_out))

"""The `lecun_normal` initialization."""

from math import sqrt
from typing import Literal

from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class LecunNormal(Init):
    """Gaussian weights of variance 1 / fan_in; what SELU was made for.

    W ~ N(0, gain^2 / fan_in).

    Equivalent to `torch.nn.init.kaiming_normal_` with nonlinearity linear.
    Reference: LeCun, Bottou, Orr, Muller 1998, Efficient BackProp, eq. 16; Klambauer et al. 2017, arXiv:1706.02515.
    """

    kind: Literal["lecun_normal"] = "lecun_normal"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return draw.normal(shape) / sqrt(slot.fan_in)

"""The `constant` initialization."""

from typing import Literal

import torch
from torch import Tensor

from gradx.base.part import Varies
from gradx.inits.base import Draw, Init, scaled
from gradx.tensors.layout import Slot


class Constant(Init):
    """Every weight the same: the units of a layer stay copies of each other.

    W = gain val.

    Equivalent to `torch.nn.init.constant_`.
    Reference: Goodfellow, Bengio, Courville 2016, Deep Learning, section 8.4 (breaking symmetry).
    """

    kind: Literal["constant"] = "constant"
    val: Varies[float] = 0.1

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return scaled(torch.ones(draw.members, *shape, dtype=torch.float64), self.val)

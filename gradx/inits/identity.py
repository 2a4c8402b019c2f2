"""The `identity` initialization."""

from typing import Literal

import torch
from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class IdentityInit(Init):
    """The identity matrix (with zeros around it where not square).

    W = gain I; a convolution passes channel i through its centre to channel i.

    Equivalent to `torch.nn.init.eye_` and, for convolutions of odd size, `torch.nn.init.dirac_`; an even kernel has its
    one where this architecture's padding has its centre.
    Reference: Le, Jaitly, Hinton 2015, arXiv:1504.00941 (recurrent weights).
    """

    kind: Literal["identity"] = "identity"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        one = torch.zeros(shape, dtype=torch.float64)
        centre = tuple((size - 1) // 2 for size in shape[2:])
        for i in range(min(shape[:2])):
            one[(i, i, *centre)] = 1
        return one.expand(draw.members, *shape).clone()

"""No clipping."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Memoryless


class NoClipping(Memoryless):
    """The gradient as it is: the control arm.

        g' = g

    Reference: none needed.
    """

    kind: Literal["none"] = "none"

    def clip(self, grad: Tensor, norm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return grad, torch.ones_like(norm), torch.zeros_like(norm, dtype=torch.bool)

"""The `sin` activation."""

from typing import Literal

import torch
from torch import Tensor

from gradx.activations.base import Activation


class Sin(Activation):
    """Sine.

    phi(z) = sin z, phi' = cos z.

    Equivalent to `torch.sin`.
    Reference: Sitzmann et al. 2020, arXiv:2006.09661.
    """

    kind: Literal["sin"] = "sin"

    def __call__(self, z: Tensor) -> Tensor:
        return torch.sin(z)

    def slope(self, z: Tensor) -> Tensor:
        return torch.cos(z)

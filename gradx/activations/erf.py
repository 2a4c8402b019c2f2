"""The `erf` activation."""

from math import pi, sqrt
from typing import Literal

import torch
from torch import Tensor

from gradx.activations.base import Activation


class Erf(Activation):
    """Error function: its mean field is known in closed form.

    phi(z) = erf z, phi' = 2 / sqrt(pi) exp(-z^2).

    Equivalent to `torch.erf`.
    Reference: Williams 1997; Poole et al. 2016, arXiv:1606.05340.
    """

    kind: Literal["erf"] = "erf"

    def __call__(self, z: Tensor) -> Tensor:
        return torch.erf(z)

    def slope(self, z: Tensor) -> Tensor:
        return 2 / sqrt(pi) * torch.exp(-z.square())

    @property
    def steepest(self) -> float:
        return 2 / sqrt(pi)

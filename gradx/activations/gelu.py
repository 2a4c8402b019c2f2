"""The `gelu` activation."""

from math import pi, sqrt
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from gradx.activations.base import Activation


class GELU(Activation):
    """Gaussian error linear unit: its derivative reaches 1.129 at z = sqrt 2.

    phi(z) = z Phi(z), Phi the standard normal distribution function.

    Equivalent to `torch.nn.GELU`.
    Reference: Hendrycks, Gimpel 2016, arXiv:1606.08415, eq. 1.
    """

    kind: Literal["gelu"] = "gelu"

    def __call__(self, z: Tensor) -> Tensor:
        return functional.gelu(z)

    def slope(self, z: Tensor) -> Tensor:
        return 0.5 * (1 + torch.erf(z / sqrt(2))) + z * torch.exp(-z.square() / 2) / sqrt(2 * pi)

    @property
    def steepest(self) -> float:
        return 1.1289041  # at z = sqrt 2: Phi(sqrt 2) + exp(-1) / sqrt pi

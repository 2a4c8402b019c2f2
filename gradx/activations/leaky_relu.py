"""The `leaky_relu` activation."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.activations.base import Activation


class LeakyReLU(Activation):
    """Leaky rectified linear unit.

    phi(z) = z for z > 0, negative_slope z otherwise.

    Equivalent to `torch.nn.LeakyReLU`.
    Reference: Maas, Hannun, Ng 2013.
    """

    kind: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: Annotated[float, Field(ge=0)] = 0.01

    def __call__(self, z: Tensor) -> Tensor:
        return functional.leaky_relu(z, self.negative_slope)

    def slope(self, z: Tensor) -> Tensor:
        return torch.full_like(z, self.negative_slope).masked_fill_(z > 0, 1)

    @property
    def steepest(self) -> float:
        return max(1.0, self.negative_slope)

"""The `softplus` activation."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.activations.base import Activation


class Softplus(Activation):
    """Softplus: a smooth ReLU.

    phi(z) = log(1 + exp(beta z)) / beta.

    Equivalent to `torch.nn.Softplus`.
    Reference: Dugas et al. 2001.
    """

    kind: Literal["softplus"] = "softplus"
    beta: Annotated[float, Field(gt=0)] = 1.0

    def __call__(self, z: Tensor) -> Tensor:
        return functional.softplus(z, self.beta)

    def slope(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.beta * z)

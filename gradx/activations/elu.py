"""The `elu` activation."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.activations.base import Activation


class ELU(Activation):
    """Exponential linear unit.

    phi(z) = z for z > 0, alpha (exp(z) - 1) otherwise.

    Equivalent to `torch.nn.ELU`.
    Reference: Clevert, Unterthiner, Hochreiter 2016, arXiv:1511.07289, eq. 12.
    """

    kind: Literal["elu"] = "elu"
    alpha: Annotated[float, Field(gt=0)] = 1.0

    def __call__(self, z: Tensor) -> Tensor:
        return functional.elu(z, self.alpha)

    def slope(self, z: Tensor) -> Tensor:
        return torch.where(z > 0, 1.0, self.alpha * z.clamp(max=0).exp()).to(z.dtype)

    @property
    def steepest(self) -> float:
        return max(1.0, self.alpha)

"""The `silu` activation."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from gradx.activations.base import Activation


class SiLU(Activation):
    """Sigmoid linear unit (swish): its derivative reaches 1.0998 at z = 2.3994.

    phi(z) = z sigmoid(z).

    Equivalent to `torch.nn.SiLU`.
    Reference: Elfwing, Uchibe, Doya 2018, arXiv:1702.03118, eq. 5.
    """

    kind: Literal["silu"] = "silu"

    def __call__(self, z: Tensor) -> Tensor:
        return functional.silu(z)

    def slope(self, z: Tensor) -> Tensor:
        gate = torch.sigmoid(z)
        return gate * (1 + z * (1 - gate))

    @property
    def steepest(self) -> float:
        return 1.0998394

"""The `selu` activation."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from gradx.activations.base import Activation

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


class SELU(Activation):
    """Scaled exponential linear unit; made for `lecun_normal`.

    phi(z) = s z for z > 0, s alpha (exp(z) - 1) otherwise, s = 1.0507, alpha = 1.6733.

    Equivalent to `torch.nn.SELU`.
    Reference: Klambauer et al. 2017, arXiv:1706.02515, eq. 2.
    """

    kind: Literal["selu"] = "selu"

    def __call__(self, z: Tensor) -> Tensor:
        return functional.selu(z)

    def slope(self, z: Tensor) -> Tensor:
        return (SELU_SCALE * torch.where(z > 0, 1.0, SELU_ALPHA * z.clamp(max=0).exp())).to(z.dtype)

    @property
    def steepest(self) -> float:
        return SELU_SCALE * SELU_ALPHA

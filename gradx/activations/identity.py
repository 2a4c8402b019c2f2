"""The `identity` activation."""

from typing import Literal

import torch
from torch import Tensor

from gradx.activations.base import Activation


class Identity(Activation):
    """Identity: a linear network.

    phi(z) = z; never saturated.

    Equivalent to `torch.nn.Identity`.
    Reference: Saxe, McClelland, Ganguli 2014, arXiv:1312.6120.
    """

    kind: Literal["identity"] = "identity"

    def __call__(self, z: Tensor) -> Tensor:
        return z.view_as(z)  # a tensor of its own: the gradients of input and output are asked for separately

    def slope(self, z: Tensor) -> Tensor:
        return torch.ones_like(z)

"""The `relu` activation."""

from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.activations.base import Activation


class ReLU(Activation):
    """Rectified linear unit: the derivative is 0 or 1, so only the weights can amplify.

    phi(z) = max(z, 0); saturated where the unit is off.

    Equivalent to `torch.nn.ReLU`.
    Reference: Nair, Hinton 2010; He et al. 2015, arXiv:1502.01852, section 2.2.
    """

    kind: Literal["relu"] = "relu"
    by_input: ClassVar[bool] = False

    def __call__(self, z: Tensor) -> Tensor:
        return torch.relu(z)

    def slope(self, z: Tensor) -> Tensor:
        return (z > 0).to(z.dtype)

    def backward(self, gradient: Tensor, z: Tensor, value: Tensor) -> Tensor:
        result: Tensor = torch.ops.aten.threshold_backward(gradient, value, 0)
        return result

    def into(self, out: Tensor, z: Tensor) -> None:
        torch.clamp(z, min=0, out=out)

    def backward_into(self, out: Tensor, gradient: Tensor, z: Tensor, value: Tensor) -> None:
        torch.ops.aten.threshold_backward.grad_input(gradient, value, 0, grad_input=out)

    def saturated(self, z: Tensor) -> Tensor:
        return z.le(0).to(z.dtype)

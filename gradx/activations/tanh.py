"""The `tanh` activation."""

from math import sqrt
from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradx.activations.base import FLAT, Activation


class Tanh(Activation):
    """Hyperbolic tangent.

    phi(z) = tanh z, phi' = 1 - tanh(z)^2; saturated where |phi| > sqrt(0.98) = 0.990.

    Equivalent to `torch.nn.Tanh`.
    Reference: LeCun, Bottou, Orr, Muller 1998, Efficient BackProp, section 4.4.
    """

    kind: Literal["tanh"] = "tanh"
    by_input: ClassVar[bool] = False

    def __call__(self, z: Tensor) -> Tensor:
        return torch.tanh(z)

    def slope(self, z: Tensor) -> Tensor:
        return 1 - torch.tanh(z).square()

    def backward(self, gradient: Tensor, z: Tensor, value: Tensor) -> Tensor:
        result: Tensor = torch.ops.aten.tanh_backward(gradient, value)
        return result

    def into(self, out: Tensor, z: Tensor) -> None:
        torch.tanh(z, out=out)

    def backward_into(self, out: Tensor, gradient: Tensor, z: Tensor, value: Tensor) -> None:
        torch.ops.aten.tanh_backward.grad_input(gradient, value, grad_input=out)

    def saturated(self, z: Tensor) -> Tensor:
        return z.abs().gt_(sqrt(1 - FLAT))

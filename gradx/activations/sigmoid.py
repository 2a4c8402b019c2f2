"""The `sigmoid` activation."""

from typing import Literal

import torch
from torch import Tensor

from gradx.activations.base import Activation


class Sigmoid(Activation):
    """Logistic sigmoid: its derivative is at most 1/4.

    phi(z) = 1 / (1 + exp(-z)), phi' = phi (1 - phi).

    Equivalent to `torch.nn.Sigmoid`.
    Reference: Glorot, Bengio 2010, section 3.1.
    """

    kind: Literal["sigmoid"] = "sigmoid"

    def __call__(self, z: Tensor) -> Tensor:
        return torch.sigmoid(z)

    def slope(self, z: Tensor) -> Tensor:
        value = torch.sigmoid(z)
        return value * (1 - value)

    def backward(self, gradient: Tensor, z: Tensor, value: Tensor) -> Tensor:
        result: Tensor = torch.ops.aten.sigmoid_backward(gradient, value)
        return result

    @property
    def steepest(self) -> float:
        return 0.25

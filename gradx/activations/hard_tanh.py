"""The `hard_tanh` activation."""

from typing import Literal

from torch import Tensor
from torch.nn import functional

from gradx.activations.base import Activation


class HardTanh(Activation):
    """Hard tanh: linear between -1 and 1, constant outside.

    phi(z) = max(-1, min(1, z)).

    Equivalent to `torch.nn.Hardtanh`.
    Reference: Collobert 2004.
    """

    kind: Literal["hard_tanh"] = "hard_tanh"

    def __call__(self, z: Tensor) -> Tensor:
        return functional.hardtanh(z)

    def slope(self, z: Tensor) -> Tensor:
        return (z.abs() < 1).to(z.dtype)

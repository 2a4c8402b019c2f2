"""`Activation`: phi(z), its derivative, and when a unit counts as saturated."""

from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from gradx.base.part import Part

FLAT = 0.02  # a unit is saturated where |phi'(z)| < 2 % of its supremum: |tanh z| > .99, relu z < 0


class Activation(Part):
    """An elementwise function phi of the pre-activation z."""

    by_input: ClassVar[bool] = True  # whether `saturated` needs z; otherwise phi(z) tells

    @abstractmethod
    def __call__(self, z: Tensor) -> Tensor:
        """phi(z), of the shape of z."""

    @abstractmethod
    def slope(self, z: Tensor) -> Tensor:
        """phi'(z), of the shape of z (at a kink, torch's value)."""

    def backward(self, gradient: Tensor, z: Tensor, value: Tensor) -> Tensor:
        """gradient phi'(z), the gradient with respect to z, where `value` is phi(z)."""
        return gradient * self.slope(z)

    def into(self, out: Tensor, z: Tensor) -> None:
        """Writes phi(z) into `out`."""
        out.copy_(self(z))

    def backward_into(self, out: Tensor, gradient: Tensor, z: Tensor, value: Tensor) -> None:
        """Writes gradient phi'(z) into `out`."""
        torch.mul(gradient, self.slope(z), out=out)

    @property
    def steepest(self) -> float:
        """sup |phi'|."""
        return 1.0

    def saturated(self, z: Tensor) -> Tensor:
        """1.0 where |phi'(z)| < 0.02 sup |phi'|, else 0.0, in z's dtype; the argument is phi(z) unless `by_input`."""
        return self.slope(z).abs_().lt_(FLAT * self.steepest)

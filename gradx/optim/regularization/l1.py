"""L1 regularization: a pull of constant size towards zero."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import NonNegative, Regularization
from gradx.tensors.members import like


class L1(Regularization):
    """The sum of absolute values.

        penalty = weight * sum |w|
        gradient = weight * sign(w)      (0 at w = 0)

    All parameters are held, biases and gains too.

    Reference: Tibshirani 1996, J. R. Stat. Soc. B 58(1), "Regression shrinkage and selection via the lasso".
    """

    kind: Literal["l1"] = "l1"
    weight: NonNegative = 1e-4  # as the default of l2

    def penalty(self, params: Tensor) -> Tensor:
        return (self.weight * params.abs().sum(1, keepdim=True, dtype=torch.float64)).squeeze(1)

    def gradient(self, params: Tensor) -> Tensor:
        return params.sign() * like(self.weight, params)

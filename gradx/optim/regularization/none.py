"""No regularization."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Regularization


class NoRegularization(Regularization):
    """No penalty: the control arm.

        penalty = 0

    Reference: none needed.
    """

    kind: Literal["none"] = "none"

    def penalty(self, params: Tensor) -> Tensor:
        return params.new_zeros(params.shape[0], dtype=torch.float64)

    def gradient(self, params: Tensor) -> Tensor:
        return torch.zeros_like(params)

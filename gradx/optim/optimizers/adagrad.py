"""Adagrad: a learning rate per parameter that only shrinks."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Elementwise, NonNegative, Positive, State
from gradx.optim.moments import decayed
from gradx.tensors.members import like


class Adagrad(Elementwise):
    """Step sizes from the sum of all squared gradients.

        g = grad + weight_decay * w
        s = s + g^2                      (s starts at initial_accumulator_value)
        w = w - lr / (1 + (step - 1) * lr_decay) * g / (sqrt(s) + eps)

    Equivalent to `torch.optim.Adagrad`.

    Reference: Duchi, Hazan, Singer 2011, JMLR 12, "Adaptive subgradient methods for online learning and stochastic
    optimization".
    """

    kind: Literal["adagrad"] = "adagrad"
    lr: Positive = 0.01
    lr_decay: NonNegative = 0.0
    eps: NonNegative = 1e-10
    initial_accumulator_value: NonNegative = 0.0

    def init(self, params: Tensor) -> State:
        return {"sum_square": torch.zeros_like(params) + like(self.initial_accumulator_value, params)}

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        grad = decayed(grad, params, self.weight_decay)
        total = torch.addcmul(state["sum_square"], grad, grad)
        lr = self.lr / (1 + (step - 1) * self.lr_decay)
        change = grad / total.sqrt().add_(like(self.eps, grad))
        return change.mul_(like(-lr, grad)), {"sum_square": total}

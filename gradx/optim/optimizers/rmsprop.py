"""RMSprop: gradients divided by their recent root mean square."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Elementwise, Fraction, NonNegative, Positive, State
from gradx.optim.moments import decayed, mean, mean_square
from gradx.tensors.members import anywhere, like


class RMSprop(Elementwise):
    """Step sizes from a running mean of squared gradients.

        g = grad + weight_decay * w
        s = alpha * s + (1 - alpha) * g^2
        m = alpha * m + (1 - alpha) * g  (m = 0 unless centered)
        v = momentum * v + g / (sqrt(s - m^2) + eps)
        w = w - lr * v

    Equivalent to `torch.optim.RMSprop`, but for s - m^2 that rounding makes negative: 0 here, NaN there.

    Reference: Tieleman, Hinton 2012, Coursera "Neural networks for machine learning", lecture 6.5; centered:
    Graves 2013, arXiv:1308.0850.
    """

    kind: Literal["rmsprop"] = "rmsprop"
    lr: Positive = 0.01
    alpha: Fraction = 0.99
    eps: NonNegative = 1e-8
    momentum: Fraction = 0.0
    centered: bool = False

    def init(self, params: Tensor) -> State:
        names = ["mean_square"]
        if self.centered:
            names.append("mean")
        if anywhere(self.momentum):
            names.append("velocity")
        return {name: torch.zeros_like(params) for name in names}

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        grad = decayed(grad, params, self.weight_decay)
        variance = mean_square(state["mean_square"], grad, self.alpha)
        new = {"mean_square": variance}
        if self.centered:
            new["mean"] = mean(state["mean"], grad, self.alpha)
            variance = variance.addcmul(new["mean"], new["mean"], value=-1).clamp_(min=0)
        change = grad / variance.sqrt().add_(like(self.eps, grad))
        if "velocity" in state:
            change = new["velocity"] = torch.addcmul(change, state["velocity"], like(self.momentum, grad))
        return change * like(-self.lr, grad), new

"""NAdam: Adam that looks one step ahead, as Nesterov's momentum does."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Elementwise, Fraction, NonNegative, Positive, State
from gradx.optim.moments import adam_init, adam_moments, decayed
from gradx.tensors.members import like


class NAdam(Elementwise):
    """Adaptive moments with Nesterov's momentum; weight decay enters through the gradient.

        g    = grad + weight_decay * w
        m    = beta1 * m + (1 - beta1) * g
        v    = beta2 * v + (1 - beta2) * g^2
        mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2)
        a    = mu_(t+1) * m / (1 - mu_1 ... mu_(t+1))
        b    = (1 - mu_t) * g / (1 - mu_1 ... mu_t)
        w    = w - lr * (a + b) / (sqrt(v / (1 - beta2^t)) + eps)

    With `decoupled_weight_decay` g is the gradient alone, and w is first multiplied by 1 - lr * weight_decay.
    Equivalent to `torch.optim.NAdam`, which calls (beta1, beta2) `betas` and keeps the product of the mu in float32
    unless torch's default dtype is float64.

    Reference: Dozat 2016, ICLR workshop, "Incorporating Nesterov momentum into Adam".
    """

    kind: Literal["nadam"] = "nadam"
    lr: Positive = 2e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: NonNegative = 1e-8
    momentum_decay: NonNegative = 4e-3
    decoupled_weight_decay: bool = False

    def init(self, params: Tensor) -> State:
        product = torch.ones(len(params), 1, dtype=torch.float64, device=params.device)
        return {**adam_init(params, amsgrad=False), "momenta": product}

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        if not self.decoupled_weight_decay:
            grad = decayed(grad, params, self.weight_decay)
        new = adam_moments(grad, state, self.beta1, self.beta2)
        new["momenta"] = state["momenta"] * self._momentum(step)
        ahead = self._momentum(step + 1)
        of_mean = self.lr * ahead / (1 - new["momenta"] * ahead)
        of_grad = self.lr * (1 - self._momentum(step)) / (1 - new["momenta"])
        root = (new["mean_square"] / like(1 - self.beta2**step, grad)).sqrt_().add_(like(self.eps, grad))
        change = (new["mean"] * like(-of_mean, grad)).sub_(grad * like(of_grad, grad)).div_(root)
        if self.decoupled_weight_decay:
            change = decayed(change, params, -self.lr * self.weight_decay)
        return change, new

    def _momentum(self, step: int) -> float | Tensor:
        """mu_t."""
        share: float | Tensor = 0.96 ** (step * self.momentum_decay)
        return self.beta1 * (1 - share / 2)

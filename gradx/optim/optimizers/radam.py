"""RAdam: Adam that waits until its second moment can be trusted."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Elementwise, Fraction, NonNegative, Positive, State
from gradx.optim.moments import adam_init, adam_moments, decayed
from gradx.tensors.members import like


class RAdam(Elementwise):
    """Adam without adaptive steps at first, where v rests on few gradients; in place of a warm-up.

        g     = grad + weight_decay * w
        m     = beta1 * m + (1 - beta1) * g
        v     = beta2 * v + (1 - beta2) * g^2
        rho_t = rho - 2 t beta2^t / (1 - beta2^t),    rho = 2 / (1 - beta2) - 1
        k     = (rho_t - 4) (rho_t - 2) rho / ((rho - 4) (rho - 2) rho_t)
        r     = sqrt(k) * sqrt(1 - beta2^t) / (sqrt(v) + eps)
        w     = w - lr * m / (1 - beta1^t) * (r if rho_t > 5 else 1)

    With beta2 = 0.999 the first five steps are those of gradient descent with momentum. With `decoupled_weight_decay` g
    is the gradient alone, and w is first multiplied by 1 - lr * weight_decay.
    Equivalent to `torch.optim.RAdam`, which calls (beta1, beta2) `betas`.

    Reference: Liu et al. 2020, arXiv:1908.03265, Algorithm 2 (there rho_t > 4; eps is torch's).
    """

    kind: Literal["radam"] = "radam"
    lr: Positive = 1e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: NonNegative = 1e-8
    decoupled_weight_decay: bool = False

    def init(self, params: Tensor) -> State:
        return adam_init(params, amsgrad=False)

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        if not self.decoupled_weight_decay:
            grad = decayed(grad, params, self.weight_decay)
        new = adam_moments(grad, state, self.beta1, self.beta2)
        rectified, factor = self._rectification(step)
        adapted = like(factor, grad) / new["mean_square"].sqrt().add_(like(self.eps, grad))
        adapted = torch.where(rectified.to(grad.device), adapted, torch.ones_like(grad))
        change = new["mean"] * like(-self.lr / (1 - self.beta1**step), grad) * adapted
        if self.decoupled_weight_decay:
            change = decayed(change, params, -self.lr * self.weight_decay)
        return change, new

    def _rectification(self, step: int) -> tuple[Tensor, Tensor]:
        """Whether rho_t > 5, and r without its last factor (anything where not); both are one number or (member, 1)."""
        beta2 = torch.as_tensor(self.beta2, dtype=torch.float64)
        rho = 2 / (1 - beta2) - 1
        rho_t = rho - 2 * step * beta2**step / (1 - beta2**step)
        ratio = (rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)
        return rho_t > 5, (ratio * (1 - beta2**step)).sqrt()

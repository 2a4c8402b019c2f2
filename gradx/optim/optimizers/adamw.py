"""AdamW: Adam with weight decay kept apart from the gradient."""

from typing import Literal

from torch import Tensor

from gradx.optim.base import Elementwise, Fraction, NonNegative, Positive, State
from gradx.optim.moments import adam_init, adam_step, decayed


class AdamW(Elementwise):
    """Adaptive moments; weight decay shrinks the parameters directly.

        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad^2
        w = (1 - lr * weight_decay) * w - lr * m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step)) + eps)

    With `amsgrad` the largest v so far takes the place of v in the last line.
    Equivalent to `torch.optim.AdamW`, which calls (beta1, beta2) `betas`.

    Reference: Loshchilov, Hutter 2019, arXiv:1711.05101, Algorithm 2; amsgrad: Reddi, Kale, Kumar 2018,
    arXiv:1904.09237.
    """

    kind: Literal["adamw"] = "adamw"
    lr: Positive = 1e-3
    weight_decay: NonNegative = 0.01
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: NonNegative = 1e-8
    amsgrad: bool = False

    def init(self, params: Tensor) -> State:
        return adam_init(params, self.amsgrad)

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        change, state = adam_step(grad, state, step, self.lr, self.beta1, self.beta2, self.eps)
        return decayed(change, params, -self.lr * self.weight_decay), state

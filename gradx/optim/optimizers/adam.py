"""Adam: momentum divided by the recent root mean square, both corrected for their start at zero."""

from typing import Literal

from torch import Tensor

from gradx.optim.base import Elementwise, Fraction, NonNegative, Positive, State
from gradx.optim.moments import adam_init, adam_step, decayed


class Adam(Elementwise):
    """Adaptive moments; weight decay enters through the gradient.

        g = grad + weight_decay * w
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g^2
        w = w - lr * m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step)) + eps)

    With `amsgrad` the largest v so far takes the place of v in the last line.
    Equivalent to `torch.optim.Adam`, which calls (beta1, beta2) `betas`.

    Reference: Kingma, Ba 2015, arXiv:1412.6980, Algorithm 1; amsgrad: Reddi, Kale, Kumar 2018, arXiv:1904.09237.
    """

    kind: Literal["adam"] = "adam"
    lr: Positive = 1e-3
    beta1: Fraction = 0.9
    beta2: Fraction = 0.999
    eps: NonNegative = 1e-8
    amsgrad: bool = False

    def init(self, params: Tensor) -> State:
        return adam_init(params, self.amsgrad)

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        grad = decayed(grad, params, self.weight_decay)
        return adam_step(grad, state, step, self.lr, self.beta1, self.beta2, self.eps)

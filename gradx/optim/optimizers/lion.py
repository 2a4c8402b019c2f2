"""Lion: the sign of a momentum, so that every parameter moves by the same amount."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Elementwise, Fraction, Positive, State
from gradx.optim.moments import decayed, mean
from gradx.tensors.members import like


class Lion(Elementwise):
    """Steps of equal size for all parameters, whatever their gradients; weight decay shrinks the parameters directly.

        u = sign(beta1 * m + (1 - beta1) * grad)
        w = (1 - lr * weight_decay) * w - lr * u
        m = beta2 * m + (1 - beta2) * grad

    sign(0) = 0. Blind to the scale of the gradient, as far as a float has a sign: vanishing gradients still move
    parameters by lr. A NaN gives a NaN.

    Reference: Chen et al. 2023, arXiv:2302.06675, Algorithm 2; section 5: its lr is 3 to 10 times smaller than
    AdamW's.
    """

    kind: Literal["lion"] = "lion"
    lr: Positive = 1e-4
    beta1: Fraction = 0.9
    beta2: Fraction = 0.99

    def init(self, params: Tensor) -> State:
        return {"mean": torch.zeros_like(params)}

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        blend = mean(state["mean"], grad, self.beta1)
        sign = torch.where(blend.isnan(), blend, blend.sign())  # torch's sign of NaN is 0: a divergence would not show
        change = sign.mul_(like(-self.lr, grad))
        return decayed(change, params, -self.lr * self.weight_decay), {"mean": mean(state["mean"], grad, self.beta2)}

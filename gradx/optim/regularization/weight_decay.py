"""Decoupled weight decay: parameters shrink beside the optimizer's step, not through it."""

from typing import Literal

from torch import Tensor

from gradx.optim.base import NonNegative, Regularization
from gradx.tensors.layout import Layout
from gradx.tensors.members import like


class WeightDecay(Regularization):
    """Every step shrinks all parameters by lr * weight, whatever the optimizer makes of the gradient.

        w <- w + change - lr * weight * w

    Nothing is added to the loss or its gradient, so neither clipping nor an adaptive step size weakens it. All
    parameters decay, biases and gains too, as in torch. With `adam` equivalent to `torch.optim.AdamW`, with `sgd`
    without momentum and clipping the same as `l2`.

    Reference: Loshchilov, Hutter 2019, arXiv:1711.05101, Algorithms 1 and 2.
    """

    kind: Literal["weight_decay"] = "weight_decay"
    weight: NonNegative = 0.01  # as torch.optim.AdamW's weight_decay

    def settle(self, change: Tensor, params: Tensor, lr: float | Tensor, layout: Layout) -> Tensor:
        return change.addcmul(params, like(self.weight * lr, params), value=-1)

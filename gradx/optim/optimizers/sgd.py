"""Stochastic gradient descent, with heavy-ball or Nesterov momentum."""

from typing import Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor

from gradx.optim.base import Elementwise, Fraction, Positive, State
from gradx.optim.moments import decayed
from gradx.tensors.members import anywhere, like


class SGD(Elementwise):
    """Gradient descent with optional momentum.

        g = grad + weight_decay * w
        v = momentum * v + g
        w = w - lr * v                   (nesterov: w - lr * (g + momentum * v))

    Equivalent to `torch.optim.SGD` with dampening 0.

    Reference: Polyak 1964, USSR Comput. Math. Math. Phys. 4(5) (momentum); Sutskever, Martens, Dahl, Hinton 2013, ICML,
    "On the importance of initialization and momentum in deep learning" (Nesterov's form).
    """

    kind: Literal["sgd"] = "sgd"
    lr: Positive = 0.01
    momentum: Fraction = 0.0
    nesterov: bool = False

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise ValueError(f"nesterov: true needs momentum > 0, got momentum: {self.momentum}")
        return self

    def init(self, params: Tensor) -> State:
        return {"velocity": torch.zeros_like(params)} if anywhere(self.momentum) else {}

    def update(self, grad: Tensor, state: State, params: Tensor, step: int) -> tuple[Tensor, State]:
        change = grad = decayed(grad, params, self.weight_decay)
        if "velocity" in state:
            momentum = like(self.momentum, grad)
            change = velocity = torch.addcmul(grad, state["velocity"], momentum)
            state = {"velocity": velocity}
            if self.nesterov:
                change = torch.addcmul(grad, velocity, momentum)
        return change * like(-self.lr, grad), state

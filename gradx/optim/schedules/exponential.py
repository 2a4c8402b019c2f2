"""A learning rate that falls by the same factor at every step."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies
from gradx.optim.schedules.base import Schedule


class Exponential(Schedule):
    """The learning rate times gamma after every step.

        lr_t = lr * gamma^(t - 1),    t = 1 .. T steps

    Equivalent to `torch.optim.lr_scheduler.ExponentialLR`.

    Reference: Abadi et al. 2016, arXiv:1605.08695 (TensorFlow, where it became common as `exponential_decay`).
    """

    kind: Literal["exponential"] = "exponential"
    gamma: Annotated[Varies[float], Field(gt=0, le=1)] = 0.99

    def factor(self, step: int, steps: int) -> float | Tensor:
        return self.gamma ** (step - 1)

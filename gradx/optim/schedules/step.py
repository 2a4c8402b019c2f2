"""A learning rate that falls in steps."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies
from gradx.optim.schedules.base import Schedule


class Step(Schedule):
    """The learning rate times gamma after every step_size steps.

        lr_t = lr * gamma^floor((t - 1) / step_size),    t = 1 .. T steps

    Equivalent to `torch.optim.lr_scheduler.StepLR`.

    Reference: He et al. 2016, arXiv:1512.03385, section 3.4 (divided by 10 when the error plateaus).
    """

    kind: Literal["step"] = "step"
    step_size: Annotated[Varies[int], Field(ge=1)] = 100
    gamma: Annotated[Varies[float], Field(gt=0, le=1)] = 0.1

    def factor(self, step: int, steps: int) -> float | Tensor:
        return self.gamma ** ((step - 1) // self.step_size)

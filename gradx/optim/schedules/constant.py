"""A constant learning rate."""

from typing import Literal

from gradx.optim.schedules.base import Schedule


class Constant(Schedule):
    """The learning rate as it is: the control arm.

        lr_t = lr

    Reference: none needed.
    """

    kind: Literal["constant"] = "constant"

    def factor(self, step: int, steps: int) -> float:
        return 1.0

"""No regularization."""

from typing import Literal

from gradx.optim.base import Regularization


class NoRegularization(Regularization):
    """No penalty: the control arm.

        penalty = 0

    Reference: none needed.
    """

    kind: Literal["none"] = "none"

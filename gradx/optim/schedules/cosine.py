"""Cosine annealing of the learning rate."""

from math import cos, pi
from typing import Literal

from gradx.optim.schedules.base import Schedule


class Cosine(Schedule):
    """From the full learning rate down to zero along half a cosine.

        lr_t = lr * (1 + cos(pi (t - 1) / T)) / 2,    t = 1 .. T steps

    Equivalent to `torch.optim.lr_scheduler.CosineAnnealingLR` with T_max = T.

    Reference: Loshchilov, Hutter 2017, arXiv:1608.03983, eq. 5 without restarts.
    """

    kind: Literal["cosine"] = "cosine"

    def factor(self, step: int, steps: int) -> float:
        return (1 + cos(pi * (step - 1) / steps)) / 2

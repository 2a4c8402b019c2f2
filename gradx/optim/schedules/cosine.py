"""Cosine annealing of the learning rate."""

from math import cos, pi
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies
from gradx.optim.schedules.base import Schedule


class Cosine(Schedule):
    """From the full learning rate down to a fraction of it along half a cosine.

        lr_t = lr * (final + (1 - final) * (1 + cos(pi (t - 1) / T)) / 2),    t = 1 .. T steps

    Equivalent to `torch.optim.lr_scheduler.CosineAnnealingLR` with T_max = T and eta_min = final * lr.

    Reference: Loshchilov, Hutter 2017, arXiv:1608.03983, eq. 5 without restarts.
    """

    kind: Literal["cosine"] = "cosine"
    final: Annotated[Varies[float], Field(ge=0, le=1)] = 0.0

    def factor(self, step: int, steps: int) -> float | Tensor:
        return self.final + (1 - self.final) * (1 + cos(pi * (step - 1) / max(steps, 1))) / 2

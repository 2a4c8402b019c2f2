"""A learning rate that rises before it is constant or falls."""

from math import pi
from typing import Annotated, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from gradx.base.part import Varies
from gradx.optim.schedules.base import Schedule


class Warmup(Schedule):
    """A linear rise over the first warmup_steps W, then constant, or falling to a fraction `final` of the rate.

        lr_t = lr * t / W                                t = 1 .. W
        lr_t = lr * (final + (1 - final) * fall(p))      t = W + 1 .. T steps
        p    = (t - 1 - W) / (T - W)

    fall(p) is 1 (then: constant), 1 - p (linear) or (1 + cos(pi p)) / 2 (cosine): with W = 0 the last is the schedule
    `cosine`. Where W is T or more, the rate only rises.

    Equivalent to `torch.optim.lr_scheduler.SequentialLR` of `LinearLR(start_factor=1/W, total_iters=W-1)` and, from
    step W + 1 on, `ConstantLR(factor=1)`, `LinearLR` or `CosineAnnealingLR` over T - W steps.

    Reference: Goyal et al. 2017, arXiv:1706.02677, section 2.2 (gradual warm-up); Vaswani et al. 2017,
    arXiv:1706.03762, section 5.3 (which falls as 1 / sqrt(t)).
    """

    kind: Literal["warmup"] = "warmup"
    warmup_steps: Annotated[Varies[int], Field(ge=0)] = 100
    then: Literal["constant", "linear", "cosine"] = "constant"
    final: Annotated[Varies[float], Field(ge=0, le=1)] = 0.0  # of the fall; has no say in `constant`

    @model_validator(mode="after")
    def _final_is_used(self) -> Self:
        if self.then == "constant" and self.final != 0:
            raise ValueError(f"final: {self.final} needs then: linear or then: cosine, got then: constant")
        return self

    def factor(self, step: int, steps: int) -> Tensor:
        rise = torch.as_tensor(self.warmup_steps, dtype=torch.float64)
        past = (step - 1 - rise) / (steps - rise).clamp(min=1)
        falls = {"constant": torch.ones_like(past), "linear": 1 - past, "cosine": (1 + (pi * past).cos()) / 2}
        return torch.where(step <= rise, step / rise, self.final + (1 - self.final) * falls[self.then])

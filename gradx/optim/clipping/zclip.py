"""ZClip: clipping by norm where the norm is an outlier among the recent ones."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import Varies
from gradx.optim.base import Clipped, Clipping, Fraction, NonNegative, Positive, State
from gradx.optim.problem import Problem
from gradx.optim.scaling import scaled, within
from gradx.tensors.members import like


class ZClip(Clipping):
    """Clips a norm that lies more than `z_thresh` standard deviations above the running mean of norms.

        z_t = (|g_t| - mean) / (std + eps);    a spike is z_t > z_thresh
        n_t = limit_t for a spike, else |g_t|
        adaptive_scaling:  limit_t = mean + z_thresh^2 / z_t * std
        mean:              limit_t = mean
        g' = min(1, n_t / |g_t|, max_grad_norm / |g_t|) * g_t
        mean <- alpha * mean + (1 - alpha) * n_t
        std^2 <- alpha * std^2 + (1 - alpha) * (n_t - mean)^2

    So with adaptive_scaling a worse spike is clipped to a lower norm. The first `warmup_steps` norms give mean and std;
    they, too, are bounded by max_grad_norm (null: by nothing). A norm that is inf or NaN is not clipped and enters no
    statistics.

    Reference: Kumar, Owen, Roy Chowdhury, Guera 2025, arXiv:2504.02507; eps, max_grad_norm and the order of the
    updates as in their released code.
    """

    kind: Literal["zclip"] = "zclip"
    z_thresh: Positive = 2.5  # this and the following are their defaults
    alpha: Fraction = 0.97
    warmup_steps: Annotated[int, Field(ge=1)] = 25
    clip_option: Literal["adaptive_scaling", "mean"] = "adaptive_scaling"
    max_grad_norm: Annotated[Varies[float | None], Field(gt=0)] = 1.0
    eps: NonNegative = 1e-6

    def init(self, members: int, device: torch.device | str = "cpu") -> State:
        zero = torch.zeros(members, dtype=torch.float64, device=device)
        return {"mean": zero, "std": zero, "count": zero}

    def bound(self, grad: Tensor, norm: Tensor, state: State, problem: Problem) -> Clipped:
        seen = norm.isfinite()
        z_thresh, alpha, eps = (_flat(value, norm) for value in (self.z_thresh, self.alpha, self.eps))
        mean, std, count = state["mean"], state["std"], state["count"]
        z = (norm - mean) / (std + eps)
        spike = seen & (count >= self.warmup_steps) & (z > z_thresh)
        limit = mean + z_thresh * std / (z / z_thresh) if self.clip_option == "adaptive_scaling" else mean
        entering = limit.where(spike, norm)
        bound = entering if self.max_grad_norm is None else entering.minimum(_flat(self.max_grad_norm, norm))
        factor = within(norm, bound)
        new, running = _first(state, entering), _running(state, entering, alpha)
        new = {name: new[name].where(count < self.warmup_steps, running[name]) for name in state}
        state = {name: new[name].where(seen, state[name]) for name in state}
        coefficient = factor.where(seen, torch.nan)
        return Clipped(scaled(grad, factor.unsqueeze(1)), coefficient, factor < 1, state)


def _first(state: State, norm: Tensor) -> State:
    """Mean and standard deviation (of the population) with one more norm; hypot squares nothing out of range.

    Reference: Welford 1962, Technometrics 4(3).
    """
    count = state["count"] + 1
    delta = norm - state["mean"]
    std = torch.hypot(state["std"] * ((count - 1) / count).sqrt(), delta * (count - 1).sqrt() / count)
    return {"mean": state["mean"] + delta / count, "std": std, "count": count}


def _running(state: State, norm: Tensor, alpha: Tensor) -> State:
    mean = alpha * state["mean"] + (1 - alpha) * norm
    std = torch.hypot(alpha.sqrt() * state["std"], (1 - alpha).sqrt() * (norm - mean))
    return {"mean": mean, "std": std, "count": state["count"] + 1}


def _flat(value: float | Tensor, norm: Tensor) -> Tensor:
    """A hyperparameter, of shape (member,) or (1,)."""
    return like(value, norm).reshape(-1)

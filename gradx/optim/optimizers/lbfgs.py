"""L-BFGS: a quasi-Newton method that remembers a few steps and changes of the gradient."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import said
from gradx.optim.base import NonNegative, Optimizer, Positive, State
from gradx.optim.dots import dot, largest, scaled
from gradx.optim.moments import decayed
from gradx.optim.problem import Problem
from gradx.optim.wolfe import Place, searched
from gradx.tensors.members import like

CURVED = 1e-10  # y's must exceed it: torch's rule


class LBFGS(Optimizer):
    """Up to max_iter quasi-Newton steps on each batch, from the last history_size pairs (s, y).

        s_i = w_(i+1) - w_i,    y_i = g_(i+1) - g_i      (remembered where y's > 1e-10)
        d   = -H g,    H the BFGS approximation of the inverse Hessian that begins at (s'y / y'y) I
        w   = w + t d,    t = lr                         (the very first step: lr min(1, 1 / |g|_1))

    With `line_search: strong_wolfe` t is searched, beginning there, with about 5/4 max_iter evaluations on a batch in
    all. A member leaves the batch when max|g| <= tolerance_grad, or g'd > -tolerance_change, or max|t d| or the change
    of the loss is below tolerance_change. The loss includes weight_decay |w|^2 / 2. Without line search it diverges
    easily on small batches.

    Equivalent to `torch.optim.LBFGS` (whose history_size is 100), but that a step which was not taken is not
    remembered.

    Reference: Liu, Nocedal 1989, Math. Program. 45; Nocedal, Wright 2006, "Numerical optimization", Algorithm 7.4.
    """

    kind: Literal["lbfgs"] = "lbfgs"
    lr: Positive = 1.0
    max_iter: Annotated[int, Field(ge=1)] = 20
    history_size: Annotated[int, Field(ge=1)] = 10  # each pair is kept for every member: twice its parameters
    tolerance_grad: NonNegative = 1e-7
    tolerance_change: NonNegative = 1e-9
    line_search: Literal["none", "strong_wolfe"] = "none"

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if (clipping := said(data, "clipping", default="none")) != "none":
            yield ("clipping",), f"optimizer lbfgs needs the gradient as it is, got clipping {clipping}"

    def init(self, params: Tensor) -> State:
        pairs = torch.zeros(len(params), self.history_size, params.shape[1], dtype=params.dtype, device=params.device)
        numbers = torch.zeros(len(params), 1, dtype=torch.float64, device=params.device)
        return {
            "steps": pairs,  # oldest first; a pair of zeros, where there is none yet, changes nothing
            "changes": pairs.clone(),
            "inverses": numbers.expand(-1, self.history_size).clone(),  # 1 / y's
            "scale": numbers + 1,  # y's / y'y
            "iterations": numbers,
            "grad": torch.zeros_like(params),  # before the last step
            "step": torch.zeros_like(params),
        }

    def advance(self, grad: Tensor, state: State, params: Tensor, step: int, problem: Problem) -> tuple[Tensor, State]:
        fields = (self.tolerance_grad, self.tolerance_change, self.lr)
        flat, still, lr = (torch.as_tensor(value, dtype=torch.float64, device=params.device) for value in fields)
        here = Place(self._penalized(problem.losses(params), params), decayed(grad, params, self.weight_decay))
        active = ~(largest(here.grad) <= flat) & here.loss.isfinite()
        change, budget = torch.zeros_like(params), torch.full_like(here.loss, self.max_iter * 5 // 4 - 1)
        for iteration in range(1, self.max_iter + 1):
            if not active.any():  # sync
                break
            state = _remembered(here.grad, state, active)
            direction = _direction(here.grad, state)
            moving = active & ~(dot(here.grad, direction) > -still)
            first = (1 / dot(here.grad, here.grad.sign())).clamp(max=1)
            length = torch.where(moving, torch.where(state["iterations"] == 1, first * lr, lr), 0.0)
            line = partial(self._along, problem, params + change, direction)
            there = here
            if self.line_search == "strong_wolfe":
                length, there, asked = searched(line, here, direction, moving, length, budget)
                budget = budget - asked
            elif iteration < self.max_iter:  # what the last step leads to is seen on the next batch
                there = line(length)
            move = scaled(direction, length)
            state["step"], change = torch.where(active, move, state["step"]), change + move
            changed = (there.loss - here.loss).abs()
            active = moving & ~(largest(there.grad) <= flat) & ~(largest(move) <= still) & ~(changed < still)
            active = active & (budget > 0) & there.loss.isfinite()  # who has diverged holds nobody up
            here = there
        return change, state

    def _along(self, problem: Problem, params: Tensor, direction: Tensor, length: Tensor) -> Place:
        """What is at a distance (member, 1) from params."""
        params = params + scaled(direction, length)
        losses, grad = problem.gradient(params)
        return Place(self._penalized(losses, params), decayed(grad, params, self.weight_decay))

    def _penalized(self, losses: Tensor, params: Tensor) -> Tensor:
        """The loss that `weight_decay` is part of, (member, 1) in float64."""
        squares = dot(params, params)
        return losses.double().unsqueeze(1) + like(self.weight_decay, squares) * squares / 2


def _remembered(grad: Tensor, state: State, active: Tensor) -> State:
    """The state with the pair that the last step of each active member made, and its present gradient."""
    step, change = state["step"], grad - state["grad"]
    curvature = dot(change, step)
    new = active & (curvature > CURVED)
    pushed = {
        "steps": torch.cat([state["steps"][:, 1:], step[:, None]], dim=1),
        "changes": torch.cat([state["changes"][:, 1:], change[:, None]], dim=1),
    }
    return {
        **{name: torch.where(new[..., None], pairs, state[name]) for name, pairs in pushed.items()},
        "inverses": torch.where(new, torch.cat([state["inverses"][:, 1:], 1 / curvature], dim=1), state["inverses"]),
        "scale": torch.where(new, curvature / dot(change, change), state["scale"]),
        "iterations": state["iterations"] + active,
        "grad": torch.where(active, grad, state["grad"]),
        "step": step,
    }


def _direction(grad: Tensor, state: State) -> Tensor:
    """-H grad by the two loops over the pairs."""
    inverses = state["inverses"].unsqueeze(2).unbind(1)
    pairs = list(zip(state["steps"].unbind(1), state["changes"].unbind(1), inverses, strict=True))
    direction, shares = -grad, []
    for step, change, inverse in reversed(pairs):
        shares.append(inverse * dot(step, direction))
        direction = direction - change * like(shares[-1], grad)
    direction = direction * like(state["scale"], grad)
    for (step, change, inverse), share in zip(pairs, reversed(shares), strict=True):
        direction = direction + step * like(share - inverse * dot(change, direction), grad)
    return direction

"""Hessian-free optimization: Gauss-Newton steps by conjugate gradients, with adaptive damping."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from gradx.base.part import said
from gradx.optim.base import NonNegative, Optimizer, Positive, State
from gradx.optim.conjugate import conjugate_gradients
from gradx.optim.dots import dot, scaled
from gradx.optim.moments import decayed
from gradx.optim.problem import Problem
from gradx.tensors.members import like

SHORTER = 0.8  # the line search of Martens, Sutskever 2012, section 8.8
ENOUGH = 1e-2
TRIES = 60


class HessianFree(Optimizer):
    """Steps that solve a quadratic model of the loss: curvature tells small gradients from flat directions.

        q(x) = g'x + x'B x / 2
        x    ~ argmin q(x) + lambda |x|^2 / 2
        rho  = (f(w + x) - f(w)) / q(x)
        lambda *= 3/2 if rho < 1/4, 2/3 if rho > 3/4
        a    = first of 1, 0.8, 0.8^2 ... with f(w + a x) <= f(w) + 0.01 a g'x
        w    = w + lr * a * x                          (a = 0 if there is none)

    f is the loss of the batch plus penalty plus weight_decay |w|^2 / 2, g its gradient and B = J'H J + weight_decay I,
    with the Jacobian J of the network's output and the Hessian H of the loss; lambda starts at `damping` (0 stays 0).
    x is found by at most max_iter conjugate gradients, which begin at warm_start times the x of the step before (at 0
    where the damped model is higher there than at 0), and stop early where the last k = max(10, i / 10) iterations
    lowered the damped model by less than k * tolerance of it. All on one batch, which should be large. Without
    preconditioning, structural damping and backtracking over earlier iterations of conjugate gradients.

    Reference: Martens 2010, ICML, "Deep learning via Hessian-free optimization", Algorithm 2; Martens, Sutskever 2011,
    ICML, "Learning recurrent neural networks with Hessian-free optimization" (long-range problems); lambda's rule and
    the line search: Martens, Sutskever 2012, "Training deep and recurrent networks with Hessian-free optimization",
    sections 8.5 and 8.8.
    """

    kind: Literal["hessian_free"] = "hessian_free"
    lr: Positive = 1.0
    damping: NonNegative = 0.1  # lambda of the first step; it adapts by a factor of 1.5 a step
    max_iter: Annotated[int, Field(ge=1)] = 100  # products with B in one step
    tolerance: NonNegative = 5e-4
    warm_start: Annotated[NonNegative, Field(le=1)] = 0.95

    @classmethod
    def misfits(cls, data: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if (clipping := said(data, "clipping", default="none")) != "none":
            yield ("clipping",), f"optimizer hessian_free needs the gradient as it is, got clipping {clipping}"

    def init(self, params: Tensor) -> State:
        damping = torch.as_tensor(self.damping, dtype=torch.float64, device=params.device)
        damping = damping.expand(len(params), 1).clone()
        return {"solution": torch.zeros_like(params), "damping": damping}

    def advance(self, grad: Tensor, state: State, params: Tensor, step: int, problem: Problem) -> tuple[Tensor, State]:
        grad, damping = decayed(grad, params, self.weight_decay), state["damping"]
        added = damping + like(self.weight_decay, damping)

        def damped(vector: Tensor) -> Tensor:
            return problem.gauss_newton(vector) + vector * added.to(vector.dtype)

        start = state["solution"] * like(self.warm_start, params)
        solution, value = conjugate_gradients(damped, -grad, start, self.max_iter, self.tolerance)
        model = value - damping * dot(solution, solution) / 2
        loss, reached = self._loss(params, problem), self._loss(params + solution, problem)
        ratio = (reached - loss) / model
        factor = torch.where(ratio >= 0.25, torch.ones_like(ratio), 3 / 2)  # also where the loss is inf or NaN there
        factor = torch.where(ratio > 0.75, 2 / 3, factor)
        length = self._length(params, solution, dot(grad, solution), loss, reached, problem)
        change = scaled(solution, length * like(self.lr, length))
        return change, {"solution": solution, "damping": torch.where(model == 0, damping, damping * factor)}

    def _length(
        self, params: Tensor, solution: Tensor, slope: Tensor, loss: Tensor, reached: Tensor, problem: Problem
    ) -> Tensor:
        """How far along the solution the loss falls enough, (member, 1); 1 where there is nothing to compare."""
        length = torch.ones_like(loss)
        hopeless = ~loss.isfinite() | ~slope.isfinite()  # diverged: let it show
        for _ in range(TRIES):
            open_ = ~hopeless & ~(reached <= loss + ENOUGH * length * slope)
            if not open_.any():  # sync
                return length
            length = torch.where(open_, length * SHORTER, length)
            reached = torch.where(open_, self._loss(params + scaled(solution, length), problem), reached)
        open_ = ~hopeless & ~(reached <= loss + ENOUGH * length * slope)
        return torch.where(open_, 0.0, length)

    def _loss(self, params: Tensor, problem: Problem) -> Tensor:
        """f, (member, 1) in float64."""
        squares = dot(params, params)
        return problem.losses(params).double().unsqueeze(1) + like(self.weight_decay, squares) * squares / 2

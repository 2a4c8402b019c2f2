"""`conjugate_gradients`: A x = b for every member at once, from products with A alone."""

from collections.abc import Callable
from math import ceil

import torch
from torch import Tensor

from gradx.optim.dots import dot, scaled
from gradx.tensors.members import like

PATIENCE = 10  # iterations over which progress is judged, at least


def conjugate_gradients(
    product: Callable[[Tensor], Tensor], b: Tensor, start: Tensor, max_iter: int, tolerance: float | Tensor
) -> tuple[Tensor, Tensor]:
    """An approximate minimum x of phi(x) = x'A x / 2 - b'x, and phi(x) as (member, 1) in float64.

    A member stops by itself when its progress over the last k = max(10, i / 10) iterations,
    (phi_i - phi_(i-k)) / phi_i with phi_i < 0, falls below k * tolerance, or when nothing is left to solve. Where
    numbers overflow, x is NaN.

    Args:
        product: vectors (member, parameter) to A times them; A is positive semidefinite.
        b: right hand side, (member, parameter).
        start: where to begin, or at zero where phi(start) > phi(0) = 0.
        max_iter: products at most, beside one for the start.
        tolerance: one number, or one for each member of shape (member, 1).

    Reference: Hestenes, Stiefel 1952, J. Res. Natl. Bur. Stand. 49(6); the rule for stopping: Martens 2010, ICML,
    "Deep learning via Hessian-free optimization", section 4.4.
    """
    residual = b - product(start)
    worse = _value(start, b, residual) > 0  # than no solution at all
    x, residual = torch.where(worse, torch.zeros_like(b), start), torch.where(worse, b, residual)
    direction, square = residual, dot(residual, residual)
    values = [_value(x, b, residual)]
    going = (square != 0) & square.isfinite()
    for number in range(1, max_iter + 1):
        if not going.any():  # sync
            break
        curved = product(direction)
        curvature = dot(direction, curved)
        going = going & ~(curvature <= 0)  # nothing to gain along a direction that has no curvature and no slope
        length = torch.where(going, square / curvature + 0 * curvature, 0.0)  # NaN, not 0, for an infinite curvature
        x = x + scaled(direction, length)
        residual = residual - scaled(curved, length)
        before, square = square, torch.where(going, dot(residual, residual), square)
        direction = torch.where(going, residual + scaled(direction, square / before), direction)
        values.append(_value(x, b, residual))
        going = going & (square != 0) & values[-1].isfinite() & ~_slow(values, number, tolerance)
    return torch.where(values[-1].isfinite(), x, torch.nan), values[-1]


def _value(x: Tensor, b: Tensor, residual: Tensor) -> Tensor:
    """phi, from the residual b - A x."""
    return -(dot(x, b) + dot(x, residual)) / 2


def _slow(values: list[Tensor], number: int, tolerance: float | Tensor) -> Tensor:
    """Which members have come no further in the last iterations."""
    back, now = max(PATIENCE, ceil(number / 10)), values[-1]
    if number <= back:
        return torch.zeros_like(now, dtype=torch.bool)
    return (now < 0) & ((now - values[number - back]) / now < back * like(tolerance, now))

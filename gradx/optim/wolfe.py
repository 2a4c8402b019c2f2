"""`searched`: how far each member goes along its direction, by losses and slopes at points of the line."""

from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from gradx.optim.dots import dot, largest

DECREASE, CURVATURE = 1e-4, 0.9  # c1 and c2: Nocedal, Wright 2006, section 3.1
SMALLEST = 1e-9  # length of an interval times the largest entry of the direction

Number = np.float64  # a division by zero is inf or NaN, as in torch, and no exception


class Place(NamedTuple):
    """Where all members are: the loss (member, 1) in float64, and its gradient (member, parameter)."""

    loss: Tensor
    grad: Tensor


class Point(NamedTuple):
    """A point on the line: how far along, the loss there, its slope and its whole gradient, and which point it was."""

    at: Number
    loss: Number
    slope: Number
    gradient: Tensor
    number: int


Answer = tuple[float, float, Tensor]
Asking = Generator[Number, Answer, Point]
Bracketing = Generator[Number, Answer, list[Point]]
Search = Generator[Number, Answer, tuple[Point, int]]
"""Yields a distance and is sent (loss, slope, gradient) there; returns the point chosen and how often it asked."""


def searched(
    evaluate: Callable[[Tensor], Place],
    here: Place,
    direction: Tensor,
    moving: Tensor,
    first: Tensor,
    budgets: Tensor,
) -> tuple[Tensor, Place, Tensor]:
    """`strong_wolfe` for every member that is moving: the distance, what is there, and how many evaluations it took.

    The members search side by side: one evaluation serves all that ask for a point.

    Args:
        evaluate: distances (member, 1), 0 for those that stay, to what is there.
        here: what is at distance 0.
        direction: (member, parameter).
        moving: who searches, (member, 1).
        first: the distance to try first, (member, 1).
        budgets: how many evaluations each may take beside the first, (member, 1).
    """
    columns = (here.loss, dot(here.grad, direction), largest(direction), first, budgets)
    loss, slope, entry, begin, budget = (column.squeeze(1).tolist() for column in columns)  # sync
    distance, asked = torch.zeros_like(first), torch.zeros_like(first)
    reached_loss, reached_grad = here.loss.clone(), here.grad.clone()
    searches = {
        member: strong_wolfe(
            begin[member], (loss[member], slope[member], here.grad[member]), entry[member], int(budget[member])
        )
        for member in moving.squeeze(1).nonzero().squeeze(1).tolist()  # sync
    }
    wanted = {member: next(search) for member, search in searches.items()}
    while wanted:
        asking = torch.zeros_like(first)
        for member, at in wanted.items():
            asking[member] = float(at)
        there = evaluate(asking)
        answers = torch.cat([there.loss, dot(there.grad, direction)], dim=1).tolist()  # sync
        for member in list(wanted):
            try:
                with np.errstate(all="ignore"):
                    wanted[member] = searches[member].send((*answers[member], there.grad[member].clone()))
            except StopIteration as end:
                point, count = end.value
                del wanted[member]
                distance[member], asked[member] = float(point.at), count
                reached_loss[member], reached_grad[member] = float(point.loss), point.gradient
    return distance, Place(reached_loss, reached_grad), asked


def strong_wolfe(first: float, here: Answer, largest: float, budget: int) -> Search:
    """A point with f(t) <= f(0) + 1e-4 t f'(0) and |f'(t)| <= 0.9 |f'(0)|, or the lowest found by then.

    Equivalent to the line search of `torch.optim.LBFGS` with `line_search_fn="strong_wolfe"`. Numbers may overflow:
    run it under `np.errstate(all="ignore")`.

    Args:
        first: the distance to try first.
        here: loss, slope (negative) and gradient at distance 0.
        largest: absolute entry of the direction.
        budget: how many evaluations there may be beside the first.

    Reference: Nocedal, Wright 2006, "Numerical optimization", Algorithms 3.5 and 3.6; cubic interpolation: eq. 3.59.
    """
    start = _point(Number(0), here, 0)
    ends = yield from _bracket(start, Number(first), budget)
    if len(ends) == 1:
        return ends[0], ends[0].number
    return (yield from _zoom(start, ends, Number(largest), budget))


def _bracket(start: Point, first: Number, budget: int) -> Bracketing:
    """One point that satisfies both conditions, or two around one that does, the last one that was asked for last."""
    before, point = start, (yield from _ask(first, 1))
    while point.number <= budget:
        if not _low_enough(point, start) or (point.number > 2 and point.loss >= before.loss):
            return [before, point]
        if _flat_enough(point, start):
            return [point]
        if point.slope >= 0:
            return [before, point]
        least, most = point.at + 0.01 * (point.at - before.at), point.at * 10
        further = _cubic(before, point, least, most)
        before, point = point, (yield from _ask(further, point.number + 1))
    return [start, point]


def _zoom(start: Point, ends: list[Point], largest: Number, budget: int) -> Search:
    """Narrows an interval until a point in it satisfies both conditions."""
    low, cramped, asked = _lower(ends), False, ends[1].number
    while asked <= budget and not abs(ends[1].at - ends[0].at) * largest < SMALLEST:
        least, most = sorted(end.at for end in ends)
        at, cramped = _away(_cubic(ends[0], ends[1], least, most), least, most, cramped)
        point = yield from _ask(at, asked + 1)
        asked, high = point.number, 1 - low
        if not _low_enough(point, start) or point.loss >= ends[low].loss:
            ends[high] = point
            low = _lower(ends)
            continue
        flat = _flat_enough(point, start)
        if not flat and point.slope * (ends[high].at - ends[low].at) >= 0:
            ends[high] = ends[low]
        ends[low] = point
        if flat:
            break
    return ends[low], asked


def _ask(at: Number, number: int) -> Asking:
    return _point(at, (yield at), number)


def _point(at: Number, answer: Answer, number: int) -> Point:
    loss, slope, gradient = answer
    return Point(at, Number(loss), Number(slope), gradient, number)


def _lower(ends: list[Point]) -> int:
    return 0 if ends[0].loss <= ends[1].loss else 1


def _low_enough(point: Point, start: Point) -> bool:
    return not point.loss > start.loss + DECREASE * point.at * start.slope  # NaN passes, as in torch


def _flat_enough(point: Point, start: Point) -> bool:
    return bool(abs(point.slope) <= -CURVATURE * start.slope)


def _away(at: Number, least: Number, most: Number, cramped: bool) -> tuple[Number, bool]:
    """A new point not close to an end of the interval twice in a row; and whether this one is close to it."""
    margin = 0.1 * (most - least)
    if not min(most - at, at - least) < margin:
        return at, False
    if not cramped and least < at < most:
        return at, True
    return (most - margin if abs(at - most) < abs(at - least) else least + margin), False


def _cubic(one: Point, other: Point, least: Number, most: Number) -> Number:
    """The minimum, within bounds, of the cubic through two points and their slopes; their middle where it has none."""
    left, right = (one, other) if one.at <= other.at else (other, one)
    rise = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.at - right.at)
    square = rise * rise - left.slope * right.slope
    if not square >= 0:
        return (least + most) / 2
    root = Number(np.sqrt(square))
    step = (right.slope + root - rise) / (right.slope - left.slope + 2 * root)
    lowest: Number = right.at - (right.at - left.at) * step
    return min(max(lowest, least), most)

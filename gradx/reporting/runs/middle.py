"""`middle`: the median that charts, maps and tables of a report have in common."""

from collections.abc import Sequence
from math import inf, isfinite, isnan, sqrt

GEOMETRIC = "of an even number the geometric mean of the middle two"
"""For a note on quantities that go in factors."""


def middle(values: Sequence[float], log: bool, worst: float = inf) -> float:
    """The median, with NaN beyond `worst`; of an even number the mean of the middle two, sqrt(a b) if `log`.

    So the middle is the same whether the quantity, its reciprocal or its logarithm is looked at: that of a growth of
    0.1 and one of 10 is 1. Where one of the two is infinite or NaN, so is the middle.

    Args:
        values: at least one.
        log: whether the quantity goes in factors (a growth, a gradient norm).
        worst: what NaN counts as: inf, or -inf where more is better.
    """
    aside = 1 if worst > 0 else -1
    ordered = sorted(values, key=lambda value: (aside * isnan(value), value))
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    if low == high:
        return low
    if log and low >= 0 and isfinite(high):
        return sqrt(low) * sqrt(high)
    return low / 2 + high / 2


def geometric_note(amounts: Sequence[int]) -> str:
    """`GEOMETRIC` where the middle of any so many values is that of two, else ""."""
    return GEOMETRIC if any(amount % 2 == 0 for amount in amounts) else ""

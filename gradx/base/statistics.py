"""Small exact statistics: `fisher` for counts of two arms, `mean_interval` for a few differences."""

from collections.abc import Sequence
from math import comb, fsum, isfinite, sqrt
from typing import NamedTuple

from gradx.base.student import student_t

SAME = 1 + 1e-9  # tables of one probability count together though floats round differently


class Interval(NamedTuple):
    """A mean and its 95 % interval; None where one value says nothing about the spread."""

    mean: float
    low: float | None
    high: float | None


def fisher(met: int, of: int, other_met: int, other_of: int) -> float:
    """Fisher's exact test, two-sided: how likely counts as unequal as these are where both arms are the same.

    p = sum of the hypergeometric probabilities that are at most that of the table, all margins given. 1 if an arm is
    empty.

    Reference: Fisher 1935, The Design of Experiments, section 21.1.
    """
    total = met + other_met
    ways = [comb(of, k) * comb(other_of, total - k) for k in range(total + 1)]
    own = ways[met]
    return sum(each for each in ways if each <= own * SAME) / comb(of + other_of, total)


def mean_interval(values: Sequence[float]) -> Interval | None:
    """The mean of values and its 95 % interval by Student's t; None without values, or where they are not finite."""
    if not values or not all(map(isfinite, values)):
        return None
    count = len(values)
    mean = fsum(values) / count
    if count == 1:
        return Interval(mean, None, None)
    error = sqrt(fsum((value - mean) ** 2 for value in values) / (count - 1) / count)
    half = student_t(count - 1) * error
    return Interval(mean, mean - half, mean + half)

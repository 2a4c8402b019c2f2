"""`of_those_that_can`: p adjusted for the comparisons that can be beyond noise; `least_of_shares`: whether shares can.

Reference: Tarone 1990, A modified Bonferroni method for discrete data, Biometrics 46: 515.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from math import lcm, prod, sqrt

from gradx.base.statistics import fisher
from gradx.base.student import student_p

MOST_TABLES = 1000  # that are tried; of more seeds or runs a small p can always come

Margins = tuple[int, int, int]
"""Of one seed: the runs before, those after, and how many of both are so."""


def of_those_that_can(p_values: Sequence[float], least: Sequence[float], level: float) -> list[float | None]:
    """Holm's correction, but for the comparisons that can be rejected at all; None for the others.

    Of the comparisons that are left K is the smallest number for which at most K can reach a p below level / K. That
    is the family: the others are not rejected whatever comes, and add nothing to the family-wise error. The smallest p
    is rejected if it is below level / K, and so on with those that are left: K never grows, as in Holm's procedure,
    which this is where every p can come.

    Args:
        p_values: of the comparisons.
        least: the smallest p that each can have, given what says nothing about whether there is a difference.
        level: at which they are rejected; `p < level`.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    smallest = sorted(least)
    made: list[float | None] = [None] * len(p_values)
    size, reached = _family(smallest, level), 0.0
    while order and size * p_values[order[0]] < level:
        place, *order = order
        reached = made[place] = max(reached, size * p_values[place])
        smallest.pop(bisect_left(smallest, least[place]))
        size = _family(smallest, level)
    family = [place for place in order if size and least[place] < level / size]
    for done, place in enumerate(family):
        reached = made[place] = max(reached, min(1.0, (size - done) * p_values[place]))
    return made


@lru_cache(maxsize=4096)
def least_of_shares(seeds: tuple[Margins, ...]) -> float:
    """The smallest p of shares that so many runs of each seed can give, as the larger of Fisher's and Student's.

    How many runs of a seed are so on both sides together says nothing about the side on which they are: all tables
    with these margins are tried.
    """
    before, after, total = (sum(column) for column in zip(*seeds, strict=True))
    ends = (max(0, total - after), min(before, total))
    least = min(fisher(met, before, total - met, after) for met in ends)
    ways = [range(max(0, met - other), min(one, met) + 1) for one, other, met in seeds]
    if len(seeds) < 2 or prod(map(len, ways)) > MOST_TABLES:
        return least
    steps = lcm(*(runs for one, other, _ in seeds for runs in (one, other)))
    changes = [
        [(met - way) * steps // other - way * steps // one for way in each]
        for each, (one, other, met) in zip(ways, seeds, strict=True)
    ]
    return max(least, _student([table for table in product(*changes) if any(table)]))


def _student(tables: Sequence[Sequence[int]]) -> float:
    """The smallest p of `judged`, of whole numbers: t^2 = (n - 1) S^2 / (n sum x^2 - S^2) with S = sum x."""
    least, most = 1.0, 0.0
    for table in tables:
        amount, square = len(table), sum(table) ** 2
        if rest := amount * sum([change * change for change in table]) - square:
            most = max(most, (amount - 1) * square / rest)
        else:
            least = 2 / 4**amount
    return min(least, student_p(sqrt(most), len(tables[0]) - 1)) if most else least


def _family(smallest: Sequence[float], level: float) -> int:
    """K, of p in ascending order; 0 where there are none."""
    low, high = min(1, len(smallest)), len(smallest)
    while low < high:
        middle = (low + high) // 2
        if bisect_left(smallest, level / middle) <= middle:
            high = middle
        else:
            low = middle + 1
    return low

"""`judged`: what the changes of a few seeds say, where they are all the same, too."""

from collections.abc import Sequence
from math import fsum, isinf
from typing import Any

from gradx.base.statistics import Paired, paired

LEAST = 1e-12
"""What is less is not told: `student_p` is no more exact, and no distribution of a few seeds is known that far out."""


def judged(changes: Sequence[float]) -> Paired | None:
    """`paired`, but where all changes are the same and not 0 there is no interval, and p = 2 / 4^n instead of 0.

    Results that are counted (an accuracy, a clip rate) are equal by chance. For independent x and y with the same
    distribution x - y is a given number other than 0 with a probability of at most 1 / 4, that of two values as likely
    as each other; so it is n times with at most 4^-n, and as much on the other side. (Where many numbers may come, any
    of them does so a little more often: by 7 % for two seeds, by 2 % for three.)
    """
    found = paired(changes)
    if found is None or found.p is None or found.d_z is None:
        return found
    if not isinf(found.d_z):
        return found._replace(p=max(found.p, LEAST))
    return Paired(found.mean, None, None, None, 2 / 4 ** len(changes))


def by_seed(seeds: Sequence[Any], changes: Sequence[float]) -> list[float]:
    """The mean change of each seed."""
    found: dict[Any, list[float]] = {}
    for seed, change in zip(seeds, changes, strict=True):
        found.setdefault(seed, []).append(change)
    return [rounded(fsum([change / len(each) for change in each])) for each in found.values()]


def rounded(change: float) -> float:
    """To 12 digits, so that what differs by a rounding only is the same."""
    return float(f"{change:.12g}")

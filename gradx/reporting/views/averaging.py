"""`Averaging`: what stands for several runs at one place of a chart, and the band around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan, sqrt
from statistics import fmean, geometric_mean
from typing import Any, Literal

from gradx.reporting.runs.groups import Group
from gradx.reporting.runs.middle import middle
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.views.choosing import worst

Place = tuple[float, float, float] | None
"""Middle, low and high; None where there is no value."""

SEEDS = 3  # from which on an interval says more than the range
_Z = 1.959964


@dataclass(frozen=True)
class Averaging:
    """How the runs of a place are put together.

    Attributes:
        way: `geometric` the geometric mean and its 95 % interval (Student's t on the logarithms); `share` the share and
            its 95 % interval (Wilson's); `median` the median and the range, in which NaN counts as the worst value.
        worst: what that is.
        banded: whether there is more than one run at some place.
        log: whether the middle of two is their geometric mean.
    """

    way: Literal["geometric", "share", "median"]
    worst: float = inf
    banded: bool = True
    log: bool = False

    def of(self, values: Sequence[float]) -> Place:
        """Of the runs of one place; a median that is no finite number is NaN or infinite as most of them are."""
        if not values:
            return None
        if self.way == "share":
            return _share(values)
        if self.way == "geometric":
            return _geometric(values)
        if all(map(isnan, values)):
            return nan, nan, nan
        ranked = [self.worst if isnan(value) else value for value in values]
        return middle(values, self.log, self.worst), min(ranked), max(ranked)

    def said(self, over: Sequence[str]) -> str:
        """For a caption: what the lines and the bands are."""
        where = f" over {', '.join(over)}" if over else ""
        if self.way == "share":
            return f"Share{where}" + ("; band: its 95 % interval (Wilson)" if self.banded else "")
        if self.way == "geometric":
            return f"Geometric mean{where}; band: its 95 % interval (Student's t on the logarithms)"
        return f"Median{where}; band: smallest to largest" if self.banded else "A run at each point"


def averaging(outcome: Outcome, places: Sequence[Sequence[float]], others: bool, worst_value: float = inf) -> Averaging:
    """The fitting one for a chart.

    An interval of a mean is one over seeds: where runs that differ in `others` are put together, the band is the range.
    """
    banded = any(len(values) > 1 for values in places)
    if outcome.scale == "share":
        return Averaging("share", banded=banded and not others)
    usable = all(value > 0 and isfinite(value) for values in places for value in values)
    enough = banded and all(len(values) == 1 or len(values) >= SEEDS for values in places)
    if outcome.scale == "ratio" and usable and enough and not others:
        return Averaging("geometric")
    return Averaging("median", worst_value, banded, outcome.log)


def middle_of(outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> float | None:
    """One number for some runs: a share, else the median."""
    place = averaging(outcome, (), True, worst(outcome, rows)).of(outcome.values(rows))
    return place[0] if place else None


def _geometric(values: Sequence[float]) -> Place:
    rows = [{"value": value} for value in values]
    spread = Group((), rows).spread("value")
    interval = spread.interval if spread else None
    return geometric_mean(values), *(interval or (values[0], values[0]))


def _share(values: Sequence[float]) -> Place:
    """The share p of n runs and Wilson's interval, (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).

    Reference: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    known = [value for value in values if not isnan(value)]
    if not known:
        return None
    share, n = fmean(known), len(known)
    centre = share + _Z**2 / (2 * n)
    reach = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    below = 1 + _Z**2 / n
    return share, max((centre - reach) / below, 0.0), min((centre + reach) / below, 1.0)

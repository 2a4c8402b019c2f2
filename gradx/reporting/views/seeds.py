"""`over_seeds`: the curves of runs that differ only in their seeds, as one line with the range as band."""

from collections.abc import Mapping, Sequence
from math import inf, isnan, nan

from gradx.reporting.elements import Series
from gradx.reporting.runs.middle import middle

BEYOND = "NaN counts as beyond every number: the band of such seeds has no end there."
BELOW = "NaN counts as below every number: the band of such seeds has no end there."
"""For a caption; the second where more is better."""

Curve = Mapping[int, float]
"""x to y of one run."""


def over_seeds(
    label: str, curves: Sequence[Curve], ended: Sequence[float | None] = (), log: bool = True, worst: float = inf
) -> Series:
    """The median of the curves and their range as band; a single curve as it is.

    NaN counts as beyond everything, in both: the median is NaN where that is what most seeds give, and where it is what
    some give the band has no end on that side (`worst`): a range of the survivors would look like agreement. Where all
    are NaN, so is the band. An x that not most of the seeds have is left out: the line would jump between seeds there.
    So is the last of a diverged seed, where nothing was measured in those that go on.

    Args:
        curves: one for each seed; aligned by x.
        ended: x at which each has diverged: from there on what it has no value for counts as NaN, or the line would be
            that of the survivors.
        log: whether the middle of two is the geometric one, as of gradient norms.
        worst: what NaN counts as in the band and on which side of the median: inf, or -inf where more is better.
    """
    places = sorted(set().union(*curves))
    if len(curves) == 1:
        return Series(label, places, [curves[0][place] for place in places])
    ends = [inf if end is None else end for end in ended] or [inf] * len(curves)
    x: list[float] = []
    middles: list[float | None] = []
    lows: list[float | None] = []
    highs: list[float | None] = []
    for place in places:
        found = [
            curve.get(place, nan) for curve, end in zip(curves, ends, strict=True) if place in curve or place >= end
        ]
        alive = [curve for curve, end in zip(curves, ends, strict=True) if place < end]
        nothing_new = alive and all(map(isnan, found)) and not any(place in curve for curve in alive)
        if 2 * len(found) <= len(curves) or nothing_new:
            continue
        ranked = [nan] if all(map(isnan, found)) else [worst if isnan(value) else value for value in found]
        x.append(place)
        middles.append(middle(found, log, worst))
        lows.append(min(ranked))
        highs.append(max(ranked))
    return Series(label, x, middles, lows, highs)

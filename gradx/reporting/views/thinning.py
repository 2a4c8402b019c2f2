"""`thinned`: a line with fewer points that looks the same: ends, extremes and what is not a usual number stay."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from math import isfinite, isnan

from gradx.reporting.elements import Series
from gradx.reporting.views.picking import evenly

MOST = 200  # points of a line in the report


def thinned(series: Series, most: int = MOST) -> Series:
    """At most `most` of its points (more only where more must stay), evenly chosen besides those of `places`."""
    if len(series.x) <= most:
        return series
    kept = places(series.y, most)

    def chosen(values: Sequence[float | None]) -> list[float | None]:
        return [values[place] for place in kept] if values else []

    return replace(
        series,
        x=[series.x[place] for place in kept],
        y=chosen(series.y),
        low=chosen(series.low),
        high=chosen(series.high),
    )


def places(values: Sequence[float | None], most: int) -> list[int]:
    """Which of them to keep: the ends, the smallest and the largest number, the ends of every stretch of zeros, of
    NaN, of inf and of what is missing, and others evenly between."""
    must = {0, len(values) - 1}
    numbers = [place for place, value in enumerate(values) if value is not None and isfinite(value)]
    if numbers:
        must |= {min(numbers, key=lambda place: values[place] or 0), max(numbers, key=lambda place: values[place] or 0)}
    for usual, stretch in groupby(range(len(values)), key=lambda place: _kind(values[place])):
        if usual != "number":
            members = list(stretch)
            must |= {members[0], members[-1]}
    others = [place for place in range(len(values)) if place not in must]
    room = most - len(must)
    return sorted(must | set(evenly(others, room) if room >= 2 else ()))


def _kind(value: float | None) -> str:
    if value is None:
        return "missing"
    if isnan(value):
        return "nan"
    return "number" if isfinite(value) and value != 0 else str(value)

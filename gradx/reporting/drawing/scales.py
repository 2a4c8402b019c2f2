"""Where an axis begins and ends, and where its ticks stand: pure functions of numbers."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, inf, log10

from matplotlib.ticker import MaxNLocator

from gradx.reporting.text import spec_texts

LEAST = 10.0  # top over bottom of a log axis, at least: a range fitted to a flat profile would make it look steep
MARGIN = 0.04  # of the range, on both sides
FEW = 12  # values that are ticks themselves
POWERS = 2.0  # decades from which on ticks stand at powers of ten
LOWEST, HIGHEST = -323.3, 308.25  # decades of a double
LARGEST = 8e307  # of a linear axis: its range must not overflow

Ticks = tuple[list[float], list[str]]
"""Where they stand, and what they say."""


def span(values: Sequence[float], log: bool, least: float = LEAST, margin: float = MARGIN) -> tuple[float, float]:
    """The range of an axis on which all of the finite values have room; on a log axis of those above 0."""
    if log:
        low, high = (log10(value) for value in (min(values, default=1.0), max(values, default=1.0)))
        more = max((high - low) * margin, (log10(least) - high + low) / 2)
        return power(low - more), power(high + more)
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        more = abs(low) * 0.1 or 1.0
    else:
        more = (high / 2 - low / 2) * 2 * margin if high - low < inf else 0.0
    return max(low - more, -LARGEST), min(high + more, LARGEST)


def power(exponent: float) -> float:
    """10 to it, within what a double can be."""
    return float(10.0 ** min(max(exponent, LOWEST), HIGHEST))


def ticks(low: float, high: float, log: bool, most: int, integer: bool = False) -> Ticks:
    """At most about so many, at round numbers within the range."""
    if log and high / low >= 10**POWERS:
        return _powers(low, high, most)
    if log:
        places = multiples(low, high, (1, 2, 5))
        places = places if len(places) >= 3 else multiples(low, high, range(1, 10))
    if not log or len(places) < 3:
        steps = [1, 2, 5, 10] if integer else [1, 2, 2.5, 5, 10]
        unit = _unit(low, high)
        locator = MaxNLocator(nbins=max(most - 1, 1), steps=steps, integer=integer, min_n_ticks=1)
        found = (float(place) * unit for place in locator.tick_values(low / unit, high / unit))
        places = [place for place in found if low <= place <= high]
    places = places[:: ceil(len(places) / most)] if places else []
    return places, numbered(places)


def multiples(low: float, high: float, factors: Sequence[int]) -> list[float]:
    """These factors times every power of ten, as far as they lie within the range."""
    exponents = range(floor(log10(low)), ceil(log10(high)) + 1)
    return [place for each in exponents for factor in factors if low <= (place := float(f"{factor}e{each}")) <= high]


def numbered(values: Sequence[float]) -> list[str]:
    """Numbers of an axis: as many digits as tell them apart; with a true minus sign."""
    texts = spec_texts([value + 0.0 for value in values])
    return [text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−") for text in texts]


def fitting(places: Sequence[float], widths: Sequence[float], gap: float) -> list[int]:
    """Which labels have room: every one, every second, every fifth ... from the first on.

    Args:
        places: of the labels' middles, ascending, in the unit of the widths.
        gap: that must remain between two.
    """
    for step in (factor * 10**zeros for zeros in range(9) for factor in (1, 2, 5)):
        chosen = range(0, len(places), step)
        if all(places[b] - places[a] >= (widths[a] + widths[b]) / 2 + gap for a, b in pairwise(chosen)):
            return list(chosen)
    return []


def _unit(low: float, high: float) -> float:
    """In which numbers near the ends of a double are small enough to count with; 1 for all others."""
    largest = max(abs(low), abs(high))
    return 1.0 if 1e-100 < largest < 1e100 or not largest else power(floor(log10(largest)))


def _powers(low: float, high: float, most: int) -> Ticks:
    first, last = ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9)
    step = next(step for step in (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300) if (last - first) // step + 1 <= most)
    exponents = [each for each in range(first, last + 1) if each % step == 0]
    places = [float(f"1e{each}") for each in exponents]
    if all(-3 <= each <= 4 for each in exponents):
        return places, [f"{place:g}" for place in places]
    return places, [rf"$\mathdefault{{10^{{{each}}}}}$" for each in exponents]

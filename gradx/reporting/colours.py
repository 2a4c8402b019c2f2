"""`contrast` of colours such as `#0072b2`, `ink`: what can be read on one, and the scales from numbers to colours.

Reference: WCAG 2.2, relative luminance and contrast ratio.
"""

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10

ONE_SIDED = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
"""The colours of a scale, equally far apart: viridis (van der Walt and Smith, 2015), from dark to light."""
TWO_SIDED = ("#0b4f8a", "#2a7ab8", "#86b5da", "#f4f4f1", "#f0aa86", "#d85f28", "#8f3408")
"""The same to both sides of a centre: blue, white, vermilion, which nobody mistakes for each other."""

LEAST_FACTOR, LEAST_PART = 1.1, 0.01  # the smallest range worth strong colours: a factor, or a part of the centre
LARGEST = 4e307  # of an end, so that no range overflows
TINY = 1e-290  # below which a range is none
_STEPS = (1, 2, 5, 10)
_FACTORS = (1, 1.25, 2, 2.5, 4, 5, 8, 10)  # those with round inverses
_REACHES = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)

Rgb = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


def rgb(colour: str) -> Rgb:
    """The channels of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def contrast(one: str, other: str) -> float:
    """Of two colours, from 1 (the same) to 21 (black on white): (L1 + 0.05) / (L2 + 0.05), L1 that of the lighter."""
    darker, lighter = sorted((_luminance(rgb(one)), _luminance(rgb(other))))
    return (lighter + 0.05) / (darker + 0.05)


def ink(colour: str) -> str:
    """Black or white: what can be read on `colour`; one of them always has a contrast of 4.5 or more."""
    return max("#000000", "#ffffff", key=lambda each: contrast(each, colour))


def ends(values: Sequence[float | None], log: bool, centre: float | None = None) -> tuple[float, float]:
    """Round numbers between which all of the values lie that have a place on the scale: its ends.

    With a centre c they are as far to both of its sides, c / f and c f or c - r and c + r, so that equal distances
    look equal.
    """
    known = [float(value) for value in values if value is not None and isfinite(value) and (value > 0 or not log)]
    if not known:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = (min(max(value, -LARGEST), LARGEST) for value in (min(known), max(known)))
    if centre is not None and (centre > 0 or not log):
        return _around(centre, low, high, log)
    return _log_ends(low, high) if log else _linear_ends(low, high)


def _around(centre: float, low: float, high: float, log: bool) -> tuple[float, float]:
    if log:
        reach = max(abs(log10(low) - log10(centre)), abs(log10(high) - log10(centre)), log10(LEAST_FACTOR))
        if reach > 300:  # decades
            return 10.0 ** max(log10(centre) - reach, -323), 10.0 ** min(log10(centre) + reach, 308)
        factor = _up(10.0**reach, _FACTORS)
        return centre / factor, centre * factor
    reach = min(max(abs(low - centre), abs(high - centre), abs(centre) * LEAST_PART), LARGEST)
    reach = _up(reach, _REACHES) if reach > TINY else 1.0
    return centre - reach, centre + reach


def _log_ends(low: float, high: float) -> tuple[float, float]:
    if low < TINY or high > 1 / TINY:
        return (low, high) if low < high else (low / 10, low) if low > 1 else (low, low * 10)
    if high / low < LEAST_FACTOR:
        low, high = low / LEAST_FACTOR, high * LEAST_FACTOR
    return 1 / _up(1 / low, _STEPS), _up(high, _STEPS)


def _linear_ends(low: float, high: float) -> tuple[float, float]:
    if high - low <= max(1e-9 * max(abs(low), abs(high)), TINY):
        more = abs(low) * 0.1 if abs(low) > 10 * TINY else 1.0
        low, high = low - more, high + more
    step = _up((high - low) / 5, _STEPS)
    return float(f"{floor(low / step + 1e-9) * step:.12g}"), float(f"{ceil(high / step - 1e-9) * step:.12g}")


def _up(value: float, steps: Sequence[float]) -> float:
    """The least of these steps times a power of ten that is not below the value."""
    decade = floor(log10(value))
    places = (float(f"{step}e{each}") for each in (decade, decade + 1) for step in steps)
    return next(place for place in places if place >= value * (1 - 1e-9))


def _luminance(colour: Rgb) -> float:
    """Relative luminance L of an sRGB colour, from 0 (black) to 1 (white)."""
    shares = [channel / 255 for channel in colour]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

"""`Across`: the x axis of a line chart: where x values stand, and its ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gradx.reporting.drawing.frame import ticked, words_below
from gradx.reporting.drawing.scales import FEW, Ticks, fitting, numbered, span, ticks
from gradx.reporting.drawing.texts import width_of
from gradx.reporting.elements import Axis

BESIDE = 0.15  # of the range: where 0 stands beside a log axis


@dataclass(frozen=True)
class Across:
    """An x axis.

    Attributes:
        values: all that stand on it, ascending, each once.
        log: whether it is logarithmic in the end: that takes a value above 0.
        zero: where those stand that a log axis has no place for; None if there are none.
    """

    axis: Axis
    values: Sequence[float]
    log: bool
    zero: float | None
    low: float
    high: float

    def at(self, x: Sequence[float]) -> NDArray[np.float64]:
        """The places of x values."""
        places = np.array([float(each) for each in x], dtype=np.float64)
        return places if self.zero is None else np.where(places > 0, places, self.zero)

    def share(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places as parts of the width, from 0 at the left to 1 at the right."""
        low, high = np.log10([self.low, self.high]) if self.log else (self.low, self.high)
        return ((np.log10(places) if self.log else places) - low) / (high - low)

    def draw(self, axes: Axes, room: float, letters: float) -> float:
        """Set range and ticks, in so many points; the points that the labels take below the axis."""
        axes.set_xscale("log" if self.log else "linear")
        axes.set_xlim(self.low, self.high)
        if self.axis.words:
            return words_below(axes, self.axis.words, room, letters)
        ticked(axes, "x", self._ticks(room, letters))
        if self.zero is not None:
            border = sqrt(self.zero) * sqrt(min(value for value in self.values if value > 0))
            axes.axvline(border, color="0.7", linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
        return letters

    def _ticks(self, room: float, letters: float) -> Ticks:
        beside = [value for value in self.values if self.log and value <= 0]
        zero = ([self.zero], ["0" if set(beside) == {0} else "≤ 0"]) if self.zero is not None else ([], [])
        usual = [value for value in self.values if value not in beside]
        if len(usual) <= FEW:
            found = [*zero[0], *usual], [*zero[1], *numbered(usual)]
            if len(self._fitting(found, room, letters)) == len(found[0]):
                return found
        for most in range(max(int(room / (4 * letters)), 3), 2, -1):
            places, labels = ticks(usual[0], usual[-1], self.log, most, self.axis.integer)
            found = [*zero[0], *places], [*zero[1], *labels]
            if len(self._fitting(found, room, letters)) == len(found[0]):
                break
        return found

    def _fitting(self, found: Ticks, room: float, letters: float) -> list[int]:
        widths = [letters * 2.2 if text.startswith("$") else width_of(text, letters) for text in found[1]]
        return fitting(list(self.share(np.array(found[0])) * room), widths, 0.8 * letters)


def across(axis: Axis, given: Sequence[float]) -> Across:
    """The x axis for these values."""
    values = sorted({float(value) for value in given if isfinite(value)})
    if axis.words:
        return Across(axis, values, False, None, -0.5, len(axis.words) - 0.5)
    above = [value for value in values if value > 0]
    if not axis.log or not above:
        low, high = span(values, False, margin=0.02)
        if axis.integer and values:  # there is no layer 0
            low, high = max(low, values[0] - 0.5), max(min(high, values[-1] + 0.5), values[-1])
        return Across(axis, values, False, None, low, high)
    if len(above) == len(values):
        return Across(axis, values, True, None, *span(above, True, 10.0 if len(above) == 1 else 1.0, 0.02))
    decades = max(np.log10(above[-1]) - np.log10(above[0]), 1.0)
    zero = float(above[0] / 10 ** (decades * BESIDE))
    return Across(axis, values, True, zero, *span([zero, *above], True, 1.0, 0.02))

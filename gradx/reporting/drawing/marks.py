"""What stands besides the lines: limits, events, and marks at the edge for what has no place on the scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from gradx.reporting.drawing.across import Across
from gradx.reporting.drawing.frame import LEADING
from gradx.reporting.drawing.scales import power
from gradx.reporting.drawing.style import GREY
from gradx.reporting.drawing.texts import plain, width_of
from gradx.reporting.elements import Event, Limit

NEAR = 1e3  # a limit of a log axis is shown where values come this close to it
ROW = 9.0  # points from one row of marks at the edge to the next
ROWS = 8
APART = 14.0  # points from one mark of a line to its next
EVENT_ROWS = 4
TOP, MINUS, UNKNOWN = r"$\infty$", r"$-\infty$", "$?$"
SIGNS = {"$0$": "zero", "$-$": "below 0", MINUS: "-inf", UNKNOWN: "NaN", TOP: "inf"}
"""Marks, and what they mean."""
Measured = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]
"""Places, values, and which of these were measured at all."""
HALO = withStroke(linewidth=2, foreground="white")


@dataclass(frozen=True)
class Mark:
    """One kind of mark of one line: 0 or below 0 at the bottom, inf at the top, NaN where it counts as; `row` counts
    from the edge."""

    line: int
    sign: str
    x: NDArray[np.float64]
    row: int
    top: bool


def edge_marks(lines: Sequence[Measured], log: bool, across: Across, room: float, worst: float = inf) -> list[Mark]:
    """What has no place on the scale; marks that would cover each other stand in rows of their own."""
    taken: dict[tuple[bool, int], set[float]] = {}
    found = []
    for number, (x, y, measured) in enumerate(lines):
        below = (y < 0) & np.isfinite(y) & log
        kinds = ((y == 0) & log, below, y == -np.inf, measured & np.isnan(y), y == np.inf)
        for sign, chosen in zip(SIGNS, kinds, strict=True):
            spots, top = _apart(x[chosen], across, room), sign == TOP or (sign == UNKNOWN and worst > 0)
            if not len(spots):
                continue
            free = (row for row in range(ROWS) if not taken.get((top, row), set()) & set(spots.tolist()))
            row = next(free, number % ROWS)
            taken.setdefault((top, row), set()).update(x[chosen].tolist())
            found.append(Mark(number, sign, spots, row, top))
    return found


def draw_marks(axes: Axes, marks: Sequence[Mark], colours: Sequence[str], panel: float) -> None:
    """Draw them on a panel so many points high."""
    edge = axes.get_xaxis_transform()  # x in data, y from 0 (bottom) to 1 (top)
    for mark in marks:
        height = (mark.row + 0.7) * ROW / panel
        heights = np.full(len(mark.x), 1 - height if mark.top else height)
        axes.plot(
            mark.x,
            heights,
            color=colours[mark.line],
            marker=mark.sign,
            markersize=size_of(mark.sign),
            markeredgewidth=0.4,
            linestyle="none",
            transform=edge,
            zorder=4,
        )


def size_of(sign: str) -> float:
    """Of a mark at the edge, in points: as wide as it needs."""
    return 11.0 if sign == MINUS else 6.5


def near(limits: Sequence[Limit], values: Sequence[float], log: bool) -> list[Limit]:
    """The limits that values come near: within a factor NEAR, on a linear axis within half of their range."""
    if not values:
        return []
    low, high = min(values), max(values)

    def is_near(limit: Limit) -> bool:
        below, edge = limit.beyond == "below", limit.value
        if log:
            return edge > 0 and (low / NEAR < edge if below else high > edge / NEAR)
        reach = (high - low) / 2
        return low - reach < edge if below else high + reach > edge

    return [limit for limit in limits if is_near(limit)]


def draw_limits(
    axes: Axes, limits: Sequence[Limit], bounds: tuple[float, float], up: float, room: float, letters: float
) -> None:
    """A line for each limit, what lies beyond shaded, and its label there.

    Args:
        bounds: of the y axis.
        up: points that a factor 10, or 1 on a linear axis, takes.
        room: points across.
    """
    log = axes.get_yscale() == "log"
    taken: dict[str, list[float]] = {"right": [], "left": []}
    heights = {limit: float(np.log10(limit.value) if log else limit.value) * up for limit in limits}
    for limit in sorted(limits, key=lambda limit: limit.value):
        below = limit.beyond == "below"
        axes.axhspan(
            *((bounds[0], limit.value) if below else (limit.value, bounds[1])), color="0.92", zorder=0, linewidth=0
        )
        axes.axhline(limit.value, color="0.45", linewidth=1.0, zorder=1)
        beside = [each for each in heights.values() if abs(heights[limit] - each) <= 2 * LEADING * letters]
        free = (side for side in taken if not set(taken[side]) & set(beside))
        if (side := next(free, None)) is None:
            continue
        taken[side].append(heights[limit])
        axes.annotate(
            plain(limit.label, room * (0.94 if len(beside) == 1 else 0.47), letters),
            (1 if side == "right" else 0, limit.value),
            xycoords=("axes fraction", "data"),
            xytext=(-4 if side == "right" else 4, -2 if below else 2),
            textcoords="offset points",
            va="top" if below else "bottom",
            ha=side,
            color="0.25",
            path_effects=[HALO],
            zorder=5,
        )


def zone(limit: Limit, up: float, letters: float, log: bool) -> float:
    """How far the axis must go on beyond a limit, so that there is room for its label."""
    least = 1.7 * letters / up
    if not log:
        return limit.value + (-least if limit.beyond == "below" else least)
    decades = max(least, float(np.log10(NEAR)))
    return power(float(np.log10(limit.value)) + (-decades if limit.beyond == "below" else decades))


@dataclass(frozen=True)
class Word:
    """The word of events at x, in a row above the axes (0 is the lowest), with a line down to them.

    Attributes:
        place: of the line, in points from the left.
        span: of the text, in points.
    """

    text: str
    x: float
    place: float
    span: tuple[float, float]
    row: int

    @property
    def to_left(self) -> bool:
        return self.span[1] == self.place

    def clear_of(self, other: "Word") -> bool:
        """Whether neither text covers the other, nor is crossed by the other's line."""
        if self.row == other.row:
            return self.span[1] <= other.span[0] or other.span[1] <= self.span[0]
        upper, lower = (self, other) if self.row > other.row else (other, self)
        return not lower.span[0] < upper.place < lower.span[1]


def event_words(events: Sequence[Event], across: Across, room: float, letters: float) -> tuple[list[Word], int]:
    """Where the words of events have room, each said once; and how many events are left without one."""
    spots: dict[str, list[float]] = {}
    for event in sorted(events, key=lambda event: event.x):
        if isfinite(event.x):
            spots.setdefault(event.label, []).append(float(across.at([event.x])[0]))
    found: list[Word] = []
    unsaid = 0
    for label, places in sorted(spots.items(), key=lambda item: -item[1][0]):
        place = float(across.share(np.array(places[:1]))[0]) * room
        side = max(place, room - place) - letters  # the wider one
        text = plain(f"{label} ×{len(places)}" if len(places) > 1 else label, side, letters)
        wide = width_of(text, letters) + letters
        spans = [(place, place + wide)] if place + wide <= room else []
        spans += [(place - wide, place)] if place >= wide or not spans else []
        words = (Word(text, places[0], place, span, row) for span in spans for row in range(EVENT_ROWS))
        word = next((word for word in words if all(map(word.clear_of, found))), None)
        if word is None:
            unsaid += len(places)
        else:
            found.append(word)
    return found, unsaid


def draw_events(
    axes: Axes, events: Sequence[Event], words: Sequence[Word], across: Across, letters: float
) -> list[Line2D]:
    """A vertical line for each event, and the words above the axes; one of the lines, for the legend."""
    shown = [event for event in events if isfinite(event.x)]
    lines = [
        axes.axvline(float(across.at([event.x])[0]), color=GREY, linewidth=1.0, linestyle=(0, (1, 1.5)), zorder=1.5)
        for event in shown
    ]
    for word in words:
        axes.annotate(
            word.text,
            (word.x, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 3 + word.row * LEADING * letters),
            textcoords="offset points",
            ha="right" if word.to_left else "left",
            va="bottom",
            color="0.25",
            path_effects=[HALO],
            arrowprops={
                "arrowstyle": "-",
                "color": GREY,
                "linewidth": 0.8,
                "shrinkA": 0,
                "shrinkB": 0,
                "relpos": (1.0 if word.to_left else 0.0, 0.0),
            },
        )
    return lines[:1]


def _apart(x: NDArray[np.float64], across: Across, room: float) -> NDArray[np.float64]:
    """Those of some places that are `APART` points from each other, and the last one if it can be seen."""
    kept: list[int] = []
    spots = across.share(x) * room
    for place, spot in enumerate(spots):
        last = place == len(spots) - 1
        if not kept or spot - spots[kept[-1]] >= (APART / 2 if last else APART):
            kept.append(place)
    return x[kept]

"""`draw_lines`: a `LineChart` on a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, NullFormatter
from numpy.typing import NDArray

from gradx.reporting.drawing.across import Across, across
from gradx.reporting.drawing.frame import LEADING, POINTS, SIDE, labelled, legend, nothing, points_of, ticked, titled
from gradx.reporting.drawing.marks import (
    ROW,
    SIGNS,
    Mark,
    draw_events,
    draw_limits,
    draw_marks,
    edge_marks,
    event_words,
    near,
    size_of,
    zone,
)
from gradx.reporting.drawing.scales import LARGEST, multiples, power, span, ticks
from gradx.reporting.drawing.style import COLOURS, GREY, LINES, MARKERS, PREDICTED
from gradx.reporting.drawing.texts import plain
from gradx.reporting.elements import Limit, LineChart, Series
from gradx.reporting.text import count

SHAPE = 0.52  # height of a panel over the width of the figure
LEAST_PANEL = 90.0  # points
MINOR = 8.0  # decades up to which a log axis has minor ticks
INNER = 2.0  # factor within which the line of a limit is off the edge of a log axis
LIGHT = 1 / 3  # of a band's opacity, where it has no end
OPEN = 6.0  # points that such a place alone is wide
DODGE = 0.12  # of the room of a word, between series that stand side by side there


@dataclass(frozen=True)
class _Line:
    """A series made ready: places, values (NaN where None), and which of these have a place on the scale."""

    series: Series
    colour: str
    place: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    measured: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def draw_lines(figure: Figure, chart: LineChart, height: float | None = None) -> None:
    """Draw it, and make the figure as high as it needs, or as `height` says."""
    width, letters = points_of(figure)
    axes, room = figure.add_subplot(), width - SIDE * letters
    axes.set_autoscale_on(False)  # ranges are ours: matplotlib's own overflow near the ends of a double
    floor = across(chart.x, [x for series in chart.series for x in series.x] + [event.x for event in chart.events])
    lines = _lines(chart, floor)
    if not any(line.measured.any() for line in lines):
        besides = titled(axes, chart.title, room, letters)
        nothing(axes)
        _set_height(figure, besides, height)
        return
    words, unsaid = event_words(chart.events, floor, room, letters)
    besides = titled(
        axes, chart.title, room, letters, max((word.row + 1 for word in words), default=0) * LEADING * letters
    )
    besides += floor.draw(axes, room, letters) + 2.5 * letters + 8
    marks = edge_marks([(line.x, line.y, line.measured) for line in lines], chart.y.log, floor, room, chart.worst)
    handles = [(_draw(axes, line, len(lines), chart), line.series.label) for line in lines]
    marked = draw_events(axes, chart.events, words, floor, letters)
    entries = [(handle, label) for handle, label in handles if label]
    entries += [(_sign(sign), meaning) for sign, meaning in SIGNS.items() if sign in {mark.sign for mark in marks}]
    entries += [(marked[0], count(unsaid, "more event"))] if unsaid else []
    besides += legend(figure, [handle for handle, _ in entries], [label for _, label in entries])
    panel = _set_height(figure, besides, height)
    _upright(axes, chart, lines, marks, (room, panel), letters)
    scale = ", log scale" if chart.y.log else ""
    labelled(axes, chart.x.label, f"{chart.y.label}{scale}", (room, panel), letters)
    axes.grid(True, which="major", color="0.9", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _lines(chart: LineChart, floor: Across) -> list[_Line]:
    predicted = [series for series in chart.series if series.predicted]
    amount = len(chart.series) - len(predicted)
    paired = len(predicted) == amount > 1  # each prediction has the colour of what it predicts
    found, counts = [], {True: 0, False: 0}
    for series in chart.series:
        place = counts[series.predicted]
        counts[series.predicted] += 1
        colour = GREY if series.predicted and not paired else COLOURS[place % len(COLOURS)]
        shift = (
            (counts[False] - 1 - (amount - 1) / 2) * min(DODGE, 0.8 / max(amount, 1)) if not series.predicted else 0.0
        )
        x = floor.at(series.x) + (shift if chart.x.words else 0.0)
        y = _array(series.y)
        y = y if chart.y.log else np.where(np.isfinite(y), np.clip(y, -LARGEST, LARGEST), y)
        with np.errstate(invalid="ignore"):
            usable = np.isfinite(y) & ((y > 0) | (not chart.y.log))
        measured = np.array([value is not None for value in series.y], dtype=bool)
        bounds = [_array(side) if len(side) else np.full(len(y), np.nan) for side in (series.low, series.high)]
        found.append(_Line(series, colour, place, x, y, measured, usable, *bounds))
    return found


def _draw(axes: Axes, line: _Line, amount: int, chart: LineChart) -> Line2D:
    """The line through what is on the scale, or marks alone over words, between which there is nothing.

    Bands wait until the range of the axis is known.
    """
    predicted, words = line.series.predicted, bool(chart.x.words)
    (drawn,) = axes.plot(
        line.x,
        np.where(line.usable, line.y, np.nan),
        color=line.colour,
        linestyle="none"
        if words
        else PREDICTED[line.place % len(PREDICTED)]
        if predicted
        else LINES[line.place % len(LINES)],
        linewidth=1.5,
        marker="none"
        if predicted and not words
        else "_"
        if predicted
        else MARKERS[(line.place + line.place // len(COLOURS)) % len(MARKERS)],
        markersize=14 if predicted and words else 6 if words else 5 if amount <= 8 else 4,
        markeredgewidth=1.5 if predicted else 0.5,
        markeredgecolor=line.colour if predicted else "white",
        markevery=None if words else _marked(line.usable, line.place),
        clip_on=chart.top is not None,  # else not: half of a marker at the edge looks like another one
        zorder=3 if predicted else 2.5,
        label=plain(line.series.label),
        path_effects=[withStroke(linewidth=2.6, foreground="white")] if predicted else None,
    )
    return drawn


def _upright(
    axes: Axes,
    chart: LineChart,
    lines: Sequence[_Line],
    marks: Sequence[Mark],
    room: tuple[float, float],
    letters: float,
) -> None:
    """The y axis, and all that depends on its range; `room` across and up."""
    log, panel = chart.y.log, room[1]
    bounds, limits, up = _bounds(chart, lines, marks, panel, letters)
    axes.set_yscale("log" if log else "linear")
    axes.set_ylim(*bounds)
    axes.tick_params(axis="y", which="both", left=any(line.usable.any() for line in lines))
    if not any(line.usable.any() for line in lines):  # a scale of nothing
        ticked(axes, "y", ([], []))
    else:
        ticked(axes, "y", ticks(*bounds, log, max(int(panel / (2.6 * letters)), 3), chart.y.integer))
        if log and log10(bounds[1]) - log10(bounds[0]) <= MINOR:
            axes.yaxis.set_minor_locator(FixedLocator(multiples(*bounds, range(2, 10))))
            axes.yaxis.set_minor_formatter(NullFormatter())
    for line in lines:
        _band(axes, line, bounds, len(lines), bool(chart.x.words))
    if chart.reference is not None and bounds[0] < chart.reference < bounds[1]:
        axes.axhline(chart.reference, color="0.35", linewidth=0.8, zorder=1.2)
    draw_limits(axes, limits, bounds, up, room[0], letters)
    draw_marks(axes, marks, [line.colour for line in lines], panel)


def _bounds(
    chart: LineChart, lines: Sequence[_Line], marks: Sequence[Mark], panel: float, letters: float
) -> tuple[tuple[float, float], list[Limit], float]:
    """The range of the y axis with room for all, the limits within, and the points that 1, or a factor 10, takes."""
    log = chart.y.log
    found = np.concatenate([part for line in lines for part in (line.y[line.usable], line.low, line.high)])
    top = inf if chart.top is None else chart.top
    values = [float(value) for value in found if np.isfinite(value) and value <= top and (value > 0 or not log)]
    low, high = span(values, log)
    if (reference := chart.reference) is not None and (not log or reference > 0):
        apart = high - low if not log else 0.0
        if (low / 30 < reference < high * 30) if log else (low - apart < reference < high + apart):
            low, high = span([low, high, reference], log, margin=0.0)
    limits = near(chart.limits, values, log)
    up = panel / ((log10(high) - log10(low)) if log else high - low)
    for limit in limits:
        edge = zone(limit, up * 0.8, letters, log)
        inner = limit.value * INNER ** (1 if limit.beyond == "below" else -1) if log else limit.value
        low, high = min(low, edge, inner), max(high, edge, inner)
    rows = {top: max((mark.row + 1.2 for mark in marks if mark.top == top), default=0.0) * ROW for top in (False, True)}
    free = max(panel - rows[False] - rows[True], panel * 0.2)
    if log:
        decades = (log10(high) - log10(low)) / free
        low, high = power(log10(low) - decades * rows[False]), power(log10(high) + decades * rows[True])
        return (low, high), limits, panel / (log10(high) - log10(low))
    each = (high - low) / free
    low, high = max(low - each * rows[False], -LARGEST), min(high + each * rows[True], LARGEST)
    return (low, high), limits, panel / (high - low)


def _band(axes: Axes, line: _Line, bounds: tuple[float, float], amount: int, words: bool) -> None:
    """The band around a line; a bar where it has no neighbour.

    Where it has no end it goes to the edge, lighter beyond the line, so that it does not look like what was measured,
    and only there: between such a place and one with an end nothing is known to be open.
    """
    with np.errstate(invalid="ignore"):
        known = ~(np.isnan(line.low) | np.isnan(line.high))
    if not known.any():
        return
    low, high = (np.clip(side, *bounds) for side in (line.low, line.high))
    inner = [np.where(line.usable, np.clip(line.y, *bounds), other) for other in (high, low)]
    below, above = (line.low == -np.inf) & (line.high > -np.inf), (line.high == np.inf) & (line.low < np.inf)
    first, last = np.where(line.low == -np.inf, inner[0], low), np.where(line.high == np.inf, inner[1], high)
    sure = known & (line.usable | (np.isfinite(line.low) & np.isfinite(line.high)))
    alpha = 0.2 if amount <= 5 else 0.12
    open_ends = [(mask, *ends, LIGHT) for mask, *ends in ((below, low, first), (above, last, high))]
    parts = [(sure & mask, *rest) for mask, *rest in ((sure, first, last, 1.0), *open_ends)]
    parts += [(~sure & mask, *rest) for mask, *rest in open_ends]  # not joined: there is no line between
    for where, start, end, part in parts:
        bars = where if words else where & ~np.r_[False, where[:-1]] & ~np.r_[where[1:], False]
        if not words and (where & ~bars).any():
            shared = {"where": where.tolist(), "color": line.colour, "linewidth": 0, "zorder": 2}
            axes.fill_between(line.x, start, end, alpha=alpha * part, **shared)
        if bars.any():
            axes.vlines(
                line.x[bars],
                start[bars],
                end[bars],
                color=line.colour,
                linewidth=1.2 if part == 1 else OPEN,
                alpha=1.0 if part == 1 else alpha,
                zorder=2.4,
            )


def _marked(usable: NDArray[np.bool_], place: int) -> list[int]:
    """Some ten places for markers, others on each line, and those without a neighbour, where no line could be seen."""
    places = np.flatnonzero(usable)
    alone = [each for each in places if not usable[max(each - 1, 0) : each + 2].sum() > 1]
    step = max(len(places) // 10, 1)
    return sorted({*places[place % step :: step].tolist(), *map(int, alone)})


def _set_height(figure: Figure, besides: float, height: float | None) -> float:
    """Make the figure high enough for what stands besides the panel; the height of the panel in points."""
    wanted = figure.get_figwidth() * POINTS * SHAPE if height is None else height * POINTS - besides
    panel = max(wanted, LEAST_PANEL)
    figure.set_figheight((panel + besides) / POINTS)
    return panel


def _sign(sign: str) -> Line2D:
    """What stands in the legend for marks at the edge."""
    return Line2D([], [], linestyle="none", color=GREY, marker=sign, markersize=size_of(sign), markeredgewidth=0.4)


def _array(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

"""`sparks`: the lines of a chart in one line of text each, on one scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite, log10, nan

from gradx.reporting.elements import LineChart, Series
from gradx.reporting.terminal.layout import Column
from gradx.reporting.terminal.sparkline import ASCII, BLOCKS, Glyphs
from gradx.reporting.text import number, spec_texts

MOST = 60  # columns of a line
WIDEST = 4  # columns of one place
DIGITS = 3
FEW = 3  # places that are named
LARGEST = 308.2547  # 10 to it is still a float


@dataclass(frozen=True)
class Sparks:
    """Columns with a row for each line, and what they mean."""

    columns: Sequence[Column]
    note: str


def sparks(chart: LineChart, most: int, width: int, ascii_only: bool = False) -> Sparks | None:
    """The first `most` lines of a chart: label, course, values at both ends; None where no line has two places.

    Zero (on a logarithmic scale), inf, NaN and missing are marked as `0`, `∞`, `?` and a blank. Where places outnumber
    columns, a column is the mean of several (on a logarithmic scale the geometric one).

    Args:
        chart: whose lines are shown.
        most: lines.
        width: columns of the terminal for all.
        ascii_only: for consoles that cannot show block characters.
    """
    shown = chart.series[:most]
    places = sorted({float(x) for series in shown for x in series.x})
    if len(places) < 2:
        return None
    glyphs, log = ASCII if ascii_only else BLOCKS, chart.y.log
    scale = scale_of((value for series in shown for value in series.y), log)
    room = max(min(width // 2, MOST), 8)
    bins = min(len(places), room)
    lines = [_line(_binned(series, places, bins, log), scale, log, glyphs) for series in shown]
    span = max(min(room // bins, WIDEST), 1)
    labels = Column("", [(series.label, "bold") for series in shown], whole=len(shown) > 1)
    courses = Column(_across(chart, places), [("".join(c * span for c in line), "") for line in lines], whole=True)
    first, last = ([_end(series, place) for series in shown] for place in (0, -1))
    return Sparks(
        [
            labels,
            courses,
            Column("first", [(text, "") for text in first], right=True, rank=2),
            Column("last", [(text, "") for text in last], right=True, rank=1),
        ],
        _note(chart, scale, len(chart.series) - len(shown), glyphs, lines, bins < len(places)),
    )


def scale_of(values: Iterable[float | None], log: bool) -> tuple[float, float] | None:
    """Lowest and highest of what has a place, as logarithms on a logarithmic scale; None where nothing has."""
    found = [_at(value, log) for value in values if value is not None]
    usable = [value for value in found if isfinite(value)]
    return (min(usable), max(usable)) if usable else None


def _at(value: float, log: bool) -> float:
    """Where a value stands; NaN where it has no place."""
    if not isfinite(value) or (log and value <= 0):
        return nan
    return log10(value) if log else float(value)


def _binned(series: Series, places: Sequence[float], bins: int, log: bool) -> list[list[float]]:
    """The values of a line by column."""
    number = {place: at for at, place in enumerate(places)}
    found: list[list[float]] = [[] for _ in range(bins)]
    for x, value in zip(series.x, series.y, strict=True):
        if value is not None:
            found[number[float(x)] * bins // len(places)].append(value)
    return found


def _line(bins: Sequence[Sequence[float]], scale: tuple[float, float] | None, log: bool, glyphs: Glyphs) -> str:
    return "".join(mark(values, scale, log, glyphs) for values in bins)


def mark(values: Sequence[float], scale: tuple[float, float] | None, log: bool, glyphs: Glyphs) -> str:
    """A character for the mean of some values: what has no place on the scale stays visible before what has.

    Args:
        values: of one place; none for a blank.
        scale: from `scale_of` all values.
        log: whether it is logarithmic.
        glyphs: for this console.
    """
    if not values:
        return " "
    if any(value != value or (log and value < 0) for value in values):
        return "?"
    if any(not isfinite(value) for value in values):
        return glyphs.inf if max(values) > 0 else "-"
    if log and 0 in values:
        return glyphs.zero
    low, high = scale or (0.0, 0.0)
    return _level(sum(_at(value, log) / len(values) for value in values), low, high, glyphs)


def _level(place: float, low: float, high: float, glyphs: Glyphs) -> str:
    """The block for a place between two ends; the middle one where these are one."""
    steps = len(glyphs.levels) - 1
    if high == low:
        return glyphs.levels[(steps + 1) // 2]
    part = (place / 2 - low / 2) / (high / 2 - low / 2)  # halves: the whole may overflow
    return glyphs.levels[1 + min(max(int(part * steps), 0), steps - 1)]


def _across(chart: LineChart, places: Sequence[float]) -> str:
    if chart.x.words:
        names = [chart.x.words[int(place)] for place in places if 0 <= int(place) < len(chart.x.words)]
        return f"{chart.x.label}: {', '.join(names) if len(names) <= FEW else f'{names[0]} … {names[-1]}'}"
    first, last = spec_texts([places[0], places[-1]])
    return f"{chart.x.label} {first} … {last}"


def _end(series: Series, place: int) -> str:
    return number(series.y[place], DIGITS) if len(series.y) else "-"


def _note(
    chart: LineChart,
    scale: tuple[float, float] | None,
    left: int,
    glyphs: Glyphs,
    lines: Sequence[str],
    binned: bool,
) -> str:
    """What the lines are of, which average of the runs they show first of all."""
    average = chart.caption.partition(";")[0].rstrip(".").replace(". ", ", ")
    facts = [", ".join(filter(None, [chart.y.label, f"{average[:1].lower()}{average[1:]}"]))]
    if scale is not None:
        low, high = (10 ** min(end, LARGEST) if chart.y.log else end for end in scale)
        logarithmic = ", logarithmic" if chart.y.log else ""
        facts.append(
            f"{glyphs.levels[1]} {number(low, DIGITS)} to {glyphs.levels[-1]} {number(high, DIGITS)}{logarithmic}"
        )
    marks = {glyphs.zero: "exactly zero", glyphs.inf: "infinite", "?": "not a number", " ": "missing"}
    text = "".join(lines)
    facts += [f"{mark if mark != ' ' else 'blank'}: {word}" for mark, word in marks.items() if mark in text]
    facts += [f"each column the {'geometric ' if chart.y.log else ''}mean of several places"] if binned else []
    facts += [f"{left} more lines"] if left > 0 else []
    return "; ".join(facts)

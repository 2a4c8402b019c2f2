"""A mini chart in plain text: a positive profile, such as the gradient norm by layer, on a log scale."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, isinf, isnan, log10
from textwrap import wrap
from typing import NamedTuple

MIN_WIDTH = 20  # below, lines may be longer than asked for
MIN_DECADES = 2  # shown at least: a range stretched to a flat profile would make it look steep
MAX_BAR = 6  # columns for one position


class Glyphs(NamedTuple):
    """Characters of a chart: `levels` from empty to full, and the marks of what has no place on a log scale."""

    levels: str
    axis: str
    zero: str = "0"
    inf: str = "∞"
    nan: str = "?"


BLOCKS = Glyphs(" ▁▂▃▄▅▆▇█", "│")
ASCII = Glyphs(" .:#", "|", inf="i")


def sparkline(
    positions: Sequence[int],
    values: Sequence[float | None],
    *,
    width: int = 80,
    height: int = 5,
    unit: str = "position",
    scale: tuple[int, int] | None = None,
    ascii_only: bool = False,
) -> list[str]:
    """The lines of a bar chart of `values` by `positions`: `height` rows, the x axis, and a legend where one is needed.

    Zero, inf, NaN and missing are four things: `0` at the bottom, `∞` at the top, `?` above the bottom, and a blank.
    Where positions outnumber columns, a column is the geometric mean of several, and the marks of all of them stay
    visible. Nothing present gives no lines.

    Args:
        positions: layer or time numbers, in any order.
        values: one for each position; None is missing, as is a position that is left out. What is below zero cannot be
            a norm and is marked as NaN is.
        width: columns at most, from 20.
        height: rows of bars, from 3.
        unit: what a position is, for the x axis.
        scale: the powers of ten at bottom and top; by default those around the values (see `decades`).
        ascii_only: for consoles that cannot show block characters.
    """
    glyphs, height = ASCII if ascii_only else BLOCKS, max(height, 3)
    present = [(position, value) for position, value in zip(positions, values, strict=True) if value is not None]
    if not present:
        return []
    scale = scale or decades(value for _, value in present)
    labels = _labels(scale, height)
    margin = max(map(len, labels))
    first, count = min(positions), max(positions) - min(positions) + 1
    columns = max(width, MIN_WIDTH) - margin - 2
    bins = [_Bin() for _ in range(min(count, columns))]
    for position, value in present:
        bins[(position - first) * len(bins) // count].add(value)
    span = min(columns // len(bins), MAX_BAR)
    rows = _rows(bins, span, height, scale, glyphs)
    lines = [f"{label:>{margin}} {glyphs.axis}{row}".rstrip() for label, row in zip(labels, rows, strict=True)]
    lines.append(" " * (margin + 2) + _axis(first, max(positions), len(bins) * span, columns, unit))
    return lines + wrap(", ".join(_legend(bins, count, unit, glyphs)), max(width, MIN_WIDTH))


def decades(values: Iterable[float | None]) -> tuple[int, int] | None:
    """The powers of ten that enclose the positive finite values, at least two apart; None where there are none."""
    usable = [log10(value) for value in values if value is not None and _on_scale(value)]
    if not usable:
        return None
    low, high = floor(min(usable)), ceil(max(usable))
    low -= high - low < MIN_DECADES
    return low, high + (high - low < MIN_DECADES)


@dataclass
class _Bin:
    """The positions that share a column: decimal logs of what is on the scale, and which marks are among the others."""

    logs: list[float] = field(default_factory=list)
    zero: bool = False
    inf: bool = False
    nan: bool = False

    def add(self, value: float) -> None:
        if _on_scale(value):
            self.logs.append(log10(value))
        elif value == 0:
            self.zero = True
        elif isinf(value) and value > 0:
            self.inf = True
        else:
            self.nan = True

    @property
    def empty(self) -> bool:
        return not (self.logs or self.zero or self.inf or self.nan)


def _on_scale(value: float) -> bool:
    return value > 0 and not isinf(value) and not isnan(value)


def _labels(scale: tuple[int, int] | None, height: int) -> list[str]:
    """One label for each row from the top: the decades at both ends, and in the middle where it is a whole one."""
    labels = [""] * height
    if scale is not None:
        low, high = scale
        labels[0], labels[-1] = f"1e{high:+03d}", f"1e{low:+03d}"
        if height % 2 and (low + high) % 2 == 0:
            labels[height // 2] = f"1e{(low + high) // 2:+03d}"
    return labels


def _rows(bins: list[_Bin], span: int, height: int, scale: tuple[int, int] | None, glyphs: Glyphs) -> list[str]:
    """The rows of bars from the top; wide bars leave a gap to the next."""
    bar = span - 1 if span > 2 else span
    drawn = [_column(one, height, scale, glyphs) for one in bins]
    rows = []
    for row in range(height):
        cells = [column[row] for column in drawn]
        filled = (cell * bar if cell in glyphs.levels else cell.center(bar) for cell in cells)
        rows.append("".join(text.ljust(span) for text in filled))
    return rows


def _column(one: _Bin, height: int, scale: tuple[int, int] | None, glyphs: Glyphs) -> list[str]:
    """The cells of one column from the top."""
    cells = [" "] * height
    steps = len(glyphs.levels) - 1
    if one.logs and scale is not None:
        mean = sum(one.logs) / len(one.logs)
        level = round((mean - scale[0]) / (scale[1] - scale[0]) * height * steps)
        level = min(max(level, 1), height * steps)  # what is there never looks missing
        cells = [glyphs.levels[min(max(level - row * steps, 0), steps)] for row in reversed(range(height))]
    for there, row, mark in ((one.inf, 0, glyphs.inf), (one.nan, -2, glyphs.nan), (one.zero, -1, glyphs.zero)):
        if there:
            cells[row] = mark
    return cells


def _axis(first: int, last: int, drawn: int, columns: int, unit: str) -> str:
    """First and last position under their bars, the unit between them or, where there is no room, behind them."""
    left, right = str(first), str(last) if last > first else ""
    room = drawn - len(left) - len(right)
    if room >= len(unit) + 2:
        return f"{left}{unit:^{room}}{right}".rstrip()
    text = f"{left}{' ' * room}{right}" if room > 0 else "-".join(filter(None, (left, right)))
    return f"{text} {unit}"[:columns].rstrip()


def _legend(bins: list[_Bin], count: int, unit: str, glyphs: Glyphs) -> list[str]:
    """What the marks mean that are in the chart."""
    found = [
        (any(one.zero for one in bins), f"{glyphs.zero} exactly zero"),
        (any(one.inf for one in bins), f"{glyphs.inf} infinite"),
        (any(one.nan for one in bins), f"{glyphs.nan} not a number"),
        (any(one.empty for one in bins), "blank: missing"),
        (count > len(bins), f"each column the geometric mean of up to {ceil(count / len(bins))} {unit}s"),
    ]
    return [text for there, text in found if there]

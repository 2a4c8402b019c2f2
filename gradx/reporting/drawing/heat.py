"""`draw_heat`: a `HeatMap` on a figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from gradx.reporting.colours import ink
from gradx.reporting.drawing.cells import MISSING, Cells, Kind, cells_of
from gradx.reporting.drawing.frame import POINTS, labelled, legend, nothing, points_of, ticked, titled, words_below
from gradx.reporting.drawing.scales import fitting, numbered, ticks
from gradx.reporting.drawing.texts import distinct, plain, width_of
from gradx.reporting.elements import HeatMap
from gradx.reporting.text import is_number, number, spec_texts

WRITTEN = 150  # cells up to which there are numbers in them
RASTER = 2500  # cells from which on they are an image within the vector file
ROW_LABEL = 0.26  # of the width, which the label of a row may take
BAR = 6.0  # sizes that the colour bar takes with its numbers
BAR_WIDTH = 9.0  # points
LEAST, SHAPE = 100.0, 0.85  # height of a panel by itself: points at least, and over the width at most


def draw_heat(figure: Figure, chart: HeatMap, height: float | None = None) -> None:
    """Draw it, and make the figure as high as it needs, or as `height` says."""
    width, letters = points_of(figure)
    axes, found = figure.add_subplot(), cells_of(chart)
    if not found.anything:
        besides = titled(axes, chart.title, width * 0.9, letters)
        nothing(axes)
        figure.set_figheight(max(besides + LEAST, (height or 0.0) * POINTS) / POINTS)
        return
    rows = distinct(spec_texts(chart.rows), ROW_LABEL * width, letters)
    bar = BAR * letters if found.norm is not None else 0.0
    room = width - max(width_of(text, letters) for text in rows) - 3 * letters - bar - 12
    besides = titled(axes, chart.title, room + bar, letters, 3.0 if bar else 0.0) + 2.5 * letters + 8
    besides += _across(axes, chart.columns, room, letters)
    least = max(min(len(rows) * 2.2 * letters, SHAPE * width), LEAST)
    cell = room / len(chart.columns), least / len(rows)
    signs = _signs(found, cell, letters)
    kinds = [place for place, kind in enumerate(found.kinds) if chart.words or not signs or kind.label == MISSING]
    hatched = {place for place in kinds if not signs or found.kinds[place].label == MISSING}
    entries = [found.kinds[place] for place in kinds]
    patches = [_patch(kind, place in hatched) for place, kind in zip(kinds, entries, strict=True)]
    besides += legend(figure, patches, [_explained(kind) for kind in entries])
    panel = max(least if height is None else height * POINTS - besides, LEAST)
    figure.set_figheight((panel + besides) / POINTS)
    mesh = _coloured(axes, found)
    _special(axes, found, hatched)
    _up(axes, chart.rows, rows, panel, letters)
    _write(axes, found, signs)
    labelled(axes, chart.x.label, chart.y.label, (room, panel), letters)
    axes.tick_params(length=2)
    axes.spines[:].set(color="0.7", linewidth=0.6)
    if found.norm is not None:
        _bar(figure, axes, mesh, found, chart, (room, panel), letters)


def _coloured(axes: Axes, found: Cells) -> QuadMesh:
    """The cells on the scale; white lines between them where they are few."""
    rows, columns = found.codes.shape
    mesh = axes.pcolormesh(
        np.arange(columns + 1) - 0.5,
        np.arange(rows + 1) - 0.5,
        np.ma.masked_invalid(found.scaled),
        cmap=found.map,
        norm=found.norm,
        rasterized=found.codes.size > RASTER,
    )
    if found.codes.size <= WRITTEN:
        axes.vlines(np.arange(columns - 1) + 0.5, -0.5, rows - 0.5, color="white", linewidth=0.8, zorder=3)
        axes.hlines(np.arange(rows - 1) + 0.5, -0.5, columns - 0.5, color="white", linewidth=0.8, zorder=3)
    axes.set_xlim(-0.5, columns - 0.5)
    return mesh


def _special(axes: Axes, found: Cells, hatched: set[int]) -> None:
    """The cells of each other kind: neighbours in a row as one rectangle."""
    for place, kind in enumerate(found.kinds):
        patches = []
        for row, flags in enumerate(found.codes == place):
            ends = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(int)))
            pairs = zip(ends[::2], ends[1::2], strict=True)
            patches += [Rectangle((first - 0.5, row - 0.5), last - first, 1) for first, last in pairs]
        hatch = kind.hatch if place in hatched and kind.hatch else None
        axes.add_collection(
            PatchCollection(patches, facecolor=kind.colour, edgecolor=kind.line, hatch=hatch, linewidth=0, zorder=2)
        )


def _patch(kind: Kind, hatched: bool) -> Patch:
    hatch = kind.hatch if hatched and kind.hatch else None
    return Patch(facecolor=kind.colour, edgecolor=kind.line, hatch=hatch, linewidth=0.4)


def _explained(kind: Kind) -> str:
    """Of a kind in the legend: its sign, where that is not its name."""
    return kind.label if kind.sign in ("", kind.label) else f"{kind.sign} {kind.label}"


def _across(axes: Axes, columns: Sequence[Any], room: float, letters: float) -> float:
    """The ticks below; the points that they take."""
    texts = numbered(columns) if _is_numeric(columns) else spec_texts(columns)
    if not _is_numeric(columns):
        return words_below(axes, texts, room, letters)
    middles = [room / len(texts) * (place + 0.5) for place in range(len(texts))]
    chosen = fitting(middles, [width_of(text, letters) for text in texts], 0.45 * letters)
    ticked(axes, "x", ([float(place) for place in chosen], [texts[place] for place in chosen]))
    return letters


def _up(axes: Axes, rows: Sequence[Any], texts: Sequence[str], panel: float, letters: float) -> None:
    """The ticks at the left. Numbers go up, depth as on paper; texts go down, as they are read."""
    middles = [panel / len(rows) * (place + 0.5) for place in range(len(rows))]
    chosen = fitting(middles, [letters] * len(rows), 0.2 * letters)
    ticked(axes, "y", ([float(place) for place in chosen], [texts[place] for place in chosen]))
    ends = (-0.5, len(rows) - 0.5)
    axes.set_ylim(*(ends if _is_numeric(rows) else ends[::-1]))


def _signs(found: Cells, cell: tuple[float, float], letters: float) -> dict[tuple[int, int], str]:
    """What is written in the cells, by row and column: numbers and signs if these have room, else signs alone."""
    if found.codes.size > WRITTEN or cell[1] < 1.2 * letters:
        return {}
    for digits in (3, 2, 0):
        signs = {
            (row, column): _sign(found, row, column, digits)
            for row in range(len(found.codes))
            for column in range(len(found.codes[row]))
        }
        if all(width_of(text, letters) + 3 <= cell[0] for text in signs.values()):
            return signs if any(signs.values()) else {}
    return {}


def _sign(found: Cells, row: int, column: int, digits: int) -> str:
    code, value = found.codes[row, column], float(found.values[row, column])
    text = numbered([float(number(value, digits))])[0] if digits and np.isfinite(value) else ""
    if code < 0:
        return text
    sign = found.kinds[code].sign
    return f"{sign} {text}".strip() if found.norm is None and text and sign else sign


def _write(axes: Axes, found: Cells, signs: dict[tuple[int, int], str]) -> None:
    for (row, column), text in signs.items():
        code, scaled = found.codes[row, column], found.scaled[row, column]
        on_scale = code < 0 and found.norm is not None
        colour = to_hex(found.map(float(found.norm(scaled)))) if on_scale else found.kinds[code].colour  # type: ignore[misc]
        axes.text(column, row, plain(text), ha="center", va="center", color=ink(colour), zorder=4)


def _bar(
    figure: Figure, axes: Axes, mesh: QuadMesh, found: Cells, chart: HeatMap, room: tuple[float, float], letters: float
) -> None:
    """The scale of colours at the right."""
    bar = figure.colorbar(mesh, ax=axes, pad=0.015, fraction=BAR_WIDTH / room[0], aspect=room[1] / BAR_WIDTH)
    places, labels = ticks(*found.bounds, found.log, max(int(room[1] / (2.2 * letters)), 3), chart.value.integer)
    bar.ax.yaxis.set_major_locator(FixedLocator(list(np.log10(places)) if found.log else places))
    bar.ax.yaxis.set_major_formatter(FixedFormatter(labels))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.tick_params(length=2)
    bar.outline.set_visible(False)
    bar.set_label(plain(chart.value.label, room[1], letters))


def _is_numeric(values: Sequence[Any]) -> bool:
    return all(map(is_number, values))

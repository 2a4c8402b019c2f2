"""Figures of gradient profiles: pure functions that give matplotlib figures, and `save`, which is reproducible.

The colours are those of Okabe and Ito (2008), which people with any colour vision can tell apart; markers and line
styles differ, too.
"""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    import pandas as pd

Entry = tuple[str, "pd.DataFrame"]
"""A label, and the rows of one profile: columns `index` (layer or time step, each once) and `value` (gradient norm)."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":")
NAMES = {"depth": "layer", "time": "time step"}

UNDERFLOW = 2.6e-23  # the square of anything smaller is 0 in float32: half the smallest subnormal, 2^-150, and its root
OVERFLOW = 1.8e19  # the square of anything larger is inf in float32
MIN_RANGE = 100.0  # top over bottom, at least
NEAR = 1e3  # a limit is shown where values come this close to it
SIZE = 10.0  # points


def profiles(entries: Sequence[Entry], axis: Literal["depth", "time"], title: str = "") -> Figure:
    """Gradient norms by layer or time step on a log axis, one line for each entry.

    What has no place on a log axis stands at its edge: 0 at the bottom, inf at the top, `?` (NaN) above the bottom. A
    missing position is a gap.
    """
    with matplotlib.rc_context({"font.size": SIZE}):
        figure = Figure(figsize=(7.0, 4.4), layout="constrained")
        _draw(figure.add_subplot(), entries, axis, title)
    return figure


def overview(depth_entries: Sequence[Entry], time_entries: Sequence[Entry]) -> Figure:
    """Two panels beside each other: gradient norms by layer and by time step."""
    with matplotlib.rc_context({"font.size": SIZE}):
        figure = Figure(figsize=(11.0, 4.4), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw(left, depth_entries, "depth", "Through depth")
        _draw(right, time_entries, "time", "Through time")
    return figure


def save(figure: Figure, path: Path) -> None:
    """Writes a figure as SVG, PNG or PDF by the suffix of `path`: the same figure, the same bytes.

    Raises OSError, or ValueError for another suffix.
    """
    dates: dict[str, dict[str, str | None]] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}
    if path.suffix not in dates:
        raise ValueError(f"cannot write {path.suffix or 'a file without suffix'!r} (allowed: {', '.join(dates)})")
    with matplotlib.rc_context({"svg.hashsalt": "gradx"}):
        figure.savefig(path, dpi=150, metadata=dates[path.suffix])


def _draw(axes: Axes, entries: Sequence[Entry], axis: Literal["depth", "time"], title: str) -> None:
    axes.set_yscale("log")
    for place, (label, frame) in enumerate(entries):
        _line(axes, place, label, frame)
    axes.set_xlabel(f"{NAMES[axis]} (the loss is at the right)")
    axes.set_ylabel("gradient norm (L2)")
    axes.set_title(title, loc="left", fontweight="bold")
    axes.grid(True, which="major", color="0.9", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _limits(axes, entries)
    if entries:
        axes.margins(x=0.02)
        axes.set_xlim(left=max(axes.get_xlim()[0], axes.dataLim.x0 - 0.5))  # there is no layer 0
        axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    else:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "nothing was measured", transform=axes.transAxes, ha="center", color="0.4")


def _line(axes: Axes, place: int, label: str, frame: "pd.DataFrame") -> None:
    """One profile: a line through what is on the log scale, marks at the edge for what is not."""
    series = frame.set_index("index")["value"].sort_index()
    series = series.reindex(range(series.index.min(), series.index.max() + 1)) if len(series) else series
    x, y = series.index.to_numpy(), series.to_numpy(dtype=np.float64)
    measured = np.isin(x, frame["index"].to_numpy())
    colour = COLOURS[place % len(COLOURS)]
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(y) & (y > 0)
    axes.plot(
        x,
        np.where(usable, y, np.nan),
        color=colour,
        linestyle=LINES[place % len(LINES)],
        linewidth=1.8,
        marker=MARKERS[place % len(MARKERS)],
        markersize=5.5,
        markevery=_marked(usable),
        clip_on=False,  # half of a marker at the edge looks like another one
        label=label.replace("$", r"\$"),  # text, not mathematics
    )
    edge = axes.get_xaxis_transform()  # x in data, y from 0 (bottom) to 1 (top)
    marks = ((y == 0, 0.02, "$0$"), (y == np.inf, 0.98, r"$\infty$"), (measured & np.isnan(y), 0.08, "$?$"))
    for chosen, height, mark in marks:
        spots = x[chosen]
        if len(spots):
            heights = np.full(len(spots), height)
            axes.plot(spots, heights, color=colour, marker=mark, markersize=7, linestyle="none", transform=edge)


def _marked(usable: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[int]:
    """Some ten places for markers, and those without a neighbour, where no line could be seen."""
    places = np.flatnonzero(usable)
    alone = [place for place in places if not usable[max(place - 1, 0) : place + 2].sum() > 1]
    return sorted({*places[:: max(len(places) // 10, 1)].tolist(), *map(int, alone)})


def _limits(axes: Axes, entries: Sequence[Entry]) -> None:
    """Bands where a norm computed in float32 would read 0 or inf, if any value comes near."""
    values = np.concatenate([np.zeros(0), *(frame["value"].to_numpy(dtype=np.float64) for _, frame in entries)])
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return
    low, high = axes.get_ylim()
    stretch = sqrt(max(MIN_RANGE * low / high, 1.0))  # a range fitted to a flat profile would make it look steep
    low, high = low / stretch, high * stretch
    if values.min() < UNDERFLOW * NEAR:
        low = min(low, UNDERFLOW / NEAR)
        _band(axes, low, UNDERFLOW, UNDERFLOW, "computed in float32, norms here read 0")
    if values.max() > OVERFLOW / NEAR:
        high = max(high, OVERFLOW * NEAR)
        _band(axes, OVERFLOW, high, OVERFLOW, "computed in float32, norms above read inf")
    axes.set_ylim(low, high)


def _band(axes: Axes, low: float, high: float, limit: float, text: str) -> None:
    axes.axhspan(low, high, color="0.92", zorder=0)
    axes.axhline(limit, color="0.45", linewidth=1.2, zorder=1)
    axes.annotate(
        text, (1, limit), xycoords=("axes fraction", "data"), xytext=(-6, -3), textcoords="offset points", va="top",
        ha="right", color="0.3", fontsize=SIZE - 1,
    )  # fmt: skip

"""What all figures share: the title, the labels of axes, their ticks, the legend, and how high all that makes them."""

from collections.abc import Sequence
from math import ceil
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from gradx.reporting.drawing.scales import Ticks, fitting
from gradx.reporting.drawing.style import GREY, size
from gradx.reporting.drawing.texts import distinct, lines_of, plain, short_keys, width_of

POINTS = 72  # in an inch
LEADING = 1.25  # from line to line, in sizes
TITLE_LINES = 3
BOLD = 1.3  # width of the title's letters over that of the others, at most
FEW = 4  # entries of a legend up to which each may have a line of its own, and up to which it has one if it needs it
ONE_COLUMN = 12
WORD = 14.0  # sizes that a word below an axis may take
SIDE = 8.0  # sizes that the labels at the left of an axis take, about


def points_of(figure: Figure) -> tuple[float, float]:
    """The width of a figure, and the size of its letters."""
    return figure.get_figwidth() * POINTS, size(figure.get_figwidth())


def titled(axes: Axes, title: str, room: float, letters: float, above: float = 0.0) -> float:
    """Draw the title, with so many points kept free below it; the points that all this takes."""
    text = lines_of(title, room, letters * BOLD, TITLE_LINES)
    axes.set_title(text, loc="left", fontweight="bold", pad=5 + above)
    return (text.count("\n") + 1) * LEADING * (letters + 1) + 6 + above


def nothing(axes: Axes) -> None:
    """Say that there is nothing to draw."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, "nothing was measured", transform=axes.transAxes, ha="center", va="center", color=GREY)


def ticked(axes: Axes, which: Literal["x", "y"], ticks: Ticks) -> None:
    """Put ticks at an axis, and none besides."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(ticks[0]))
    axis.set_major_formatter(FixedFormatter(ticks[1]))
    axis.set_minor_locator(NullLocator())


def words_below(axes: Axes, words: Sequence[str], room: float, letters: float) -> float:
    """Words at 0, 1, 2 ...: level, oblique or upright, as they have room. The points that they take below the axis."""
    texts = distinct(words, WORD * letters, letters)
    widths = [width_of(text, letters) for text in texts]
    each = room / max(len(texts), 1)
    middles = [each * (place + 0.5) for place in range(len(texts))]
    turned, high = 0.0, letters
    chosen = fitting(middles, widths, 0.7 * letters)
    if len(chosen) < len(texts):
        turned, gap = (35.0, 2.0) if each >= 2.0 * letters else (90.0, 1.2)
        chosen = fitting(middles, [0.0] * len(texts), gap * letters)
        high = max(widths, default=0.0) * (0.6 if turned < 90 else 1.0) + letters
    ticked(axes, "x", ([float(place) for place in chosen], [texts[place] for place in chosen]))
    for label in axes.get_xticklabels():
        label.set(
            rotation=turned,
            ha="right" if 0 < turned < 90 else "center",
            rotation_mode="anchor" if turned < 90 else "default",
        )
    return high


def labelled(axes: Axes, x: str, y: str, room: tuple[float, float], letters: float) -> None:
    """The names of both axes, in the room across and up."""
    axes.set_xlabel(plain(x, room[0], letters))
    axes.set_ylabel(plain(y, room[1], letters))


def legend(figure: Figure, handles: Sequence[Artist], labels: Sequence[str]) -> float:
    """Below the axes, so that it never covers what was measured; the points that it takes."""
    if not handles:
        return 0.0
    width, letters = points_of(figure)
    sign = 4.6 * letters  # with the blanks around it
    half, whole = width * 0.44 - sign, width * 0.9 - sign
    fit = any(all(width_of(plain(text), letters) <= half for text in texts) for texts in (labels, short_keys(labels)))
    beside = len(labels) > ONE_COLUMN or (fit and len(labels) > FEW)
    texts = distinct(labels, half if beside else whole, letters)
    columns = max(1, min(len(texts), int(width / (max(width_of(text, letters) for text in texts) + sign))))
    rows = ceil(len(texts) / columns)
    figure.legend(
        handles, texts, loc="outside lower center", ncols=ceil(len(texts) / rows), frameon=False, handlelength=2.6,
        handletextpad=0.6, columnspacing=1.2, labelspacing=0.3, borderpad=0.2, borderaxespad=0.2,
    )  # fmt: skip
    return rows * LEADING * letters + 6

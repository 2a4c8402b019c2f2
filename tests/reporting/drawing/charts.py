"""Charts made by hand, and what matplotlib really draws of them."""

from collections.abc import Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gradx.reporting.elements import Axis, HeatMap, Limit, LineChart, Series

LONG = "orthogonal init with a name that goes on and on until nobody reads it any longer " * 3
HOSTILE = (
    LONG,
    r"$x_1$ \frac{a}{b}",
    "a\nb\x1b[31m\u202e",
    "水の勾配 градиент שלום",
    "<script>&amp;",
    "$",
    "",
    "\ud800",
)
BELOW = Limit(2.6e-23, "in float32 norms below read 0", "below")
ABOVE = Limit(1.8e19, "in float32 norms above read inf", "above")
FALLING = Series("falling", range(1, 31), [10.0**-k for k in range(30, 0, -1)])
FLAT = Series("flat", [1, 2, 3], [1.0, 1.1, 0.9])


def lines(*series: Series, log: bool = True, x: Axis | None = None, **changes: Any) -> LineChart:
    return LineChart("a", "Title", x or Axis("layer", integer=True), Axis("norm", log=log), series, **changes)


def values(*y: float | None, label: str = "a", **changes: Any) -> Series:
    return Series(label, range(1, len(y) + 1), y, **changes)


def heat(cells: Sequence[Sequence[float | None]], log: bool = True, **changes: Any) -> HeatMap:
    rows = changes.pop("rows", list(range(1, len(cells) + 1)))
    columns = changes.pop("columns", list(range(len(cells[0]))))
    title = changes.pop("title", "Title")
    return HeatMap("a", title, Axis("gain"), Axis("depth"), columns, rows, cells, Axis("growth", log=log), **changes)


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for box in figure.legends for text in box.get_texts()]


def boxes(figure: Figure, artists: Sequence[Any]) -> list[Any]:
    """The rectangles that artists take, in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return [artist.get_window_extent(canvas.get_renderer()) for artist in artists]


def apart(found: Sequence[Any]) -> bool:
    """Whether no two rectangles cover each other by more than a pixel."""
    pairs = [(one, other) for place, one in enumerate(found) for other in found[:place]]
    return not any(min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1 for a, b in pairs)

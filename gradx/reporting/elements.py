"""What a report is made of: charts and tables as plain data. Views make them; renderers draw them.

A number that is None is missing; NaN, inf and 0 are what was measured, and a renderer shows each as what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from gradx.reporting.colours import ends


@dataclass(frozen=True)
class Axis:
    """Of a chart.

    Attributes:
        label: what the numbers are, with their unit.
        log: on a logarithmic scale; what is not above 0 stands at the edge.
        integer: ticks at whole numbers only.
        words: instead of numbers, the x values 0, 1, 2 ... stand for these.
    """

    label: str
    log: bool = False
    integer: bool = False
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Series:
    """A line, and the band around it.

    Attributes:
        label: of the legend; unique in its chart.
        x, y: of one length, x ascending.
        low, high: of the band (range or interval over seeds), as long as x, or empty where there is none.
        predicted: by a theory, not measured: dashed, without markers, over the others.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    predicted: bool = False


@dataclass(frozen=True)
class Limit:
    """A y beyond which something ends: a line, and what lies beyond is shaded. Shown only where values come near."""

    value: float
    label: str
    beyond: Literal["below", "above"]


@dataclass(frozen=True)
class Event:
    """Something that happened at x: a vertical line with a word."""

    x: float
    label: str


@dataclass(frozen=True)
class LineChart:
    """Lines over a common x.

    Attributes:
        key: file name of the figure and anchor on the page: lower case letters, digits, hyphens; unique in a report.
        caption: what the lines and bands are and of how many runs: one or two sentences.
        reference: the y that means neither, as growth 1: a thin line across; None where there is none.
        top: the largest y that the axis makes room for, above which lines run off it; None where there is no such end.
        worst: what NaN counts as, and at which edge it stands: inf, or -inf where more is better.
    """

    key: str
    title: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    limits: Sequence[Limit] = ()
    events: Sequence[Event] = ()
    caption: str = ""
    reference: float | None = None
    top: float | None = None
    worst: float = inf


@dataclass(frozen=True)
class HeatMap:
    """A value for each place of a plane.

    Attributes:
        key, title, caption: as of `LineChart`.
        x, y: what goes across and up; `words` are never used here.
        columns, rows: the values of x and y, ascending or in their author's order; numbers or texts.
        cells: a row for each of `rows`, a number for each of `columns`; None where there is none.
        value: what the cells are; `log` for a logarithmic colour scale.
        centre: the value that means neither, as growth 1: the colours go to two sides of it; None for one-sided ones.
        words: instead of numbers a word for each cell (a verdict), "" where there is none; then `cells` may hold the
            number behind the word, or None.
        bounds: of the colours; () for `ends` of its own cells. Maps of one result have the same.
    """

    key: str
    title: str
    x: Axis
    y: Axis
    columns: Sequence[Any]
    rows: Sequence[Any]
    cells: Sequence[Sequence[float | None]]
    value: Axis
    centre: float | None = None
    words: Sequence[Sequence[str]] = ()
    caption: str = ""
    bounds: Sequence[float] = ()

    def __post_init__(self) -> None:
        if not self.bounds:
            values = [value for row in self.cells for value in row]
            object.__setattr__(self, "bounds", ends(values, self.value.log, self.centre))


Chart = LineChart | HeatMap

FORMATS = ("svg", "pdf", "png")
"""Of the file of a chart."""


@dataclass(frozen=True)
class Column:
    """Of a table.

    Attributes:
        key: its name for programs.
        label: its heading for people.
        values: plain values, one for each row: text, numbers, booleans, None where there is none.
        kind: `spec` (a key of the experiment, shown with as many digits as tell its values apart), `number` (a result,
            three digits), `word` (a verdict or status with its symbol, any other text as it is), `text`.
    """

    key: str
    label: str
    values: Sequence[Any]
    kind: Literal["spec", "number", "word", "text"] = "text"


@dataclass(frozen=True)
class Table:
    """Columns of one length, and notes that explain them."""

    key: str
    title: str
    columns: Sequence[Column]
    notes: Sequence[str] = ()
    caption: str = ""

    def __len__(self) -> int:
        return len(self.columns[0].values) if self.columns else 0


@dataclass(frozen=True)
class Section:
    """A part of the report under one heading.

    Attributes:
        key: anchor.
        note: one sentence in plain text that says what is to be seen.
    """

    key: str
    title: str
    note: str = ""
    elements: Sequence[Chart | Table] = ()

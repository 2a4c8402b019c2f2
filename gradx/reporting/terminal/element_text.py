"""Tables and heat maps of a report as columns of text."""

from collections.abc import Sequence
from typing import Any

from gradx.reporting.elements import Column as Values
from gradx.reporting.elements import HeatMap, Table
from gradx.reporting.symbols import outcome
from gradx.reporting.terminal.layout import Column, laid_out
from gradx.reporting.terminal.page import Page
from gradx.reporting.terminal.sparkline import ASCII, BLOCKS, Glyphs
from gradx.reporting.terminal.sparks import mark, scale_of
from gradx.reporting.text import RESULT_DIGITS, Styled, cell_texts, count, is_number, is_right, number, spec_texts

ROWS = 40  # of a table
PLACES = 40  # rows of a map


def table_lines(page: Page, table: Table, rows: int = ROWS, indent: int = 0) -> None:
    """The first rows of a table and its notes."""
    columns = [_column(one, rows, place) for place, one in enumerate(table.columns)]
    left_out = page.table(columns, indent)
    more = [f"… {count(len(table) - rows, 'more row')}"] if len(table) > rows else []
    left = [f"left out for lack of room: {', '.join(left_out)}"] if left_out else []
    for note in [*more, *table.notes, *left]:
        page.prose([(note, "dim")], indent=indent, hang=2)


def heat_lines(page: Page, chart: HeatMap, indent: int = 0) -> bool:
    """A heat map as numbers, or where these have no room as blocks; whether there was room for either."""
    if len(chart.rows) > PLACES:
        return False
    room = page.width - indent
    drawn = next(
        (columns for columns in _versions(chart, page.ascii_only) if _width(columns, page.ascii_only) <= room), None
    )
    if drawn is None:
        return False
    page.table(drawn, indent)
    page.prose([(_legend(chart), "dim")], indent=indent, hang=2)
    return True


def _column(one: Values, rows: int, place: int) -> Column:
    values = list(one.values)[:rows]
    return Column(
        one.label,
        [_cell(text, value, one.kind) for text, value in zip(cell_texts(values, one.kind), values, strict=True)],
        right=one.kind == "number" or is_right(values),
        rank=place / 1000,
    )


def _cell(text: str, value: Any, kind: str) -> Styled:
    if value is None:
        return text, "dim"
    if kind == "word":
        mark = outcome(text)
        return (f"{mark.char} {text}", mark.style) if mark.char != "?" else (text, "")
    return text, ""


def _versions(chart: HeatMap, ascii_only: bool) -> list[list[Column]]:
    """The most telling first."""
    labels = Column(
        f"{chart.y.label} \\ {chart.x.label}", [(text, "bold") for text in spec_texts(chart.rows)], right=True
    )
    labels = Column(labels.heading, labels.cells[:: _order(chart)], right=True, whole=True)
    heads = spec_texts(chart.columns)
    if chart.words:
        words = [
            [(outcome(word).char, outcome(word).style) if word else (" ", "") for word in row] for row in chart.words
        ]
        return [_columns(labels, each, words[:: _order(chart)]) for each in (heads, None)]
    numbers = [[("" if value is None else number(value, RESULT_DIGITS), "") for value in row] for row in chart.cells]
    glyphs = ASCII if ascii_only else BLOCKS
    blocks = [[(mark, "") for mark in row] for row in _blocks(chart, glyphs)]
    return [_columns(labels, heads, numbers[:: _order(chart)]), _columns(labels, None, blocks[:: _order(chart)])]


def _order(chart: HeatMap) -> int:
    """The step through the rows from the top: numbers go up, words come in their order, as in all other renderers."""
    return -1 if all(is_number(row) for row in chart.rows) else 1


def _columns(labels: Column, heads: Sequence[str] | None, cells: Sequence[Sequence[Styled]]) -> list[Column]:
    """Cells under their headings; without headings put together into one column."""
    if heads is not None:
        return [
            labels,
            *(Column(head, [row[place] for row in cells], right=True, whole=True) for place, head in enumerate(heads)),
        ]
    return [labels, Column("", [(" ".join(text for text, _ in row), "") for row in cells], whole=True)]


def _blocks(chart: HeatMap, glyphs: Glyphs) -> list[list[str]]:
    log = chart.value.log
    scale = scale_of((value for row in chart.cells for value in row), log)
    return [[mark([] if value is None else [value], scale, log, glyphs) for value in row] for row in chart.cells]


def _legend(chart: HeatMap) -> str:
    if chart.words:
        words = dict.fromkeys(word for row in chart.words for word in row if word)
        return f"{chart.value.label}: " + ", ".join(f"{outcome(word).char} {word}" for word in words)
    first, last = spec_texts([chart.columns[0], chart.columns[-1]])
    way = "upwards" if _order(chart) < 0 else "downwards"
    return f"{chart.value.label}; {chart.x.label} {first} … {last} across, {chart.y.label} {way}"


def _width(columns: Sequence[Column], ascii_only: bool) -> int:
    return max(line.cell_len for line in laid_out(columns, None, ascii_only).lines)

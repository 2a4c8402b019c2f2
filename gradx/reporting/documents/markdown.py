"""`markdown`: a report as text with tables, as GitHub and most editors show it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gradx.reporting.documents.escaping import block, escaped, link, pipe_table
from gradx.reporting.elements import Chart, Column, Section, Table
from gradx.reporting.symbols import OUTCOMES
from gradx.reporting.text import cell_texts, count, is_right

if TYPE_CHECKING:
    from gradx.reporting.views.headline import Headline

ROWS = 100  # of a table


def markdown(
    headline: "Headline",
    sections: Sequence[Section],
    figures: Mapping[str, str] | None = None,
    commands: Sequence[str] = (),
) -> str:
    """Question, answer, figures and tables. Text from specs is shown as it is; every line of it is one of ours.

    Args:
        headline: of the report.
        sections: in their order.
        figures: where the file of a figure lies, by its key, relative to this text; a figure without one is left out.
        commands: that make the report and its figures again.
    """
    paths = figures or {}
    parts = [f"# {escaped(headline.question)}", escaped(headline.answer)]
    if headline.figure is not None:
        parts += _figure(headline.figure, paths)
    for section in sections:
        found = [part for element in section.elements for part in _element(element, paths)]
        if found or not section.elements:  # no heading over what is only drawn
            parts += [f"## {escaped(section.title)}", escaped(section.note), *found]
    if commands:
        parts += ["## Again", block(commands, "sh")]
    return "\n\n".join(part for part in parts if part) + "\n"


def _element(element: Chart | Table, figures: Mapping[str, str]) -> Iterator[str]:
    if not isinstance(element, Table):
        yield from _figure(element, figures)
    elif len(element):
        yield f"### {escaped(element.title)}"
        yield escaped(element.caption)
        yield _table(element)
        if len(element) > _room(element):
            yield f"… {count(len(element) - _room(element), 'more row')}: `--csv` has all runs, `--json` all rows"
        yield "\n".join(f"- {escaped(note)}" for note in element.notes)


def _figure(chart: Chart, figures: Mapping[str, str]) -> Iterator[str]:
    if chart.key in figures:
        yield f"![{escaped(chart.title)}]({link(figures[chart.key])})"
        yield escaped(chart.caption)


def _table(table: Table) -> str:
    cells = [_cells(column, _room(table)) for column in table.columns]
    return pipe_table(
        [escaped(column.label) for column in table.columns],
        [is_right(column.values) for column in table.columns],
        list(zip(*cells, strict=True)),
    )


def _room(table: Table) -> int:
    """How many rows are written: what is beyond noise stands first, and is never cut."""
    beyond = (column.values for column in table.columns if column.key == "beyond_noise")
    return max(ROWS, *(list(values).count("yes") for values in beyond), 0)


def _cells(column: Column, rows: int) -> list[str]:
    values = list(column.values[:rows])
    texts = cell_texts(values, column.kind)
    symbols = [f"{OUTCOMES[text].char} " if column.kind == "word" and text in OUTCOMES else "" for text in texts]
    return [
        symbol + (escaped(text) if isinstance(value, str) and text != "-" else text)
        for symbol, text, value in zip(symbols, texts, values, strict=True)
    ]

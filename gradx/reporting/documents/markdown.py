"""`markdown`: a report as text with tables, as GitHub and most editors show it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradx.reporting.documents.escaping import block, escaped, link, pipe_table
from gradx.reporting.elements import Chart, Column, Section, Table
from gradx.reporting.symbols import OUTCOMES
from gradx.reporting.text import count, number, spec_texts

if TYPE_CHECKING:
    from gradx.reporting.views.headline import Headline

ROWS = 100  # of a table
DIGITS = 3


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
        if found or section.note:
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
        if len(element) > ROWS:
            yield f"… {count(len(element) - ROWS, 'more row')}: `--csv` has all runs, `--json` all rows"
        yield "\n".join(f"- {escaped(note)}" for note in element.notes)


def _figure(chart: Chart, figures: Mapping[str, str]) -> Iterator[str]:
    if chart.key in figures:
        yield f"![{escaped(chart.title)}]({link(figures[chart.key])})"
        yield escaped(chart.caption)


def _table(table: Table) -> str:
    cells = [_cells(column) for column in table.columns]
    return pipe_table(
        [escaped(column.label) for column in table.columns],
        [_is_numeric(column) for column in table.columns],
        list(zip(*cells, strict=True)),
    )


def _cells(column: Column) -> list[str]:
    values = list(column.values[:ROWS])
    texts = spec_texts(values) if column.kind == "spec" else [_text(value) for value in values]
    symbols = [f"{OUTCOMES[text].char} " if column.kind == "word" and text in OUTCOMES else "" for text in texts]
    return [
        symbol + (escaped(text) if isinstance(value, str) else text)
        for symbol, text, value in zip(symbols, texts, values, strict=True)
    ]


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return number(value, DIGITS) if isinstance(value, float) else str(value)


def _is_numeric(column: Column) -> bool:
    return all(isinstance(value, int | float) or value is None for value in column.values)

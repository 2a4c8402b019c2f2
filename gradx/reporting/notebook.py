"""`notebook`: a report as Jupyter shows it: question, answer, first figure and tables; static, without a script."""

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from gradx.base.document import visible
from gradx.reporting.elements import Table
from gradx.reporting.text import cell_texts

if TYPE_CHECKING:
    from gradx.reporting.report import Report

ROWS = 20  # of a table


def notebook(report: "Report") -> str:
    """HTML without a script, in which everything from the results is escaped."""
    from gradx.reporting.terminal.report_page import standing

    lines = [f"<p>{_text(standing(report.material))}</p>"]
    if report.material.rows:
        headline = report.headline
        lines = [f"<h3>{_text(headline.question)}</h3>", f"<p>{_text(headline.answer)}</p>", *lines]
        if headline.figure is not None:
            lines += [_svg(report.figures[headline.figure.key]), f"<p>{_text(headline.caption)}</p>"]
        tables = [element for section in report.sections for element in section.elements if isinstance(element, Table)]
        lines += [line for table in tables for line in _table(table)]
    return "\n".join(["<div>", *lines, "</div>"])


def _svg(figure: Any) -> str:
    """An image of its own, not inline: ids of several figures would meet in one document."""
    from gradx.reporting.drawing import rendered

    return (
        f'<img style="max-width: 100%" src="data:image/svg+xml;base64,{b64encode(rendered(figure, "svg")).decode()}">'
    )


def _table(table: Table) -> Iterator[str]:
    yield f"<h4>{_text(table.title)}</h4>"
    yield "<table>"
    yield "<tr>" + "".join(f"<th>{_text(column.label)}</th>" for column in table.columns) + "</tr>"
    for row in zip(*(cell_texts(column.values[:ROWS], column.kind) for column in table.columns), strict=True):
        yield "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"
    if len(table) > ROWS:
        yield f"<p>… {len(table) - ROWS:,} more rows: <code>.tables[{_text(repr(table.key))}]</code></p>"


def _text(text: str) -> str:
    return escape("\n".join(map(visible, text.split("\n"))))

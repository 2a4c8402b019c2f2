"""One report through all that shows it, and what must hold of each whatever the results are."""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO, StringIO, TextIOWrapper
from typing import Any
from xml.etree import ElementTree

from rich.cells import cell_len
from rich.console import Console

from gradx.reporting.drawing import rendered
from gradx.reporting.elements import Chart, HeatMap, LineChart
from gradx.reporting.report import Report

NARROW = 40
_STYLE = re.compile(r"\x1b\[[0-9;]*m")  # what rich writes for colours
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_TAGS = (
    "a body button code dd details dialog div dl dt figcaption figure h1 h2 h3 head header html li link main meta nav "
    "noscript ol p pre script section span style summary table tbody td th thead title tr ul"
)


@dataclass(frozen=True)
class Shown:
    """What a report is in each medium.

    Attributes:
        terminal, narrow, ascii: as a terminal of 100 columns, of 40, and one that knows ASCII only, gets it.
        figures: SVG by key.
    """

    made: Report
    terminal: str
    narrow: str
    ascii: str
    html: str
    markdown: str
    csv: str
    json: str
    notebook: str
    figures: Mapping[str, bytes]


def everywhere(made: Report, figures: bool = True) -> Shown:
    """Shows a report everywhere, and checks what must always hold."""
    drawn = {key: rendered(made.figures[key], "svg") for key in made.figures} if figures else {}
    shown = Shown(
        made,
        printed(made, 100),
        printed(made, NARROW),
        printed(made, 80, "ascii"),
        made.html(),
        made.markdown({key: f"figures/{key}.svg" for key in made.figures}),
        made.csv(),
        made.json(),
        made._repr_html_() if figures else "",
        drawn,
    )
    sane(shown)
    return shown


def printed(made: Report, width: int, encoding: str = "utf-8") -> str:
    """On a terminal with colours, which are taken out: what else a terminal could act on stays."""
    file = TextIOWrapper(BytesIO(), encoding)
    Console(file=file, width=width, color_system="truecolor", force_terminal=True).print(made, soft_wrap=True)
    file.flush()
    return _STYLE.sub("", file.buffer.getvalue().decode(encoding))  # type: ignore[attr-defined]


def sane(shown: Shown) -> None:
    """Nothing that acts, nothing that cannot be read back, no chart without anything in it."""
    for text in (shown.terminal, shown.narrow, shown.ascii, shown.html, shown.markdown, shown.json, shown.notebook):
        assert harmful(text) == set()
    assert shown.ascii.isascii()
    for line in shown.narrow.splitlines():
        assert cell_len(line) <= NARROW or max(map(cell_len, line.split())) > NARROW // 4, line
    assert data_of(shown.csv, len(shown.made.material.rows))
    json.loads(shown.json, parse_constant=_never)
    page = Page(shown.html)
    assert page.tags <= set(_TAGS.split())
    for text in page.data:
        json.loads(text, parse_constant=_never)
    for key, chart in charts(shown.made).items():
        assert re.fullmatch(r"[a-z0-9-]+", key)
        assert not is_empty(chart), key
    for content in shown.figures.values():
        names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(content).iter()}
        assert not names & {"script", "foreignObject", "a"}


def harmful(text: str) -> set[str]:
    """What is neither printable nor the end of a line."""
    return {char for char in text if not char.isprintable() and char != "\n"}


def data_of(text: str, runs: int) -> list[list[str]]:
    """The rows of a CSV file with its head: of one length, none a formula."""
    rows = list(csv.reader(StringIO(text, newline="")))
    assert len(rows) == runs + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [cell for row in rows for cell in row if _FORMULA.match(cell) and not _is_number(cell)] == []
    return rows


def charts(made: Report) -> dict[str, Chart]:
    found = [made.headline.figure, *(each for section in made.sections for each in section.elements)]
    return {chart.key: chart for chart in found if isinstance(chart, LineChart | HeatMap)}


def is_empty(chart: Chart) -> bool:
    if isinstance(chart, HeatMap):
        cells = [*(cell for row in chart.cells for cell in row), *(word or None for row in chart.words for word in row)]
        return all(cell is None for cell in cells)
    return all(value is None for series in chart.series for value in series.y)


class Page(HTMLParser):
    """Every element of a page, and the texts of its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(text)

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if dict(attrs).get("type") == "application/json":
            self.data.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem and self.elements[-1][1].get("type") == "application/json":
            self.data[-1] += data


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _never(constant: str) -> Any:
    raise AssertionError(f"{constant} is no JSON")

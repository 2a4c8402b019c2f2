"""`render`: the elements of a report as one self-contained HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gradx.reporting.commands import command, figure_command
from gradx.reporting.elements import Chart, Section, Table
from gradx.reporting.encoding import encoded
from gradx.reporting.html import assets
from gradx.reporting.html.embedding import embedded, readable
from gradx.reporting.html.panels import Panels, drawn_panels
from gradx.reporting.html.runs import anchors, runs_data
from gradx.reporting.html.summary import banners, facts, subject
from gradx.reporting.html.tables import ShownTable, shown_table
from gradx.reporting.html.values import values_data
from gradx.reporting.runs.counts import reasons
from gradx.reporting.runs.material import Material
from gradx.reporting.symbols import OUTCOMES

if TYPE_CHECKING:
    from gradx.reporting.views.headline import Headline

DIGITS = 5  # of charts
POINTS = "points"  # the table before which the map stands
REASONS, NAMED = 12, 6  # kinds of failures, and runs of each, that are named


@dataclass(frozen=True)
class ShownChart:
    """A chart as the template writes it: the scripts draw `data`; `again` draws it anew, as `file`."""

    key: str
    title: str
    caption: str
    data: Markup
    again: str
    file: str


def render(
    headline: "Headline", sections: Sequence[Section], material: Material, panels: Panels, live: bool = False
) -> str:
    """The page, the same bytes for the same results.

    Args:
        headline: question, answer and the one figure.
        sections: all others.
        material: the runs, their specs and environments.
        panels: gives for each of some runs the sections about it.
        live: whether it is served and may ask its server for news.
    """
    code = {"policy": assets.policy(live), "script": assets.script(live), "style": assets.style()}
    safe = {name: Markup(text) for name, text in code.items()}
    content = _head(headline, material) | _body(headline.figure, sections, material) | _data(material, panels)
    page = _environment().get_template("page.html").render(**safe, **content, live=live)
    return page.encode("utf-8", "backslashreplace").decode("utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("gradx.reporting", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if not isinstance(value, str) or isinstance(value, Markup) else readable(value),
    )
    made.filters["embedded"] = embedded
    return made


def _head(headline: "Headline", material: Material) -> dict[str, Any]:
    """What stands above all sections."""
    return {
        "question": headline.question,
        "answer": headline.answer,
        "caption": headline.caption,
        "figure": _chart(headline.figure, material) if headline.figure else None,
        "facts": facts(material),
        "subject": subject(material),
        "banners": banners(material),
    }


def _body(figure: Chart | None, sections: Sequence[Section], material: Material) -> dict[str, Any]:
    """The sections, the charts in them, and how to make all of it again."""
    made = [_section(section, material, figure) for section in sections]
    shown = [section for section in made if section["elements"] or not section["above"]]
    return {
        "sections": shown,
        "charts": list({chart.key: chart for section in shown for chart in section["charts"]}.values()),
        "failures": _failures(material),
        "sources": [
            {"path": str(source.path), "text": source.text, "environment": source.environment}
            for source in material.sources
        ],
        "commands": _commands(material),
    }


def _data(material: Material, panels: Panels) -> dict[str, Any]:
    """What the scripts read."""
    drawn = drawn_panels(material.rows, panels)
    names = anchors(material.rows)
    runs = runs_data(material, drawn) | {
        "values": values_data(material),
        "symbols": {word: symbol.char for word, symbol in OUTCOMES.items()},
        "again": command(replace(material, verb="report"), where=""),
    }
    return {
        "mapped": len(runs["axes"]) > 1,
        "runs": embedded(runs),
        "panels": {names[place]: data for place, data in drawn.items()},
    }


def _section(section: Section, material: Material, figure: Chart | None) -> dict[str, Any]:
    """A section for the template. The chart that stands at the top of the page is not drawn twice."""
    elements: list[ShownChart | ShownTable] = []
    for element in section.elements:
        if isinstance(element, Table):
            elements.append(shown_table(element, material))
        elif not _same(element, figure):
            elements.append(_chart(element, material))
    return {
        "key": section.key,
        "title": section.title,
        "note": section.note,
        "elements": elements,
        "charts": [each for each in elements if isinstance(each, ShownChart)],
        "above": figure if len(elements) < len(section.elements) else None,
        "points": any(isinstance(each, ShownTable) and each.table.key == POINTS for each in elements),
    }


def _same(chart: Chart, figure: Chart | None) -> bool:
    """Whether they draw the same, whatever they are called."""
    bare = [repr(replace(each, key="", title="", caption="")) for each in (chart, figure) if each]  # nan is not nan
    return len(bare) == 2 and bare[0] == bare[1]


def _chart(chart: Chart, material: Material) -> ShownChart:
    again, file = figure_command(material, chart.key)
    return ShownChart(chart.key, chart.title, chart.caption, embedded(encoded(chart, DIGITS)), again, file)


def _failures(material: Material) -> list[dict[str, Any]]:
    """Why runs failed, the most frequent reason first, each with the first of its runs."""
    named = {id(row): name for row, name in zip(material.rows, anchors(material.rows), strict=True)}
    return [
        {
            "reason": reason,
            "amount": len(members),
            "runs": [(str(row["run"]), named[id(row)]) for row in members[:NAMED]],
            "more": max(len(members) - NAMED, 0),
        }
        for reason, members in reasons(material.rows)[:REASONS]
    ]


def _commands(material: Material) -> list[tuple[str, str]]:
    return [
        ("This page", command(material, "--html", "report.html")),
        ("All figures", command(material, "--figures", "figures", "--format", "pdf")),
        ("All points as a table", command(material, "--csv", "points.csv")),
        ("All numbers", command(material, "--json")),
    ]

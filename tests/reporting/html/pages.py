"""Pages of the report over rows made by hand, and what can be read off them in a browser."""

import json
import re
from collections.abc import Mapping, Sequence
from math import inf, nan
from pathlib import Path
from typing import Any

from common.browser import Browser
from reporting.rows import failed, grid_rows

from gradx.reporting.elements import Axis, Chart, LineChart, Section, Series
from gradx.reporting.html.render import render
from gradx.reporting.runs.material import Material, Source
from gradx.reporting.views import points
from gradx.reporting.views.headline import Headline
from gradx.store.runs import Results

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='alert(3)' {{ 7 * 7 }} {% raw %}"
SNEAKY = "javascript:alert(4)\u2028\u202e\x1b[31m\x00&amp;<!--"


def chart(key: str, label: str = "gradient norm") -> LineChart:
    series = Series("measured", [1, 2, 3], [1.0, 0.1, 0.01], [0.5, 0.05, 0.005], [2.0, 0.2, 0.02])
    axes = Axis("layer", integer=True), Axis(label, log=True)
    return LineChart(key, f"Chart {key}", *axes, [series], caption="Three.")


def sweep() -> list[dict[str, Any]]:
    """Three depths, two widths, two seeds; growth falls with depth; one inf, one nan, one missing, one failed."""
    rows = grid_rows(depth=[2, 10, 50], width=[16, 64], seed=[0, 1])
    for place, row in enumerate(rows):
        growth = round(1.5 - row["depth"] / 50 - row["seed"] / 100, 4)
        word = "exploding" if growth > 1.2 else "vanishing" if growth < 0.8 else "stable"
        row |= {"growth.depth": growth, "verdict.depth": word, "loss.final": place / 4, "solved": place % 3 == 0}
    rows[1]["loss.final"], rows[2]["loss.final"], rows[3]["loss.final"] = inf, nan, None
    rows[7] = failed(rows[7])
    return rows


def material(rows: Sequence[Mapping[str, Any]], **changes: Any) -> Material:
    given: dict[str, Any] = {"paths": [Path("results/grid")], "sources": [], "total": len(rows)}
    return Material(rows=rows, **given | changes)


def source(root: Path, planned: int | None = None, text: str = "depth: 3\n", environment: str = "{}") -> Source:
    root.mkdir(parents=True, exist_ok=True)
    (root / "environment.json").write_text(environment)
    return Source(Results(root), text, {}, planned)


def panels(rows: Sequence[Mapping[str, Any]]) -> list[list[Section]]:
    return [[Section("gradient", "Gradient by depth", "It falls.", [chart(f"run-{row['run']}")])] for row in rows]


def page(
    made: Material, charts: Sequence[Chart] = (), figure: Chart | None = None, live: bool = False, **changes: Any
) -> str:
    """The page of some material, with the tables of points and, before them, these charts."""
    given = {"question": "Does depth matter?", "answer": "It does.", "caption": "", "figure": figure}
    drawn = [Section("charts", "Charts", "What was measured.", charts)] if charts else []
    said = Headline(**given | changes)
    return render(said, [*drawn, *points.sections(made)], made, panels, live)


def saved(folder: Path, text: str) -> Path:
    path = folder / "report.html"
    path.write_bytes(text.encode())
    return path


def data(text: str, name: str) -> Any:
    """What a data block of a page holds."""
    found = re.search(rf'<script type="application/json" id="{re.escape(name)}">(.*?)</script>', text, re.S)
    assert found is not None
    return json.loads(found[1])


def column(browser: Browser, heading: str, table: str = "points") -> list[str]:
    """The cells of a column as they stand in the table."""
    return list(
        browser.js(
            """const table = document.querySelector(`[data-table="${arguments[1]}"]`);
            const place = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent === arguments[0]);
            return [...table.tBodies[0].rows].map((row) => row.cells[place]?.textContent);""",
            heading,
            table,
        )
    )


def choose(browser: Browser, name: str, value: str) -> None:
    """Sets a field, as its reader would."""
    browser.js(
        """const field = document.getElementById(arguments[0]); field.value = arguments[1];
        field.dispatchEvent(new Event("input", {bubbles: true}));
        field.dispatchEvent(new Event("change", {bubbles: true}));""",
        name,
        value,
    )


def rgb(browser: Browser, selector: str, name: str) -> str:
    """A colour of an element as #rrggbb."""
    code = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    numbers = browser.js(code, selector, name).strip("rgb()").split(", ")
    return "#" + "".join(f"{int(number):02x}" for number in numbers)

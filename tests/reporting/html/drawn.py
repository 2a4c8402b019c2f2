"""Pages that hold charts only, and what can be seen of them."""

import json
from base64 import b64encode
from hashlib import sha256
from math import inf, nan
from pathlib import Path
from typing import Any

from common.browser import Browser

from gradx.reporting.elements import Axis, Chart, LineChart, Series
from gradx.reporting.encoding import encoded
from gradx.reporting.html import assets, palette

DRAWING = assets.SCRIPTS[: assets.SCRIPTS.index("heat.js") + 1]
STYLES = ("vendor/uPlot.min.css", "charts.css")
START = """
for (const [place, chart] of JSON.parse(document.getElementById("data").textContent).entries()) {
  const host = document.createElement("div");
  host.id = `chart-${place}`;
  document.body.append(host);
  (chart.kind === "heat" ? gradx.drawHeat : gradx.drawLines)(host, chart);
}
"""
STEPS = list(range(0, 100, 5))


def page(folder: Path, *charts: Chart) -> Path:
    """A page with these charts, under the policy of the report."""
    script = "\n".join([*map(assets.text, DRAWING), START])
    style = "\n".join([palette.css(), *map(assets.text, STYLES), "body { margin: 8px; background: var(--panel) }"])
    data = json.dumps(encoded(list(charts), 5), allow_nan=False).replace("<", "\\u003c")
    policy = f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; img-src data:"
    path = folder / "charts.html"
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><link rel="icon" href="data:,">'
        f'<title>charts</title><style>{style}</style></head><body><script type="application/json" id="data">{data}'
        f"</script><script>{script}</script></body></html>"
    )
    return path


def lines(*series: Series, **changes: Any) -> LineChart:
    """A chart of gradient norms by step."""
    given: dict[str, Any] = {"x": Axis("step", integer=True), "y": Axis("gradient norm (L2)", log=True)} | changes
    return LineChart("norms", "Norms", given.pop("x"), given.pop("y"), series, **given)


def two() -> LineChart:
    """A falling and a rising line."""
    return lines(
        Series("falling", STEPS, [10.0 ** (-step / 10) for step in STEPS]),
        Series("rising", STEPS, [10.0 ** (step / 50) for step in STEPS]),
    )


def odd() -> LineChart:
    """Values that have no place on a log axis, at x 0 to 5."""
    return lines(Series("odd", [0, 1, 2, 3, 4, 5], [1.0, 0.0, inf, nan, None, 2.0]))


def painted(browser: Browser, colour: str, chart: int = 0, part: tuple[float, float] = (0, 1)) -> int:
    """How many pixels of a chart have nearly the colour of a variable of the page, between two heights (0 to 1)."""
    code = """
    const [name, chart, [from, to]] = arguments;
    const canvas = document.querySelector(`#chart-${chart} canvas`);
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--${name})`;
    const wanted = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
    probe.remove();
    const [top, height] = [Math.round(canvas.height * from), Math.round(canvas.height * (to - from))];
    const { data } = canvas.getContext("2d").getImageData(0, top, canvas.width, height);
    let found = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] > 200 && [0, 1, 2].every((each) => Math.abs(data[at + each] - wanted[each]) < 12)) found += 1;
    }
    return found;
    """
    return int(browser.js(code, colour, chart, part))


def at(browser: Browser, selector: str, across: float, down: float) -> tuple[float, float]:
    """A place in an element, by its shares of width and height, in the window."""
    code = """
    const box = document.querySelector(arguments[0]).getBoundingClientRect();
    return [box.left + box.width * arguments[1], box.top + box.height * arguments[2]];
    """
    x, y = browser.js(code, selector, across, down)
    return x, y


def mouse(browser: Browser, kind: str, x: float, y: float, **more: Any) -> None:
    """A real event of the mouse: `Moved`, `Pressed` or `Released`."""
    button = {"button": "left", "clickCount": 1} if kind != "Moved" else {}
    event = {"type": f"mouse{kind}", "x": x, "y": y} | button | more
    browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)


def drag(browser: Browser, start: tuple[float, float], end: tuple[float, float], modifiers: int = 0) -> None:
    """Press, move, release."""
    mouse(browser, "Moved", *start, modifiers=modifiers)
    mouse(browser, "Pressed", *start, buttons=1, modifiers=modifiers)
    for share in (0.3, 0.7, 1.0):
        x, y = (one + share * (other - one) for one, other in zip(start, end, strict=True))
        mouse(browser, "Moved", x, y, button="left", buttons=1, modifiers=modifiers)
    mouse(browser, "Released", *end, modifiers=modifiers)


def text(browser: Browser, selector: str) -> str:
    """What an element says."""
    return str(browser.js("return document.querySelector(arguments[0]).innerText", selector))


def key(browser: Browser, selector: str, *names: str) -> None:
    """Keys pressed in an element that has the focus."""
    code = """
    const element = document.querySelector(arguments[0]);
    element.focus();
    for (const key of arguments[1]) element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    """
    browser.js(code, selector, list(names))


def said(browser: Browser, chart: int = 0) -> str:
    """What a screen reader was told last."""
    return str(browser.js("return document.querySelector(arguments[0]).textContent", f"#chart-{chart} .chart-voice"))


def table(browser: Browser) -> list[list[str]]:
    """The data of the first chart, after the reader has opened them."""
    code = """
    const done = arguments[0];
    const details = document.querySelector(".chart-data");
    details.addEventListener("toggle", () => {
      done([...details.querySelectorAll("tr")].map((row) => [...row.children].map((cell) => cell.textContent)));
    });
    details.querySelector("summary").click();
    """
    found: list[list[str]] = browser.driver.execute_async_script(code)
    return found


def _digest(content: str) -> str:
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"

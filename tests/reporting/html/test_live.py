"""A served page in a browser: it follows the results and stays as it was left."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from common.browser import Browser
from reporting.html.pages import chart, choose, material, page
from reporting.rows import grid_rows

from gradx.base.errors import ResultsError
from gradx.reporting import serve as serving
from gradx.reporting.html import assets
from gradx.reporting.serve import server

LISTEN = """
window.heard = [];
const live = document.getElementById("live");
new MutationObserver(() => window.heard.push(live.textContent)).observe(live, {childList: true});
"""


class Sweep:
    """The report of a sweep that goes on: `seeds` of them are done."""

    def __init__(self, seeds: int) -> None:
        self.seeds = seeds

    def make(self) -> str:
        rows = grid_rows(depth=[2, 10, 50], width=[16, 64], seed=range(self.seeds))
        for place, each in enumerate(rows):
            each["growth.depth"] = (place * 7 % 10) / 10
        return page(material(rows), [chart("one"), chart("two", "loss")], live=True)

    def version(self) -> str:
        return str(self.seeds)


class Results:
    """A page with a field, a fold and much room, as long as there is no error."""

    now = "1"
    error: Exception | None = None

    def make(self) -> str:
        if self.error:
            raise self.error
        policy = "default-src 'none'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:"
        return (
            f'<!doctype html><html lang="en"><head><meta http-equiv="Content-Security-Policy" content="{policy}">'
            f'<link rel="icon" href="data:,"></head><body><p id="live" role="status"></p><h1>{self.now}</h1>'
            f'<input id="filter"><details><summary>more</summary></details><svg height="5000"></svg>'
            f"<script>{LISTEN}</script><script>{assets.text(assets.LIVE)}</script></body></html>"
        )


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Results, str]]:
    monkeypatch.setattr(serving, "REST", 0.0)
    made = Results()
    with served(made.make, lambda: made.now) as address:
        yield made, address


@contextmanager
def served(make: Callable[[], str], version: Callable[[], str]) -> Iterator[str]:
    """The address of a page, from a server in another thread."""
    with server(make, version) as opened:
        thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://localhost:{opened.server_port}/"
        finally:
            opened.shutdown()
            thread.join()


HEADING = "return document.querySelector('h1').textContent"
STATUS = "return document.querySelector('#live').textContent"


def test_news_replace_the_page_and_leave_it_as_it_was(browser: Browser, results: tuple[Results, str]) -> None:
    made, address = results
    browser.open(address)
    assert browser.js(STATUS) == "live"
    browser.js("document.querySelector('#filter').value = 'tanh'; document.querySelector('details').open = true")
    browser.js("scrollTo(0, 700)")
    made.now = "2"
    browser.until(HEADING, "2")
    browser.until(
        "return [document.querySelector('#filter').value, document.querySelector('details').open, scrollY]",
        ["tanh", True, 700],
    )
    assert browser.js("return window.heard[0]") == "updated"
    assert browser.errors() == []


def test_a_failure_is_shown_and_mends_itself(browser: Browser, results: tuple[Results, str]) -> None:
    made, address = results
    made.error = ResultsError("runs/1.parquet is half written")
    browser.open(address)
    browser.until(HEADING, "The results cannot be read now")
    browser.until("return document.body.innerText.includes('half written')", True)
    made.error = None
    browser.until(HEADING, "1")
    assert browser.errors() == []


SORT = """[...document.querySelectorAll('[data-table="points"] th')]
    .find((each) => each.textContent === arguments[0]).querySelector("button").click()"""
NEXT = """[...document.querySelectorAll("#table-points .pager button")]
    .find((each) => each.textContent === "Next").click()"""
CHOSEN = """
const chart = gradx.views.get(document.querySelector("[data-chart=two]")).now();
const place = (table, heading) =>
    [...document.querySelectorAll(`[data-table="${table}"] th`)].find((each) => each.textContent === heading);
return [
  place("points", "growth per layer").getAttribute("aria-sort"),
  document.querySelector("#table-points .pager span").textContent,
  ...["filter-points", "choice-width", "map-across", "map-value", "map-fixed-seed"].map((id) =>
      document.getElementById(id).value),
  document.querySelector('[data-chart="two"] .chart-key').ariaPressed,
  chart.x.map((each) => each.toFixed(3)).join(),
  document.querySelector("#table-points .rows").scrollLeft,
];
"""


def test_order_page_filter_map_and_zoom_are_kept(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "REST", 0.0)
    made = Sweep(35)
    with served(made.make, made.version) as address:
        browser.open(address, 400)
        for name, value in [("filter-points", "depth<99"), ("choice-width", "width==16")]:
            choose(browser, name, value)
        for name, value in [("across", "width"), ("value", "growth.depth"), ("fixed-seed", "seed==1")]:
            choose(browser, f"map-{name}", value)
        for _ in range(2):
            browser.js(SORT, "growth per layer")
        browser.js(NEXT)
        browser.js("document.querySelector('[data-chart=\"two\"] .chart-tools button').click()")
        browser.js("document.querySelector('[data-chart=\"two\"] .chart-key').click()")
        browser.js("document.querySelector('#table-points .rows').scrollLeft = 60")
        before = browser.js(CHOSEN)
        assert before[:3] == ["descending", "101–105 of 105", "depth<99"]
        assert before[-1] == 60
        made.seeds = 39
        browser.until("return document.documentElement.dataset.version", "39")
        browser.until(CHOSEN, [before[0], "101–117 of 117", *before[2:]])
        assert browser.errors() == []


def test_what_is_gone_is_not_kept(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that there no longer is, a choice without its value: the nearest that there is."""
    monkeypatch.setattr(serving, "REST", 0.0)
    made = Sweep(40)
    with served(made.make, made.version) as address:
        browser.open(address)
        choose(browser, "map-fixed-seed", "seed==39")
        for _ in range(2):
            browser.js(NEXT)
        made.seeds = 30
        browser.until("return document.documentElement.dataset.version", "30")
        pager = "return document.querySelector('#table-points .pager span').textContent"
        browser.until(pager, "101–180 of 180")
        assert browser.js("return document.getElementById('map-fixed-seed').value") == ""
        assert browser.errors() == []


def test_a_failure_between_forgets_nothing(browser: Browser, results: tuple[Results, str]) -> None:
    made, address = results
    browser.open(address)
    browser.js("document.querySelector('#filter').value = 'tanh'")
    made.now, made.error = "2", ResultsError("runs/1.parquet is half written")
    browser.until(HEADING, "The results cannot be read now")
    made.error = None
    browser.until(HEADING, "2")
    browser.until("return document.querySelector('#filter').value", "tanh")


def test_a_server_that_has_gone_is_said_to_be(browser: Browser) -> None:
    made = Results()
    with served(made.make, lambda: made.now) as address:
        browser.open(address)
    browser.until(STATUS, "connection lost")

"""The page of results that mean harm, in a browser: nothing in them runs, whatever its reader touches."""

from pathlib import Path
from threading import Thread

import pytest
from common.browser import Browser
from reporting import hostile
from reporting.html.pages import choose, saved

import gradx
from gradx.reporting.serve import server

HARM = "return [window.harmed ?? null, document.querySelectorAll('img, iframe, object, embed, form, base').length]"
TOUCH = """
const done = arguments[0];
for (const canvas of document.querySelectorAll("canvas")) {
  const over = canvas.closest(".uplot")?.querySelector(".u-over") ?? canvas;
  const box = over.getBoundingClientRect();
  for (const share of [0.1, 0.5, 0.9]) {
    const at = { clientX: box.left + share * box.width, clientY: box.top + share * box.height, bubbles: true };
    for (const kind of ["mouseenter", "mousemove", "pointermove", "mousedown", "mouseup", "click"]) {
      over.dispatchEvent(new MouseEvent(kind, at));
    }
  }
}
for (const each of document.querySelectorAll("details")) each.open = true;
for (const kind of ["main th button", ".map td button", ".chart-legend button", ".chart-tools button"]) {
  for (const each of [...document.querySelectorAll(kind)].slice(0, 6)) each.click();
}
setTimeout(() => done(document.querySelectorAll("canvas").length), 300);
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.kept(tmp_path_factory.mktemp("evil") / hostile.FOLDER, hostile.rows())


@pytest.mark.parametrize("width", [400, 1280])
def test_nothing_runs(browser: Browser, results: Path, tmp_path: Path, width: int) -> None:
    path = saved(tmp_path, gradx.report(results).html())
    browser.open(path, width)
    assert browser.driver.execute_async_script(TOUCH) > 2
    for name in ("map-across", "map-up"):
        for key in browser.js(
            "return [...document.getElementById(arguments[0]).options].map((one) => one.value)", name
        ):
            choose(browser, name, key)
    for one in browser.js("return [...document.querySelectorAll('[id^=panel-]')].map((each) => each.id)")[:3]:
        code = "location.hash = `#run-${arguments[0]}`; window.dispatchEvent(new Event('hashchange'))"
        browser.js(code, one.removeprefix("panel-"))
        browser.driver.execute_async_script(TOUCH)
        browser.js("document.getElementById('panel').close?.()")
    assert browser.js(HARM) == [None, 0]
    assert browser.js("return [...document.links].every((each) => each.getAttribute('href').startsWith('#'))")
    assert browser.errors() == []
    assert browser.requests() == [path.as_uri()]
    assert browser.overflow() <= 0


def test_the_filter_of_the_table_takes_text_as_text(browser: Browser, results: Path, tmp_path: Path) -> None:
    browser.open(saved(tmp_path, gradx.report(results).html()))
    for text in hostile.EVIL:
        shown = text.encode("utf-8", "backslashreplace").decode()[:50]
        for field in browser.js("return [...document.querySelectorAll('input')].map((each) => each.id)"):
            if field:
                choose(browser, field, shown)
    assert browser.js(HARM) == [None, 0]
    assert browser.errors() == []


def test_served_it_is_the_same(browser: Browser, results: Path) -> None:
    made = gradx.report(results)
    with server(lambda: made.html(live=True), lambda: "0") as served:
        Thread(target=served.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{served.server_port}/"
        browser.open(address)
        assert browser.driver.execute_async_script(TOUCH) > 2
        assert browser.js(HARM) == [None, 0]
        assert browser.errors() == []
        assert {one.partition("?")[0] for one in browser.requests()} <= {address, f"{address}version"}
        browser.driver.get("about:blank")
        served.shutdown()


def test_a_comparison(browser: Browser, results: Path, tmp_path: Path) -> None:
    other = hostile.kept(tmp_path / "<img src=x onerror=window.harmed=9>", hostile.rows())
    browser.open(saved(tmp_path, gradx.compare(results, other).html()), 400)
    browser.driver.execute_async_script(TOUCH)
    assert browser.js(HARM) == [None, 0]
    assert browser.errors() == []
    assert browser.overflow() <= 0

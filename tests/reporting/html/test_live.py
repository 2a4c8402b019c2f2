"""A served page in a browser: it follows the results and stays as it was left."""

import threading
from collections.abc import Iterator
from time import monotonic, sleep

import pytest
from common.browser import Browser

from gradx.base.errors import ResultsError
from gradx.reporting import serve as serving
from gradx.reporting.html import assets
from gradx.reporting.serve import server

DEADLINE = 15.0  # seconds


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
            f"<script>{assets.text(assets.LIVE)}</script></body></html>"
        )


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Results, str]]:
    monkeypatch.setattr(serving, "REST", 0.0)
    made = Results()
    with server(made.make, lambda: made.now) as opened:
        thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made, f"http://localhost:{opened.server_port}/"
        opened.shutdown()
        thread.join()


def until(browser: Browser, code: str, wanted: object) -> None:
    end = monotonic() + DEADLINE
    while (found := browser.js(code)) != wanted:
        assert monotonic() < end, f"{found!r} instead of {wanted!r}"
        sleep(0.05)


HEADING = "return document.querySelector('h1').textContent"
STATUS = "return document.querySelector('#live').textContent"


def test_news_replace_the_page_and_leave_it_as_it_was(browser: Browser, results: tuple[Results, str]) -> None:
    made, address = results
    browser.open(address)
    assert browser.js(STATUS) == "live"
    browser.js("document.querySelector('#filter').value = 'tanh'; document.querySelector('details').open = true")
    browser.js("scrollTo(0, 700)")
    made.now = "2"
    until(browser, HEADING, "2")
    until(
        browser,
        "return [document.querySelector('#filter').value, document.querySelector('details').open, scrollY]",
        ["tanh", True, 700],
    )
    assert browser.js(STATUS) == "updated"
    assert browser.errors() == []


def test_a_failure_is_shown_and_mends_itself(browser: Browser, results: tuple[Results, str]) -> None:
    made, address = results
    made.error = ResultsError("runs/1.parquet is half written")
    browser.open(address)
    assert browser.js(HEADING) == "The results cannot be read now"
    assert "half written" in browser.js("return document.body.innerText")
    made.error = None
    until(browser, HEADING, "1")
    assert browser.errors() == []


def test_a_server_that_has_gone_is_said_to_be(browser: Browser) -> None:
    made = Results()
    with server(made.make, lambda: made.now) as opened:
        thread = threading.Thread(target=opened.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        browser.open(f"http://127.0.0.1:{opened.server_port}/")
        opened.shutdown()
        thread.join()
    until(browser, STATUS, "connection lost")

"""A headless Chromium for tests of pages: what it shows, what it logs, and whether it asks for anything."""

import json
import shutil
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")

PATIENCE = 30.0  # seconds, for a machine with much else to do

Shown = Any
"""selenium's WebDriver."""


class Browser:
    """A page in Chromium.

    Attributes:
        driver: selenium's WebDriver, for whatever is not here.
    """

    def __init__(self, driver: Shown) -> None:
        self.driver = driver

    def open(self, address: str | Path, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a file, or a URL, in a window of that size; what was logged before is forgotten."""
        self.driver.get("about:blank")
        self.size(width, height)
        self.scheme("dark" if dark else "light")
        self.errors()
        self.requests()
        self.driver.get(address.resolve().as_uri() if isinstance(address, Path) else address)
        self.until("return document.readyState", "complete")
        self.until("return innerWidth", width)  # a new page may begin without any
        self.settled()

    def size(self, width: int, height: int = 900) -> None:
        """Of the viewport, in CSS pixels; below the narrowest window, too. What follows it has been drawn."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.until("return [innerWidth, innerHeight]", [width, height])
        self.settled()

    def scheme(self, word: str, reduced_motion: bool = True) -> None:
        """The colour scheme that the reader prefers: `light` or `dark`."""
        self._media("screen", word, reduced_motion)

    def printing(self, scheme: str = "light") -> None:
        """The page as a printer sees it."""
        self._media("print", scheme, True)

    def js(self, code: str, *values: Any) -> Any:
        """What a piece of JavaScript returns; the values are its `arguments`."""
        return self.driver.execute_script(code, *values)

    def until(self, code: str, wanted: Any, *values: Any) -> None:
        """Wait until a piece of JavaScript returns it, whatever reloads the page meanwhile.

        AssertionError with what it returned last, if it never does.
        """
        from selenium.common.exceptions import WebDriverException

        end = monotonic() + PATIENCE
        while True:
            try:
                found = self.js(code, *values)
            except WebDriverException as error:  # the page has been left, or is not there yet
                found = error.msg
            if found == wanted:
                return
            assert monotonic() < end, f"{found!r} instead of {wanted!r} after {PATIENCE:g} s: {code}"
            sleep(0.02)

    def settled(self) -> None:
        """Wait for the second frame from now: sizes have been observed, and what follows them is drawn."""
        frames = "requestAnimationFrame(() => requestAnimationFrame(() => done(true)))"
        self.until(f"return new Promise((done) => {frames})", True)

    def errors(self) -> list[str]:
        """What the console said since the last call: errors, warnings, breaches of the security policy."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last call; data: is part of the page and left out."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [params["request"]["url"] for params in asked if not params["request"]["url"].startswith("data:")]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.js("const r = document.documentElement; return r.scrollWidth - r.clientWidth"))

    def screenshot(self, path: Path, whole: bool = True) -> Path:
        """A picture of the window, or of the whole page."""
        options = {"captureBeyondViewport": whole} | self._clip(whole)
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", options)
        path.write_bytes(b64decode(shot["data"]))
        return path

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.js("const r = document.documentElement; return {width: r.clientWidth, height: r.scrollHeight}")
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def _media(self, kind: str, scheme: str, reduced_motion: bool) -> None:
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": features})
        queries = [kind, f"(prefers-color-scheme: {scheme})"]
        self.until("return arguments[0].every((each) => matchMedia(each).matches)", True, queries)


@contextmanager
def chromium(extra: Sequence[str] = ()) -> Iterator[Browser]:
    """A headless Chromium; the test is skipped where there is none. Use one for a module: starting takes a second."""
    program, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver_path is None:
        pytest.skip("needs chromium and chromedriver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (*ARGUMENTS, *extra):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver_path))
    driver.set_script_timeout(20)
    try:
        yield Browser(driver)
    finally:
        driver.quit()

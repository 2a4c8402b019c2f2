"""A headless Chromium for tests of pages: what it shows, what it logs, and whether it asks for anything."""

import json
import shutil
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")

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

    def size(self, width: int, height: int = 900) -> None:
        """Of the viewport, in CSS pixels; below the narrowest window, too."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def scheme(self, word: str, reduced_motion: bool = True) -> None:
        """The colour scheme that the reader prefers: `light` or `dark`."""
        self._media("screen", word, reduced_motion)

    def printing(self) -> None:
        """The page as a printer sees it."""
        self._media("print", "light", True)

    def js(self, code: str, *values: Any) -> Any:
        """What a piece of JavaScript returns; the values are its `arguments`."""
        return self.driver.execute_script(code, *values)

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
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def _media(self, kind: str, scheme: str, reduced_motion: bool) -> None:
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": features})


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

"""Heat maps in a browser: colours, marks, words, cursor and data."""

from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from common.browser import Browser
from reporting.html.drawn import at, key, mouse, page, painted, said, table, text

from gradx.reporting.elements import Axis, HeatMap

STAGE = ".heat-stage"
HOSTILE = "<img src=x onerror=alert(1)>"


def heat(cells: list[list[float | None]], **changes: Any) -> HeatMap:
    given: dict[str, Any] = {
        "columns": list(range(1, len(cells[0]) + 1)),
        "rows": [10 * (place + 1) for place in range(len(cells))],
        "x": Axis("depth"),
        "y": Axis("width"),
        "value": Axis("growth", log=True),
    }
    return HeatMap(key="map", title="Map", cells=cells, **given | changes)


MARKS: list[list[float | None]] = [[0.0, inf, nan, None], [0.5, 1.0, 2.0, -1.0]]


def cell(browser: Browser, row: int, column: int, rows: int = 2, columns: int = 4) -> tuple[float, float]:
    """The middle of a cell, counted from the top left, in the window."""
    code = """
    const probe = document.querySelector(".heat-cursor");
    return [probe.offsetLeft, probe.offsetTop, probe.offsetWidth, probe.offsetHeight];
    """
    key(browser, STAGE, "Escape", "ArrowUp", *["ArrowUp"] * rows, *["ArrowLeft"] * columns)
    left, top, width, height = browser.js(code)
    x, y = at(browser, STAGE, 0, 0)
    return x + left + width / 2 + column * (width - 2), y + top + height / 2 + row * (height - 2)


@pytest.mark.parametrize(("width", "dark"), [(400, False), (1280, True), (1920, False)])
def test_maps_of_all_kinds_draw_without_an_error(browser: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    words = [["vanishing", "stable", HOSTILE, ""], ["exploding", "diverged", "failed", "stable"]]
    maps = [
        heat(MARKS),
        heat(MARKS, centre=1.0),
        heat(MARKS, words=words),
        heat(MARKS, value=Axis("loss"), rows=[HOSTILE, True], columns=["a", HOSTILE * 3, None, False]),
        heat([[nan]]),
        heat([[3.0, 3.0]], centre=3.0),
        heat(
            [[10.0 ** (x - y) for x in range(100)] for y in range(100)], rows=list(range(100)), columns=list(range(100))
        ),
    ]
    browser.open(page(tmp_path, *maps), width, dark=dark)
    assert browser.errors() == []
    assert len(browser.requests()) == 1
    assert browser.overflow() == 0
    assert browser.js("return document.querySelectorAll('.heat-stage').length") == len(maps)
    assert browser.js("return document.querySelectorAll('img').length") == 0


def test_without_a_value_it_says_so(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, heat([[None, None]]), heat([[None]], words=[[""]])))
    for place in (0, 1):
        assert text(browser, f"#chart-{place}") == "nothing was measured"


def test_numbers_go_up_and_words_go_down(browser: Browser, tmp_path: Path) -> None:
    cells: list[list[float | None]] = [[1.0], [2.0]]
    browser.open(page(tmp_path, heat(cells), heat(cells, rows=["first", "second"])))
    for place, expected in enumerate(["depth 1, width 20: 2", "depth 1, width first: 1"]):
        key(browser, f"#chart-{place} {STAGE}", "ArrowUp", "ArrowUp", "ArrowUp")
        assert said(browser, place) == expected


def test_keys_read_every_cell(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, heat(MARKS)))
    heard = []
    for name in ("ArrowUp", "ArrowUp", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"):
        key(browser, STAGE, name)
        heard.append(said(browser).split(": ")[1])
    assert heard == ["0", "0.5", "0", "inf", "nan", "missing", "missing"]


def test_the_mouse_shows_a_cell(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, heat(MARKS)))
    for row, column, expected in [(0, 2, ["3", "20", "2"]), (1, 1, ["2", "10", "inf"]), (1, 3, ["4", "10", "missing"])]:
        mouse(browser, "Moved", *cell(browser, row, column))
        lines = text(browser, ".chart-tip").splitlines()
        assert lines == [f"depth: {expected[0]}", "width", expected[1], "growth", expected[2]]
    mouse(browser, "Moved", 1, 1)
    assert browser.js("return document.querySelector('.chart-tip').hidden")


def test_what_is_not_on_the_scale_stands_in_the_key(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, heat(MARKS), heat([[0.5, 1.0]])))
    names = "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)"
    assert browser.js(names, "#chart-0 .heat-key") == ["0", "below 0", "inf", "nan", "missing"]
    assert browser.js(names, "#chart-1 .heat-key") == []


def test_words_have_symbols_and_are_counted(browser: Browser, tmp_path: Path) -> None:
    words = [["vanishing", "stable", "odd", ""], ["vanishing", "diverged", "failed", "stable"]]
    browser.open(page(tmp_path, heat(MARKS, words=words)))
    names = browser.js("return [...document.querySelectorAll('.heat-key')].map((each) => each.textContent)")
    assert names == ["vanishing (2)", "stable (2)", "odd (1)", "diverged (1)", "failed (1)", "missing"]
    assert painted(browser, "vanishing") > painted(browser, "diverged") > 100
    key(browser, STAGE, "ArrowUp")
    assert said(browser) == "depth 1, width 10: vanishing (0)"


@pytest.mark.parametrize(("columns", "written"), [(2, {"▼ 0.704", "● 1.03"}), (22, {"▼ 0.7", "● 1"}), (40, set())])
def test_beside_a_word_stand_as_many_digits_as_have_room(
    browser: Browser, tmp_path: Path, columns: int, written: set[str]
) -> None:
    cells, words = [[0.704, 1.034] * (columns // 2)], [["vanishing", "stable"] * (columns // 2)]
    browser.open(page(tmp_path, heat(cells, words=words)), width=1000)
    browser.js("""
    window.written = [];
    const { prototype } = CanvasRenderingContext2D;
    const draw = prototype.fillText;
    prototype.fillText = function (text, ...rest) { window.written.push(text); return draw.call(this, text, ...rest); };
    """)
    browser.size(999)
    browser.until("return window.written.length > 0", True)
    assert {text for text in browser.js("return window.written") if text[:2] in ("▼ ", "● ")} == written


def test_colours_go_to_two_sides_of_the_centre(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, heat([[1.0]])))
    code = """
    const scale = gradx.scale(arguments[0], true, 1, [0.01, 100]);
    return arguments[0].map((each) => scale.of(each).match(/\\d+/g).map(Number));
    """
    low, middle, high = browser.js(code, [0.01, 1.0, 10.0])
    assert low[2] > low[0] + 50  # blue
    assert min(middle) > 230  # white
    assert high[0] > high[2] + 50  # red
    near, far = browser.js(
        "const s = gradx.scale([0.01, 10], true, 1, [0.01, 100]); return [s.share(10), s.share(0.01)]"
    )
    assert (far, near) == (0.0, pytest.approx(0.75))  # both sides by one measure


@pytest.mark.parametrize("log", [True, False])
def test_lightness_grows_with_the_value(browser: Browser, tmp_path: Path, log: bool) -> None:
    browser.open(page(tmp_path, heat([[1.0]])))
    code = """
    const scale = gradx.scale([1e-3, 1], arguments[0], null, [1e-3, 1]);
    return Array.from({ length: 20 }, (_, n) => scale.at(n / 19).match(/\\d+/g).map(Number));
    """
    light = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in browser.js(code, log)]
    assert light == sorted(light)


def test_numbers_stand_in_the_cells_only_where_all_fit(browser: Browser, tmp_path: Path) -> None:
    wide: list[list[float | None]] = [[0.123 + x / 100 for x in range(40)]]
    few: list[list[float | None]] = [[0.123, 0.456]]
    browser.open(page(tmp_path, heat(few, centre=100.0), heat(wide, centre=100.0)), 400)
    white = "return gradx.ink('rgb(10, 80, 140)')"
    assert browser.js(white) == "#ffffff"
    assert painted(browser, "panel", 0, (0.3, 0.5)) > 10  # white on blue
    assert browser.errors() == []


def test_the_data_are_a_table(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, heat(MARKS)))
    assert table(browser) == [
        ["width \\ depth", "1", "2", "3", "4"],
        ["20", "0.5", "1", "2", "-1"],
        ["10", "0", "inf", "nan", "missing"],
    ]

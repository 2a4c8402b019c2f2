"""The table of points in a browser: sorting, filters, pages, links."""

from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import pytest
from common.browser import Browser
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting.html.pages import choose, column, material, page, saved, sweep
from reporting.rows import grid_rows

from gradx.reporting.html.cells import cell

FILTER = "filter-points"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [*sweep(), *[each | {"run": f"9{each['run'][1:]}", "seed": each["seed"] + 2} for each in sweep()]]
    return saved(tmp_path_factory.mktemp("page"), page(material(rows)))


@pytest.fixture
def shown(browser: Browser, path: Path) -> Browser:
    browser.open(path)
    return browser


def click(browser: Browser, heading: str) -> str | None:
    """Clicks a heading; what is said of its order then."""
    return browser.js(
        """const head = [...document.querySelectorAll('[data-table="points"] th')].find((each) =>
            each.textContent === arguments[0]);
        head.querySelector("button").click(); return head.getAttribute("aria-sort")""",
        heading,
    )


def said(browser: Browser) -> str:
    return str(browser.js("return document.querySelector('#table-points .said').textContent"))


def place(text: str) -> tuple[int, float]:
    return (1, 0) if text == "nan" else (2, 0) if text == "-" else (0, float(text))


def test_scripts_show_what_stands_in_the_page(browser, path):
    """The rows without scripts are those with them."""
    browser.open(path)
    code = """const body = (root) => [...root.querySelectorAll('[data-table="points"] tbody tr')].map((row) =>
        [...row.cells].map((cell) => cell.textContent));
        const plain = new DOMParser().parseFromString(arguments[0], "text/html");
        return [body(plain), body(document)]"""
    before, after = browser.js(code, path.read_text().rpartition("<script>")[0])
    assert before == after
    assert len(after) == 24


@pytest.mark.parametrize("heading", ["final loss", "depth", "growth per layer"])
def test_sorting(shown, heading):
    values = column(shown, heading)
    assert click(shown, heading) == "ascending"
    assert column(shown, heading) == sorted(values, key=place)
    assert click(shown, heading) == "descending"
    numbers = [value for value in values if place(value)[0] == 0]
    others = sorted((value for value in values if place(value)[0]), key=place)
    assert column(shown, heading) == sorted(numbers, key=float, reverse=True) + others
    assert click(shown, heading) is None
    assert column(shown, heading) == values


def test_words_and_flags_can_be_sorted(shown):
    assert click(shown, "verdict per layer") == "ascending"
    words = column(shown, "verdict per layer")
    assert words == sorted(words, key=lambda word: word.split(" ")[-1] if word != "-" else "~")


@pytest.mark.parametrize(
    ("text", "picks"),
    [
        ("depth>=10", lambda row: row["depth"] >= 10),
        ("depth >= 10 and width==64", lambda row: row["depth"] >= 10 and row["width"] == 64),
        ("depth=2 seed!=0", lambda row: row["depth"] == 2 and row["seed"] != 0),
        ("vanishing", lambda row: row.get("verdict.depth") == "vanishing"),
        ("verdict.depth==stable", lambda row: row.get("verdict.depth") == "stable"),
        ('"verdict.depth"', lambda row: False),
        ("loss.final==nan", lambda row: isnan(row.get("loss.final") or 0)),
        ("loss.final==inf", lambda row: row.get("loss.final") == inf),
        ("loss.final<0.6", lambda row: row.get("loss.final") is not None and row["loss.final"] < 0.6),
        ("loss.final==missing", lambda row: row.get("loss.final") is None),
        ("solved==yes", lambda row: row.get("solved") is True),
        ("status==failed", lambda row: row["status"] == "failed"),
        ("optimizer.lr==0.01 depth<10", lambda row: row["depth"] < 10),
        ("00000000000b", lambda row: row["run"].endswith("00000000000b")),
        ("DEPTH<3", lambda row: row["depth"] < 3),
        ("growth per layer>1 width==64", lambda row: row.get("growth.depth", 0) > 1 and row["width"] == 64),
        ('"Growth per layer" > 1', lambda row: row.get("growth.depth", 0) > 1),
        ("verdict per layer==stable", lambda row: row.get("verdict.depth") == "stable"),
    ],
)
def test_filters(shown, text, picks):
    rows = [*sweep(), *[each | {"run": f"9{each['run'][1:]}", "seed": each["seed"] + 2} for each in sweep()]]
    choose(shown, FILTER, text)
    wanted = sorted(row["run"] for row in rows if picks(row))
    found = [run for run in column(shown, "run") if run != "no row is like that"]
    assert sorted(found) == wanted
    assert said(shown) == f"{len(wanted)} of 24 rows"


def test_a_filter_that_asks_for_nothing_known_says_so(shown):
    choose(shown, FILTER, "dept>3")
    assert said(shown).startswith("there is no column dept; columns: run, depth, width, seed, ")
    choose(shown, FILTER, "layer>3")
    assert said(shown).startswith("there is no column layer; columns: ")
    assert shown.js("return document.getElementById(arguments[0]).getAttribute('aria-invalid')", FILTER) == "true"
    assert len(column(shown, "run")) == 24
    choose(shown, FILTER, "")
    assert said(shown) == "24 rows"


def test_choices_go_with_the_filter(shown):
    choose(shown, FILTER, "width==16")
    choose(shown, "choice-depth", "depth==50")
    assert set(column(shown, "depth")) == {"50"}
    assert set(column(shown, "width")) == {"16"}


def test_pages(browser, tmp_path):
    rows = grid_rows(depth=range(25), seed=range(10))
    browser.open(saved(tmp_path, page(material(rows))))
    turn = """[...document.querySelectorAll("#table-points .pager button")].find((each) =>
        each.textContent === arguments[0]).click()"""
    seen = column(browser, "run")
    assert len(seen) == 100
    for length in (100, 50):
        browser.js(turn, "Next")
        part = column(browser, "run")
        assert len(part) == length
        seen += part
    assert seen == [row["run"] for row in rows]
    assert browser.js("return document.querySelector('#table-points .pager span').textContent") == "201–250 of 250"
    assert browser.js("return document.activeElement.textContent") == "Previous"  # the other one is at its end
    choose(browser, FILTER, "depth==3")
    assert len(column(browser, "run")) == 10


VALUES = (
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.sampled_from(["vanishing", "<b>", ""])
)


def encoded(value: Any) -> Any:
    return str(value) if isinstance(value, float) and (isnan(value) or value in (inf, -inf)) else value


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(VALUES, st.sampled_from(["spec", "number", "text"])), max_size=50))
def test_texts_are_those_of_python(browser, path, given_values):
    if not browser.js("return Boolean(window.gradx && window.gradx.cellText)"):
        browser.open(path)
    texts = browser.js(
        """return arguments[0].map(([value, kind, whole]) => gradx.cellText(
            kind === "text" ? value : gradx.plainValue(value), {kind, whole, digits: 6}))""",
        [[encoded(value), kind, isinstance(value, int)] for value, kind in given_values],
    )
    assert texts == [cell(encoded(value) if kind == "text" else value, kind, 6) for value, kind in given_values]


def test_order_of_odd_values(browser, path):
    browser.open(path)
    values = [3.0, nan, None, -inf, "b", inf, 0.0, "a10", "a9", nan, None, -2.0]
    places = browser.js(
        "const v = arguments[0].map(gradx.plainValue); return gradx.sortedPlaces(v.keys(), v, arguments[1])",
        [encoded(value) for value in values],
        False,
    )
    shown = [str(values[number]) for number in places]
    assert shown == ["-inf", "-2.0", "0.0", "3.0", "inf", "a9", "a10", "b", "nan", "nan", "None", "None"]


def test_the_first_column_stays_in_view(browser, path):
    browser.open(path, 400)
    left = """const rows = document.querySelector('#table-points .rows'); rows.scrollLeft = 300;
        const at = (each) => each.getBoundingClientRect().left;
        return at(rows.querySelector('tbody td')) - at(rows);"""
    assert 0 <= browser.js(left) <= 2

"""How the series of a chart look: no two alike, and predictions like none of them."""

from pathlib import Path

import pytest
from common.browser import Browser
from reporting.html.drawn import lines, page, two

from gradx.reporting.elements import Series


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Browser:
    """`two`, drawn."""
    browser.open(page(tmp_path, two()))
    return browser


def test_predictions_have_no_points_and_the_colour_of_what_they_name(browser: Browser, tmp_path: Path) -> None:
    series = [
        Series("a", [0, 1], [1, 2]),
        Series("tanh", [0, 1], [1, 2]),
        Series("theory: tanh", [0, 1], [1, 2], predicted=True),
    ]
    browser.open(page(tmp_path, lines(*series)))
    colours, points = browser.js("""
    const samples = [...document.querySelectorAll(".chart-key svg")];
    const points = samples.map((one) => one.querySelectorAll("circle, polygon").length);
    return [samples.map((one) => getComputedStyle(one).color), points];
    """)
    assert colours[2] == colours[1] != colours[0]
    assert points == [1, 1, 0]


def test_chance_takes_no_colour_of_a_series(shown: Browser) -> None:
    code = """
    const series = [{ label: "chance", predicted: true }, { label: "x" }, { label: "y" }];
    return gradx.styles(series).map((style) => [style.colour, style.shape]);
    """
    chance, *others = shown.js(code)
    assert chance == ["muted", None]
    assert all(colour.startswith("c") for colour, _ in others)


def test_series_differ_by_more_than_colour(shown: Browser) -> None:
    code = """
    const series = Array.from({ length: 28 }, (_, place) => ({ label: `n${place}` }));
    return gradx.styles(series).map((style) => [style.colour, style.dash.join(), style.shape]);
    """
    styles = [tuple(style) for style in shown.js(code)]
    assert len(set(styles)) == 28
    assert len({(style[0], style[2]) for style in styles}) == 28  # marks alone, too
    assert len({style[1:] for style in styles[:7]}) == 7


def test_a_label_keeps_its_look_from_chart_to_chart(shown: Browser) -> None:
    code = "return gradx.styles([{ label: 'rising' }, { label: 'new' }, { label: 'falling' }]).map((s) => s.colour)"
    assert shown.js(code) == ["c2", "c3", "c1"]

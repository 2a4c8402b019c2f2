"""Line charts in a browser: what is drawn, what mouse and keys do, what is said."""

from hashlib import sha256
from math import inf, log10, nan
from pathlib import Path

import pytest
from common.browser import Browser
from reporting.html.drawn import STEPS, at, drag, key, lines, mouse, odd, page, painted, said, table, text, two

from gradx.reporting.elements import Axis, Event, Limit, Series
from gradx.reporting.html import assets

OVER = ".u-over"
HOSTILE = "<img src=x onerror=alert(1)>&amp;</script><script>alert(2)</script>"


@pytest.fixture
def shown(browser: Browser, tmp_path: Path) -> Browser:
    """`two`, drawn."""
    browser.open(page(tmp_path, two()))
    return browser


def first_and_last(browser: Browser) -> tuple[float, float]:
    """The ends of what is shown, as they are read aloud."""
    found = []
    for name in ("Home", "End"):
        key(browser, OVER, name)
        found.append(float(said(browser).split(";")[0].split()[1]))
    return found[0], found[1]


def test_the_code_of_others_is_what_its_readme_says() -> None:
    folder = Path(assets.__file__).parent / "vendor"
    known = [line.split("`") for line in (folder / "README.md").read_text().splitlines() if line.startswith("| `")]
    sums = {parts[1]: parts[3] for parts in known}
    assert set(sums) == {path.name for path in folder.iterdir()} - {"README.md"}
    assert {name: sha256((folder / name).read_bytes()).hexdigest() for name in sums} == sums


@pytest.mark.parametrize(("width", "dark"), [(400, False), (400, True), (1280, False), (1920, True)])
def test_charts_of_all_kinds_draw_without_an_error(browser: Browser, tmp_path: Path, width: int, dark: bool) -> None:
    xs = list(range(30))
    charts = [
        two(),
        odd(),
        lines(Series("all nan", xs, [nan] * 30)),
        lines(Series("one", [5], [2.5], [1.0], [4.0])),
        lines(Series(HOSTILE, xs, [10.0 ** (-2 * x) for x in xs]), events=[Event(3, HOSTILE)], caption=HOSTILE),
        lines(*(Series(f"series {n}", xs, [float(n + x) for x in xs]) for n in range(20))),
        lines(Series("a", [0, 1], [0.5, 1.0]), x=Axis(HOSTILE, words=["relu", HOSTILE]), y=Axis("share")),
        lines(Series("lr", [0, 1e-4, 1e-2, inf, nan], [1.0, 2.0, 3.0, 4.0, 5.0]), x=Axis("lr", log=True)),
        lines(Series("negative", [0, 1], [-1.0, -inf]), Series("constant", [0, 1], [0.0, 0.0]), y=Axis("loss")),
    ]
    browser.open(page(tmp_path, *charts), width, dark=dark)
    assert browser.errors() == []
    assert len(browser.requests()) == 1
    assert browser.overflow() == 0
    assert browser.js("return document.querySelectorAll('.uplot').length") == len(charts)
    assert browser.js("return document.querySelectorAll('img, .chart script').length") == 0
    for place in range(len(charts)):
        assert painted(browser, "c1", place) > 10


def test_without_a_number_it_says_so(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, lines(), lines(Series("a", [1, 2], [None, None]))))
    for place in (0, 1):
        assert text(browser, f"#chart-{place}") == "nothing was measured"


def test_a_button_hides_its_series_and_shows_it_again(shown: Browser) -> None:
    before = painted(shown, "c1"), painted(shown, "c2")
    shown.js("document.querySelectorAll('.chart-key')[0].click()")
    assert shown.js("return [...document.querySelectorAll('.chart-key')].map((b) => b.ariaPressed)") == [
        "false",
        "true",
    ]
    assert painted(shown, "c1") == 0
    assert painted(shown, "c2") > 0
    shown.js("document.querySelectorAll('.chart-key')[0].click()")
    assert (painted(shown, "c1"), painted(shown, "c2")) == before


def test_without_any_series_shown_nothing_breaks(shown: Browser) -> None:
    shown.js("for (const button of document.querySelectorAll('.chart-key')) button.click()")
    assert shown.errors() == []
    assert painted(shown, "c1") == painted(shown, "c2") == 0


def test_the_cursor_shows_the_values(shown: Browser) -> None:
    mouse(shown, "Moved", *at(shown, OVER, 0.5 + 0.5 / 0.98 * (50 - 47.5) / 95 * 0.96, 0.5))
    lines_ = text(shown, ".chart-tip").splitlines()
    assert lines_ == ["step: 50", "falling", "1e-5", "rising", "10"]
    mouse(shown, "Moved", 1, 1)
    assert shown.js("return document.querySelector('.chart-tip').hidden")


def test_what_is_no_number_is_said_and_marked_at_the_edge(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, odd()))
    heard = []
    for _ in range(6):
        key(browser, OVER, "ArrowRight")
        heard.append(said(browser))
    assert heard == [f"step {x}; odd {y}" for x, y in enumerate(["1", "0", "inf", "nan", "missing", "2"])]
    assert painted(browser, "c1", part=(0, 0.12)) > 2  # ∞
    assert painted(browser, "c1", part=(0.8, 0.92)) > 4  # 0 and ?
    label = browser.js("return document.querySelector('.u-over').ariaLabel")
    assert all(f"1 values are {word}." in label for word in ("0", "inf", "nan"))


def test_a_box_drawn_by_the_mouse_is_zoomed_in_and_a_double_click_ends_it(shown: Browser) -> None:
    assert first_and_last(shown) == (0, 95)
    drag(shown, at(shown, OVER, 0.5, 0.5), at(shown, OVER, 0.8, 0.5))
    low, high = first_and_last(shown)
    assert 45 <= low <= 50
    assert 70 <= high <= 80
    drag(shown, at(shown, OVER, 0.5, 0.5), at(shown, OVER, 0.9, 0.5), modifiers=8)
    assert first_and_last(shown)[0] < low
    spot = at(shown, OVER, 0.5, 0.5)
    for count in (1, 2):
        mouse(shown, "Pressed", *spot, clickCount=count)
        mouse(shown, "Released", *spot, clickCount=count)
    assert first_and_last(shown) == (0, 95)


@pytest.mark.parametrize("names", [("+", "0"), ("+", "Escape"), ("+", "-")])
def test_keys_zoom_and_reset(shown: Browser, names: tuple[str, str]) -> None:
    key(shown, OVER, names[0])
    low, high = first_and_last(shown)
    assert 0 < high - low < 95
    key(shown, OVER, names[1])
    assert first_and_last(shown) == (0, 95)


def test_buttons_zoom_and_reset(shown: Browser) -> None:
    press = "document.querySelectorAll('.chart-tools button')[arguments[0]].click()"
    shown.js(press, 0)
    shown.js(press, 0)
    zoomed = first_and_last(shown)
    assert zoomed[1] - zoomed[0] < 50
    shown.js(press, 2)
    assert first_and_last(shown) == (0, 95)


def test_zoom_fits_the_height_to_what_is_left(shown: Browser) -> None:
    code = "document.querySelectorAll('.chart-key')[1].click()"  # only the falling line
    shown.js(code)
    drag(shown, at(shown, OVER, 0.8, 0.5), at(shown, OVER, 0.95, 0.5))
    assert painted(shown, "c1", part=(0, 0.4)) > 0  # it falls through the whole height again
    assert painted(shown, "c1", part=(0.6, 1)) > 0


def test_the_data_are_a_table_made_on_demand(browser: Browser, tmp_path: Path) -> None:
    other = Series("other", [1, 9], [0.25, 0.5], [0.1, 0.2], [0.3, nan])
    browser.open(page(tmp_path, lines(odd().series[0], other)))
    assert browser.js("return document.querySelectorAll('td').length") == 0
    cells = table(browser)
    assert cells[0] == ["step", "odd", "other", "other, low", "other, high"]
    assert cells[2] == ["1", "0", "0.25", "0.1", "0.3"]
    assert cells[4] == ["3", "nan", "", "", ""]
    assert cells[5] == ["4", "missing", "", "", ""]
    assert cells[7] == ["9", "", "0.5", "0.2", "nan"]


def test_colours_follow_the_scheme(shown: Browser) -> None:
    light = painted(shown, "c1")
    shown.js("document.documentElement.dataset.theme = 'dark'; document.dispatchEvent(new Event('gradx:scheme'))")
    assert painted(shown, "c1") > light * 0.7  # of what --c1 is now


def test_on_paper_a_chart_is_light_and_not_wider_than_the_page(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, two()), 1280, dark=True)
    look = """
    const canvas = document.querySelector("canvas");
    const light = ({ data }) => {
      const blue = data.map((each, at) => at % 4 === 2 && each === 178 && data[at - 1] === 114 && data[at - 2] === 0);
      return blue.filter(Boolean).length > 100; // #0072b2
    };
    const width = document.querySelector(".uplot").clientWidth;
    return [width, light(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height))];
    """
    for event, expected in [("beforeprint", [660, True]), ("afterprint", [1280 - 16, False])]:
        browser.js("window.dispatchEvent(new Event(arguments[0]))", event)
        assert browser.js(look) == expected


def test_a_chart_is_as_wide_as_its_place(shown: Browser) -> None:
    shown.size(500)
    assert shown.js("return document.querySelector('.uplot').clientWidth") == 500 - 16
    assert shown.overflow() == 0


def test_limits_are_drawn_only_where_values_come_near(browser: Browser, tmp_path: Path) -> None:
    def chart(low: float) -> object:
        return lines(Series("a", STEPS, [low] * len(STEPS)), limits=[Limit(1e-20, "ends", "below")])

    browser.open(page(tmp_path, chart(9e-18), chart(1.1e-17)))  # type: ignore[arg-type]
    assert painted(browser, "muted", 0) > painted(browser, "muted", 1) + 400


def test_the_reference_is_a_line_across_in_the_range(browser: Browser, tmp_path: Path) -> None:
    line = Series("a", STEPS, [1e-3] * len(STEPS))
    browser.open(page(tmp_path, lines(line, reference=1.0), lines(line)))
    assert painted(browser, "fg", 0, (0, 0.4)) > painted(browser, "fg", 1, (0, 0.4)) + 200


def test_the_cursor_stands_at_the_nearest_point(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path, two()))
    mouse(browser, "Moved", *at(browser, ".u-over", 0.507, 0.5))
    code = """
    const [line, over] = [".u-cursor-x", ".u-over"].map((each) => document.querySelector(each).getBoundingClientRect());
    return (line.left - over.left) / over.width;
    """
    places = [(0.02 + step / 95) / 1.04 for step in STEPS]
    assert min(abs(browser.js(code) - place) for place in places) < 0.003


@pytest.mark.parametrize(
    ("low", "high"), [(1e-60, 1.0), (1e-5, 1e5), (1.0, 9.0), (2.30, 2.31), (5e-324, 1.7e308), (1e-20, 3e-19)]
)
def test_ticks_of_a_log_axis_are_few_and_differ(shown: Browser, low: float, high: float) -> None:
    code = "const t = gradx.logTicks(arguments[0], arguments[1], 8); return [t, gradx.logTexts(t)]"
    ticks, texts = shown.js(code, log10(low), log10(high))
    assert 2 <= len(texts) <= 10
    assert len(set(texts)) == len(texts)
    assert all(log10(low) - 1e-9 <= tick <= log10(high) + 1e-9 for tick in ticks)
    assert [log10(float(each)) for each in texts] == pytest.approx(ticks, abs=1e-3)


@pytest.mark.parametrize(
    ("number", "shown_as"),
    [
        (0.0, "0"),
        (1e-4, "0.0001"),
        (1e-5, "1e-5"),
        (0.00012349, "0.0001235"),
        (2.30259, "2.303"),
        (12500, "12500"),
        (-1.5e30, "-1.5e30"),
        (None, "missing"),
    ],
)
def test_numbers_have_four_digits(shown: Browser, number: float | None, shown_as: str) -> None:
    assert shown.js("return gradx.number(arguments[0])", number) == shown_as


def test_the_axis_ends_where_the_chart_says(browser: Browser, tmp_path: Path) -> None:
    spike = [Series("calm", [0, 1], [1.0, 2.0]), Series("spike", [0, 1], [1.0, 1e20])]
    browser.open(page(tmp_path, lines(*spike, top=6.0), lines(*spike)))
    code = """
    return JSON.parse(document.getElementById("data").textContent).map((chart) => {
      const plane = gradx.plane(chart);
      return gradx.fittedY(chart, plane, [true, true], gradx.wholeX(chart, plane)).range[1];
    });
    """
    ended, whole = browser.js(code)
    assert 0.3 < ended < 2 < 20 < whole  # decades
    assert browser.errors() == []


@pytest.mark.parametrize("worst", [inf, -inf])
def test_a_band_without_an_end_is_lighter_beyond_its_line(browser: Browser, tmp_path: Path, worst: float) -> None:
    """Between two places that have none, and not on the way from one that has one: there nothing was measured."""
    low, high = [1.0, *[min(worst, 1.0)] * 2, 1.0], [4.0, *[max(worst, 4.0)] * 2, 4.0]
    band, whole = (Series("a", [0, 1, 2, 3], [2.0] * 4, *ends) for ends in ([low, high], [[1.0] * 4, [4.0] * 4]))
    browser.open(page(tmp_path, lines(band, y=Axis("loss")), lines(whole, y=Axis("loss"))))
    code = """
    return [...document.querySelectorAll("canvas")].flatMap((canvas) => [0.25, 0.48].map((share) => {
      const column = canvas.getContext("2d").getImageData(Math.round(canvas.width * share), 0, 1, canvas.height).data;
      return [...column].filter((_, at) => at % 4 === 3);
    }));
    """
    found = [[sum(abs(each - alpha) <= 2 for each in one) for alpha in (46, 15)] for one in browser.js(code)]
    towards, open_ended, *closed = found
    assert all(pixels > 20 for pixels in open_ended)  # 18 and 6 %
    assert all(dark > 20 > 2 > light for dark, light in (towards, *closed))


@pytest.mark.parametrize(("worst", "top"), [(inf, True), (-inf, False)])
def test_nan_stands_at_the_edge_that_it_counts_as(browser: Browser, tmp_path: Path, worst: float, top: bool) -> None:
    browser.open(page(tmp_path, lines(Series("a", [0, 1], [2.0, nan]), worst=worst)))
    code = """
    const canvas = document.querySelector("canvas");
    const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const rows = [];
    for (let at = 0; at < data.length; at += 4) {
      const isOfTheLine = data[at + 3] > 200 && data[at + 2] - data[at] > 80;
      if (isOfTheLine && (at / 4) % width > width * 0.9) rows.push(Math.floor(at / 4 / width) / canvas.height);
    }
    return rows;
    """
    rows = browser.js(code)
    assert rows
    assert all((row < 0.2) if top else (row > 0.7) for row in rows)

"""The page in a browser: widths, schemes, keys, and results that mean harm."""

from itertools import pairwise
from pathlib import Path

import pytest
from common.browser import Browser, chromium
from reporting.html.pages import HOSTILE, SNEAKY, chart, choose, material, page, rgb, saved, source, sweep
from reporting.rows import failed, row

from gradx.reporting.html.palette import DARK, LIGHT

WIDTHS = (400, 1280, 1920)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    made = material(sweep(), sources=[source(folder / "results", 0, "depth: 3\n" * 50, '{"gradx": "0.1.0"}')])
    return saved(folder, page(made, [chart("one"), chart("two", "loss")], chart("headline")))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_says_nothing_and_asks_for_nothing(browser, path, width, dark):
    browser.open(path, width, dark=dark)
    assert browser.overflow() <= 0
    assert browser.errors() == []
    assert browser.requests() == [path.as_uri()]
    assert rgb(browser, "body", "backgroundColor") == (DARK if dark else LIGHT)["ground"]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_is_drawn_and_nothing_sticks_out(browser, path, width):
    browser.open(path, width)
    sizes = browser.js("""return [...document.querySelectorAll("[data-chart]")].map((host) => [
        host.dataset.chart, host.querySelectorAll("canvas").length, host.clientHeight > 100,
        Math.max(...[...host.querySelectorAll("*")].map((each) => each.getBoundingClientRect().right))
            <= host.getBoundingClientRect().right + 1])""")
    assert [size[0] for size in sizes] == ["headline", "two"]
    assert all(canvases > 0 and tall and inside for _, canvases, tall, inside in sizes)


def test_the_button_wins_over_the_system(browser, path):
    browser.open(path, dark=True)
    assert browser.js("return document.getElementById('theme').textContent") == "Light"
    heard = """window.heard = 0; document.addEventListener("gradx:scheme", () => (window.heard += 1));
        document.getElementById("theme").click(); return window.heard"""
    assert browser.js(heard) == 1
    assert rgb(browser, "body", "backgroundColor") == LIGHT["ground"]
    browser.scheme("light")
    browser.js("document.getElementById('theme').click()")
    assert rgb(browser, "body", "backgroundColor") == DARK["ground"]
    assert rgb(browser, "body", "color") == DARK["fg"]
    browser.js("localStorage.clear()")


def test_the_keyboard_reaches_everything(browser, path):
    """The first stop skips to the report; what can be clicked can be reached, and shows that it has been."""
    from selenium.webdriver import ActionChains, Keys

    browser.open(path)
    order = []
    for _ in range(40):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        outlined = """const at = document.activeElement; const name = at.id || at.className || at.textContent.trim();
            return [name, getComputedStyle(at).outlineStyle !== "none"]"""
        order.append(tuple(browser.js(outlined)))
    assert order[0] == ("skip", True)
    names = [name for name, _ in order]
    for wanted in ("theme", "Runs", "map-across", "map-value"):
        assert wanted in names
    assert all(shown for name, shown in order if name)


def test_names_and_roles(browser, path):
    browser.open(path)
    assert browser.js("return document.documentElement.lang") == "en"
    assert browser.js("return document.title") == "Does depth matter? · gradx"
    unnamed = browser.js("""const named = (each) => each.textContent.trim() || each.ariaLabel || each.labels?.length;
        return [...document.querySelectorAll("button, a, input, select")].filter((each) => !named(each)).length""")
    assert unnamed == 0
    levels = browser.js("return [...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_contents_follow_the_reader(browser, path):
    browser.open(path)
    current = "return document.querySelector('.contents [aria-current]').textContent"
    assert browser.js(current) == "The answer"
    browser.js("document.querySelector('.contents a[href=\"#again\"]').click()")
    assert browser.js(current) == "Make it again"
    browser.until("return location.hash", "#again")
    browser.settled()  # it has gone there before it goes elsewhere
    browser.js("document.dispatchEvent(new Event('wheel'))")
    browser.js("document.getElementById('section-points').scrollIntoView({behavior: 'instant'})")
    browser.js("document.dispatchEvent(new Event('scroll'))")
    assert browser.js(current) == "Runs"


@pytest.mark.parametrize("amount", [1, 2, 3])
def test_a_lone_chart_fills_its_row(browser, tmp_path, amount):
    browser.open(saved(tmp_path, page(material(sweep()), [chart(f"c{number}") for number in range(amount)])))
    wide, *sides = browser.js("""return [document.querySelector(".elements"), ...document.querySelectorAll(".drawing")]
        .map((each) => each.getBoundingClientRect()).map((box) => [box.left, box.right])""")
    rows = [sides[at : at + 2] for at in range(0, amount, 2)]
    assert all((row[0][0], row[-1][1]) == tuple(wide) for row in rows)


def test_what_scrolls_shows_it_and_can_be_reached(browser, path):
    """A region with a name and a place in the order of the keys; a shade at the edge beyond which there is more."""
    browser.open(path, 400)
    unnamed = browser.js("""return [...document.querySelectorAll("main *")].filter((each) =>
        each.scrollWidth > each.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
        && !(each.tabIndex === 0 && each.role === "region" && each.ariaLabel)).map((each) => each.outerHTML)""")
    assert unnamed == []
    wider = "const rows = document.querySelector('#table-points .rows'); return rows.scrollWidth > rows.clientWidth"
    assert browser.js(wider)
    before = right_edge(browser, tmp := path.parent / "edge.png")
    browser.js("document.querySelector('#table-points .rows').scrollLeft = 1e6")
    assert right_edge(browser, tmp) > before + 30


def right_edge(browser: Browser, path: Path) -> int:
    """How light the table is at its right edge, from 0 to 255."""
    from matplotlib.image import imread

    box = """const box = document.querySelector("#table-points tbody tr:nth-child(3)");
        box.scrollIntoView({block: "center"});
        const rows = document.querySelector("#table-points .rows").getBoundingClientRect();
        return [rows.right, box.getBoundingClientRect().top + 3]"""
    right, top = browser.js(box)
    browser.settled()
    picture = imread(browser.screenshot(path, whole=False))
    return int(255 * picture[int(top), int(right) - 3, :3].min())


def test_without_scripts_question_answer_and_tables_are_there(tmp_path):
    with chromium(["--blink-settings=scriptEnabled=false"]) as browser:
        browser.driver.get(saved(tmp_path, page(material(sweep()), [chart("one")], chart("headline"))).as_uri())
        source = browser.driver.find_element("tag name", "body").text
    assert "Does depth matter?" in source
    assert "Scripts are off" in source
    assert "000000000007" in source
    assert "Map" not in source


def test_hostile_results_do_nothing(browser, tmp_path):
    rows = [
        row(run=f"{number:012x}", depth=depth, width=width, activation=word, evidence__depth=HOSTILE, name=SNEAKY)
        for number, (depth, width, word) in enumerate([(1, 1, HOSTILE), (1, 2, SNEAKY), (2, 1, "'\"`"), (2, 2, "tanh")])
    ]
    rows.append(failed(row(run="javascript:alert(5)", depth=3, width=3, activation=HOSTILE), HOSTILE))
    made = material(rows, paths=[Path(HOSTILE)], sources=[source(tmp_path / "made", 0, HOSTILE + SNEAKY, HOSTILE)])
    shown = saved(tmp_path, page(made, [chart("one", HOSTILE)], chart("top", SNEAKY), question=HOSTILE, answer=SNEAKY))
    browser.open(shown, 400)
    assert HOSTILE in browser.js("return document.querySelector('h1').textContent")
    for anchor in ("000000000000", "javascript_alert_5_"):
        browser.js("location.hash = `#run-${arguments[0]}`; window.dispatchEvent(new Event('hashchange'))", anchor)
        assert browser.js("return document.getElementById('panel').open")
        browser.js("document.getElementById('panel').close()")
    for name in ("map-across", "map-up"):
        for key in ("activation", "depth"):
            choose(browser, name, key)
    browser.js("document.querySelectorAll('.map td button').forEach((each) => each.click())")
    assert browser.js("return document.querySelectorAll('img, iframe, [onload], [onerror]').length") == 0
    assert browser.js("return [...document.links].every((link) => link.getAttribute('href').startsWith('#'))")
    assert browser.errors() == []
    assert browser.requests() == [shown.as_uri()]
    assert browser.overflow() <= 0


@pytest.mark.parametrize(
    "rows",
    [[], [row()], [row(status="diverged", diverged_at=1, loss__final=float("nan"))], [failed(row())], sweep()[:1]],
    ids=["empty", "one", "diverged", "failed", "point"],
)
def test_small_reports(browser, tmp_path, rows):
    shown = saved(tmp_path, page(material(rows)))
    browser.open(shown, 400)
    assert browser.errors() == []
    assert browser.overflow() <= 0

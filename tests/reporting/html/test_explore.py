"""The map and the panels of single runs, in a browser."""

from pathlib import Path
from time import monotonic

import pytest
from common.browser import PATIENCE, Browser
from reporting.html.pages import choose, column, material, page, saved, sweep
from reporting.rows import failed, grid_rows

from gradx.reporting.colours import contrast
from gradx.reporting.html.cells import number
from gradx.reporting.runs.middle import middle
from gradx.reporting.runs.outcomes import outcome_of

CELLS = """return ([...document.querySelectorAll("#map-rows tbody tr")].map((row) =>
    [row.querySelector("th").textContent, [...row.querySelectorAll("td")].map((cell) => cell.textContent)]))"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("page"), page(material(sweep())))


@pytest.fixture
def shown(browser: Browser, path: Path) -> Browser:
    browser.open(path)
    return browser


def by_hand(key: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for width in (64, 16):  # numbers go up
        for depth in (2, 10, 50):
            values = [row.get(key) for row in sweep() if row["depth"] == depth and row["width"] == width]
            known = [value for value in values if value is not None]
            found.setdefault(str(width), []).append(number(float(middle(known, outcome_of(key).log))) if known else "-")
    return found


def cells(browser: Browser) -> dict[str, list[str]]:
    """The texts of the map by the names of its rows, from the top."""
    return dict(browser.js(CELLS))


def without_symbols(shown: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: [text.split(" ")[0] for text in row] for name, row in shown.items()}


@pytest.mark.parametrize("key", ["growth.depth", "loss.final"])
def test_cells_are_medians(shown, key):
    choose(shown, "map-value", key)
    assert without_symbols(cells(shown)) == by_hand(key)


def test_verdicts_stand_beside_numbers(shown):
    assert cells(shown)["16"] == ["1.45 ▲", "1.29 ▲", "0.495 ▼"]


def test_shares_and_words(shown):
    choose(shown, "map-value", "solved")
    assert cells(shown)["16"][0] == "50 % ▲"
    choose(shown, "map-value", "verdict.depth")
    assert cells(shown) == {"64": ["▲ 2/2", "▲ 1/1", "▼ 2/2"], "16": ["▲ 2/2", "▲ 2/2", "▼ 2/2"]}


def test_untrained_runs_count_as_missing(browser, tmp_path):
    rows = sweep()
    rows[4] |= {"steps": 0, "steps_done": 0, "loss.final": 9.0}
    browser.open(saved(tmp_path, page(material(rows))))
    choose(browser, "map-value", "loss.final")
    assert without_symbols(cells(browser))["16"][1] == number(rows[5]["loss.final"])


def test_any_two_axes(shown):
    choose(shown, "map-across", "seed")
    choose(shown, "map-up", "depth")
    assert list(cells(shown)) == ["50", "10", "2"]
    choose(shown, "map-up", "seed")  # the other one gives way
    assert shown.js("return document.getElementById('map-across').value") != "seed"


def test_the_other_axes_can_be_held(shown):
    choose(shown, "map-fixed-seed", "seed==1")
    first = sweep()[1]
    assert without_symbols(cells(shown))["16"][0] == number(first["growth.depth"])


def test_odd_values_are_told(shown):
    choose(shown, "map-value", "loss.final")
    titles = shown.js("return [...document.querySelectorAll('.map td button')].map((each) => each.title)")
    assert sum(", 1 nan" in title for title in titles) == 1
    assert sum(", 1 inf" in title for title in titles) == 1
    assert sum("1 without it" in title for title in titles) == 2  # one missing, one failed


def test_a_cell_leads_to_its_runs(shown):
    shown.js("document.querySelector('.map tbody tr:last-child td button').click()")
    assert set(column(shown, "depth")) == {"2"}
    assert set(column(shown, "width")) == {"16"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_can_be_read_on_their_colours(browser, path, scheme):
    browser.open(path, dark=scheme == "dark")
    looks = browser.js("""return [...document.querySelectorAll(".map td")].map((cell) => {
        const style = getComputedStyle(cell); return [style.backgroundColor, style.color]; })""")
    assert len(looks) == 6
    assert all(contrast(hexadecimal(behind), hexadecimal(text)) >= 4.5 for behind, text in looks)


def hexadecimal(colour: str) -> str:
    return "#" + "".join(f"{int(number):02x}" for number in colour.strip("rgb()").split(", "))


def test_many_values_are_put_together(browser, tmp_path):
    rows = grid_rows(width=[8, 16], depth=[1])
    rows = [
        rows[place % 2] | {"run": f"{place:012x}", "optimizer.lr": 1e-4 * 1.03**place, "growth.depth": float(place)}
        for place in range(200)
    ]
    browser.open(saved(tmp_path, page(material(rows))))
    choose(browser, "map-across", "optimizer.lr")
    assert (
        len(browser.js("return [...document.querySelectorAll('#map-rows thead th')].map((e) => e.textContent)")) == 17
    )
    counts = browser.js(
        "return [...document.querySelectorAll('.map td button')].map((e) => e.title.match(/of (\\d+) run/)[1])"
    )
    assert sum(map(int, counts)) == 200


def test_a_panel_opens_by_its_address_and_closes_by_escape(shown):
    shown.js("document.querySelector('[data-table=\"points\"] a').click()")
    shown.until("return document.getElementById('panel').open", True)
    assert shown.js("return document.getElementById('panel-title').textContent") == "depth 2, width 16, seed 0"
    assert shown.js("return document.querySelectorAll('#panel canvas').length") > 0
    assert shown.errors() == []
    shown.js("document.getElementById('panel').close()")
    shown.until("return location.hash === ''", True)


def test_facts_of_a_run(shown):
    open_run(shown, "000000000002")
    facts = shown.js("""return Object.fromEntries([...document.querySelectorAll("#panel .facts-of div")].map((each) =>
        [each.children[0].textContent, each.children[1].textContent]))""")
    row = sweep()[2]
    assert facts["loss.final"] == "nan"
    assert facts["width"] == "64"
    assert facts["growth.depth"] == number(row["growth.depth"])
    assert facts["verdict.depth"] == "▲ exploding"
    assert facts["activation"] == "sigmoid"  # the same in all runs
    command = shown.js("return document.querySelector('#panel .command').textContent")
    assert command == "gradx report results/grid --where 'run == \"000000000002\"'"


def test_a_failed_run_says_why(shown):
    open_run(shown, "000000000007")
    assert "MemoryError: 12 GB are needed" in shown.js("return document.getElementById('panel').textContent")


def test_next_and_previous_follow_the_table(shown):
    choose(shown, "filter-points", "seed==1")
    open_run(shown, "000000000001")
    turn = "[...document.querySelectorAll('#panel .turns button')].find((each) => each.textContent === arguments[0])"
    assert shown.js(f"return {turn}.disabled", "Previous")
    shown.js(f"{turn}.click()", "Next")
    assert shown.js("return location.hash") == "#run-000000000003"
    assert shown.js("return document.activeElement.textContent") == "Next"


def test_ten_thousand_runs(browser, tmp_path):
    """All are there, and the page stays a few megabytes."""
    rows = grid_rows(depth=range(1, 11), width=range(1, 101), seed=range(10))
    for place, each in enumerate(rows):
        each["growth.depth"] = place / 9999
        each["evidence.depth"] = (
            f"{place}: the gradient norm changes by a factor {place / 9999} per layer towards the input"
        )
    rows[-1] = failed(rows[-1])
    text = page(material(rows))
    assert len(text.encode()) < 3_000_000
    browser.open(saved(tmp_path, text))
    assert browser.errors() == []
    choose(browser, "filter-points", "depth==10 width==100")
    assert len(column(browser, "run")) == 10


def open_run(browser: Browser, run: str) -> None:
    browser.js("location.hash = `#run-${arguments[0]}`", run)
    browser.until("return document.getElementById('panel').open", True)


def test_panels_that_were_closed_are_forgotten(shown):
    """Or the charts of all runs that a reader has gone through would stay in memory, and be drawn again for print."""
    before = listeners(shown)
    for place in range(5):
        open_run(shown, f"{place:012d}")
        shown.until("return document.querySelectorAll('#panel canvas').length > 0", True)
    assert listeners(shown) > before
    shown.js("document.getElementById('panel').close()")
    end = monotonic() + PATIENCE
    while listeners(shown) > before:
        assert monotonic() < end, f"{listeners(shown)} listeners, {before} before"


def listeners(browser: Browser) -> int:
    """Of the window and the document, those of charts among them."""
    found = 0
    for name in ("window", "document"):
        of = browser.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": name})["result"]["objectId"]
        found += len(browser.driver.execute_cdp_cmd("DOMDebugger.getEventListeners", {"objectId": of})["listeners"])
    return found

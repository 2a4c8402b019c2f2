"""The page on paper: light, without what cannot be clicked there, nothing cut, and it says what is left out."""

from pathlib import Path

import pytest
from reporting.html.pages import chart, choose, material, page, rgb, saved, source, sweep
from reporting.rows import grid_rows

from gradx.reporting.html.palette import LIGHT


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    made = material(sweep(), sources=[source(folder / "results", 0, "depth: 3\n" * 50, '{"gradx": "0.1.0"}')])
    return saved(folder, page(made, [chart("one"), chart("two", "loss")], chart("headline")))


def test_printed_it_is_light_open_and_without_controls(browser, path):
    browser.open(path, dark=True)
    browser.js("document.documentElement.dataset.theme = 'dark'; window.dispatchEvent(new Event('beforeprint'))")
    browser.printing()
    assert rgb(browser, "main h2", "color") == LIGHT["fg"]
    hidden = """return [...document.querySelectorAll("input, select, .contents, #theme")].filter((each) =>
        each.offsetParent !== null).length"""
    assert browser.js(hidden) == 0
    assert browser.js("return document.querySelectorAll('#again details:not([open])').length") == 0
    assert (
        browser.js("return document.querySelector('pre').scrollHeight - document.querySelector('pre').clientHeight")
        <= 0
    )
    browser.js("window.dispatchEvent(new Event('afterprint'))")
    assert browser.js("return document.querySelectorAll('.again[open]').length") == 0


@pytest.mark.parametrize("chosen", [None, "dark", "light"])
def test_paper_is_light_whatever_was_chosen(browser, path, chosen):
    browser.open(path, dark=True)
    if chosen:
        browser.js("document.documentElement.dataset.theme = arguments[0]", chosen)
    browser.printing("dark")
    assert [rgb(browser, "main h2", "color"), rgb(browser, ".drawing", "backgroundColor")] == [
        LIGHT["fg"],
        LIGHT["panel"],
    ]
    browser.js("delete document.documentElement.dataset.theme")


def test_heads_can_be_repeated_and_charts_stay_as_high_as_they_were_when_pages_were_counted(browser, tmp_path):
    rows = [each | {"growth.depth": 0.5} for each in grid_rows(depth=range(30), seed=range(5))]
    made = material(rows, sources=[source(tmp_path / "results", 0, "depth: 3\n" * 5, "{}")])
    browser.open(saved(tmp_path, page(made, [chart("one"), chart("two")], chart("top"))))
    browser.js("document.querySelector('[data-table=\"points\"] th button').click()")
    browser.printing()
    browser.js("window.dispatchEvent(new Event('beforeprint'))")
    browser.settled()
    heads = "return [...document.querySelectorAll('.rows thead button')].filter((each) => each.offsetParent).length"
    assert browser.js(heads) == 0  # Chromium repeats a head only where it has none
    head = "return getComputedStyle(document.querySelector('[data-table=points] th'), '::before').content"
    assert browser.js(head) == '"run"'
    notes = browser.js(
        "return [...document.querySelectorAll('.printed')].map((each) => each.innerText).filter(Boolean)"
    )
    assert notes == [
        "Printed: rows 1 to 100 of 150; sorted by run. All rows: this page in a browser, or gradx report --csv."
    ]
    assert browser.js("return document.querySelector('.uplot').clientHeight") < 300
    browser.size(1000)  # pages have been counted: no chart may grow
    assert browser.js("return document.querySelector('.uplot').clientHeight") < 300
    browser.js("window.dispatchEvent(new Event('afterprint'))")
    assert browser.js("return document.querySelector('.uplot').clientHeight") > 300


def test_on_paper_it_is_said_which_rows_were_chosen(browser, path):
    browser.open(path)
    choose(browser, "filter-points", "depth==10")
    choose(browser, "map-fixed-seed", "seed==1")
    browser.printing()
    notes = browser.js(
        "return [...document.querySelectorAll('.printed')].map((each) => each.innerText).filter(Boolean)"
    )
    assert notes == [
        "Only runs with seed==1.",
        "Printed: 4 of 12 rows, with depth==10. All rows: this page in a browser, or gradx report --csv.",
    ]


def test_no_word_of_a_table_is_broken_on_paper(browser, tmp_path):
    """Each word of each cell stands on one line; names without an end may be broken."""
    rows = [each | {"growth.depth": 0.5} for each in grid_rows(init__recurrent__gain=[0.8, 1.0], activation=["a" * 99])]
    rows += [each | {"run": "f" * 12} for each in grid_rows(init__recurrent__gain=[1.5], activation=["leaky_relu"])]
    browser.open(saved(tmp_path, page(material(rows))))
    browser.printing()
    browser.size(300)
    code = """
    return [...document.querySelectorAll(".listing td:not(:has(a)), .listing th")].flatMap((cell) => {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      const broken = [];
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const { 0: word, index } of node.textContent.matchAll(/\\S+/g)) {
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word);
        }
      }
      return broken;
    });
    """
    assert set(browser.js(code)) == {"a" * 99}

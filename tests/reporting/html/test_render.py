"""The page as text: what it may do, what it says, and that nothing in the results can change what it is."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from math import nan
from pathlib import Path

import pytest
from reporting.html.pages import HOSTILE, SNEAKY, chart, data, material, page, panels, source, sweep
from reporting.rows import failed, grid_rows, row

from gradx.reporting.elements import Section
from gradx.reporting.html.render import render
from gradx.reporting.views.headline import Headline


class Read(HTMLParser):
    """Every element with its attributes, and the text of scripts, styles and data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.blocks.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            tag, attributes, text = self.blocks[-1]
            self.blocks[-1] = (tag, attributes, text + data)


def digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def hostile() -> str:
    rows = [
        row(run="0" * 12, depth=3, activation=HOSTILE, evidence__depth=SNEAKY, name=SNEAKY),
        failed(row(run=HOSTILE, depth=4, activation=SNEAKY), HOSTILE),
    ]
    made = material(rows, paths=[Path(f"results/{HOSTILE}")], where=f"name == '{HOSTILE}'")
    return page(made, [chart("first", HOSTILE)], None, question=HOSTILE, answer=SNEAKY)


@pytest.mark.parametrize("live", [False, True])
def test_only_our_own_blocks_may_run(live):
    text = render(Headline("Does it?", "It does."), [], material(sweep()), panels, live)
    read = Read(text)
    (policy,) = [dict(attributes)["content"] for tag, attributes in read.elements if "http-equiv" in attributes]
    parts = dict(part.split(" ", 1) for part in str(policy).split("; "))
    script = [block for tag, attributes, block in read.blocks if tag == "script" and "type" not in attributes]
    style = [block for tag, _, block in read.blocks if tag == "style"]
    assert parts == {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "script-src": digest(*script),
        "style-src": digest(*style),
        "img-src": "data:",
    } | ({"connect-src": "'self'"} if live else {})


@pytest.mark.parametrize("make", [lambda: page(material(sweep()), [chart("one")], chart("top")), hostile])
def test_the_page_asks_for_nothing_and_runs_nothing_else(make):
    for tag, attributes in Read(make()).elements:
        assert tag not in ("iframe", "object", "embed", "form", "base", "img", "svg")
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        for name in ("src", "srcset", "action", "data"):
            assert name not in attributes
        if "href" in attributes:
            assert str(attributes["href"]).startswith(("#", "data:image/svg+xml,"))


def test_hostile_text_stays_text():
    """The same elements as with harmless words, and no control character or mark of direction in the page."""
    rows = [row(run="0" * 12, depth=3, activation="a", name="n"), failed(row(run="b", depth=4), "c")]
    harmless = page(material(rows, where="name == 'x'"), [chart("first")])
    tags = [[tag for tag, _ in Read(text).elements] for text in (hostile(), harmless)]
    assert tags[0] == tags[1]
    assert not re.search("[\x00\x1b\u2028\u202e]", hostile())
    assert "{{ 7 * 7 }}" in hostile()
    assert data(hostile(), "all-runs")["columns"]


def test_the_licence_of_what_is_not_ours_goes_along():
    text = page(material(sweep()))
    assert "Copyright (c) 2022 Leon Sorokin" in text
    assert "Permission is hereby granted, free of charge" in text


def test_the_same_results_give_the_same_bytes():
    assert page(material(sweep()), [chart("one")]) == page(material(sweep()), [chart("one")])


def test_a_section_whose_only_chart_stands_above_is_left_out():
    assert 'id="section-charts"' not in page(material(sweep()), [chart("one")], chart("one"))
    assert 'id="section-charts"' in page(material(sweep()), [chart("one"), chart("two", "loss")], chart("one"))


def test_ids_are_unique():
    text = page(material(sweep()), [chart("one"), chart("two")], chart("top"))
    names = [str(attributes["id"]) for _, attributes in Read(text).elements if "id" in attributes]
    assert len(names) == len(set(names))


def test_links_lead_somewhere():
    text = page(material(sweep()), [chart("one")], chart("top"))
    elements = Read(text).elements
    names = {attributes.get("id") for _, attributes in elements}
    runs = {f"run-{anchor}" for anchor in data(text, "all-runs")["anchors"]}
    for _, attributes in elements:
        target = str(attributes.get("href", ""))
        assert not target.startswith("#") or target[1:] in names | runs


def test_a_figure_that_stands_at_the_top_is_drawn_once():
    text = page(material(sweep()), [chart("one"), chart("two", "loss")], chart("headline"))
    drawn = [attributes["data-chart"] for _, attributes in Read(text).elements if "data-chart" in attributes]
    assert drawn == ["headline", "two"]
    assert '<a href="#figure-headline">above</a>' in text


def test_nothing_found_is_said():
    text = page(material([]), question="What do the runs show?", answer="Nothing yet.")
    assert "No runs were found here." in text
    assert data(text, "all-runs")["count"] == 0


def test_unfinished_filtered_and_failed_are_said(tmp_path):
    made = material(sweep()[:7], sources=[source(tmp_path, planned=5)])  # none of which its directory has
    assert "Unfinished: 7 of 12 points so far." in page(made)
    assert "Unfinished" not in page(material(sweep(), sources=[source(tmp_path, planned=0)]))
    text = page(material(sweep()[:8], total=12, where="depth < 50"))
    assert "Only the runs where depth &lt; 50: 8 of 12 runs." in text
    assert "1 run failed and has no results." in text
    assert "MemoryError: 12 GB are needed" in text


def test_mixed_experiments_are_named():
    rows = [row(run=f"{place:012x}", name=f"study {place}", depth=place) for place in range(9)]
    named = "study 0, study 1, study 2, study 3, study 4, study 5 and 3 more"
    assert f"9 experiments together: {named}." in page(material(rows))


def test_one_diverged_run():
    only = row(status="diverged", diverged_at=4, loss__final=nan)
    text = page(material([only]))
    assert "✖" in text
    assert 'id="explore"' not in text  # a map needs two axes
    assert data(text, f"panel-{only['run']}")[0]["title"] == "Gradient by depth"


def test_all_failed():
    rows = [failed(each, f"error {number % 2}") for number, each in enumerate(grid_rows(depth=[1, 2], width=[1, 2]))]
    text = page(material(rows))
    assert "4 runs failed and have no results." in text
    assert "error 0" in text


def test_spec_environment_and_commands(tmp_path):
    made = material(sweep(), sources=[source(tmp_path, 12, "depth: [2, 10]\nname: '<b>'\n", '{"gradx": "0.1.0"}')])
    text = page(made, [chart("one")])
    assert "depth: [2, 10]\nname: &#39;&lt;b&gt;&#39;\n" in text
    assert "{&#34;gradx&#34;: &#34;0.1.0&#34;}" in text
    assert "gradx report results/grid --figures figures --format pdf" in text
    assert "<code>figures/one.pdf</code>" in text


def test_commands_keep_filter_and_choices_and_are_quoted():
    made = material(sweep(), paths=[Path("my results")], where="depth >= 20")
    assert "gradx report &#39;my results&#39; --where &#39;depth &gt;= 20&#39; --html report.html" in page(made)


def test_a_section_without_elements_keeps_its_note():
    text = render(Headline("Q?", "A."), [Section("s", "Title", "A note.")], material(sweep()), panels)
    assert "A note." in text

"""A report as Markdown: all that it says, in order, bounded, and every line of it one of ours."""

from math import inf, nan
from typing import Any

from markdown_it import MarkdownIt

from gradx.reporting.documents.markdown import ROWS, markdown
from gradx.reporting.elements import Axis, Column, LineChart, Section, Table
from gradx.reporting.views.headline import Headline

HOSTILE = "x | y\n# z `c` <b>d</b> [e](f) https://a.b @me \x1b[31m"
CHART = LineChart("growth", "Growth", Axis("depth"), Axis("growth"), [], caption="Median of 5 seeds.")


def table(**columns: Any) -> Table:
    kinds = {"lr": "spec", "loss": "number", "verdict": "word"}
    made = [Column(key, key, values, kinds.get(key, "text")) for key, values in columns.items()]  # type: ignore[arg-type]
    return Table("points", "Points", made, notes=["One row for each run."], caption="All runs.")


def test_all_that_a_report_says_in_its_order() -> None:
    points = table(lr=[0.1, 0.30000000000000004], loss=[1.23456, inf], verdict=["vanishing", None])
    sections = [Section("a", "Against depth", "It falls.", [CHART]), Section("b", "Points", "", [points])]
    text = markdown(
        Headline("Why?", "Because.", "Seen.", CHART), sections, {"growth": "figs/growth.svg"}, ["gradx report 'a b'"]
    )
    assert text == (
        "# Why?\n\nBecause.\n\n![Growth](figs/growth.svg)\n\nMedian of 5 seeds.\n\n"
        "## Against depth\n\nIt falls.\n\n![Growth](figs/growth.svg)\n\nMedian of 5 seeds.\n\n"
        "## Points\n\n### Points\n\nAll runs.\n\n"
        "| lr | loss | verdict |\n|---:|---:|---|\n| 0.1 | 1.23 | ▼ vanishing |\n| 0.3 | inf | - |\n\n"
        "- One row for each run.\n\n"
        "## Again\n\n```sh\ngradx report 'a b'\n```\n"
    )


def test_without_files_there_are_no_figures() -> None:
    sections = [Section("a", "Against depth", "", [CHART])]
    assert markdown(Headline("Why?", "Because.", "", CHART), sections) == "# Why?\n\nBecause.\n"
    noted = [Section("a", "Against depth", "It falls.", [CHART]), Section("b", "Of it", "Nothing is known.")]
    text = markdown(Headline("Why?", "Because.", "", CHART), noted)
    assert text == "# Why?\n\nBecause.\n\n## Of it\n\nNothing is known.\n"  # no heading over what is only drawn


def test_zero_inf_nan_and_missing_are_four_different_things() -> None:
    text = markdown(Headline("Why?", ""), [Section("a", "A", "", [table(loss=[0.0, inf, -inf, nan, None])])])
    assert [line for line in text.splitlines() if line.startswith("| ")][1:] == [
        "| 0 |", "| inf |", "| -inf |", "| nan |", "| - |",
    ]  # fmt: skip


def test_a_long_table_is_cut_and_says_so() -> None:
    text = markdown(Headline("Why?", ""), [Section("a", "A", "", [table(loss=[1.0] * (ROWS + 1250))])])
    assert text.count("\n| 1 |") == ROWS
    assert "… 1,250 more rows" in text


def test_what_is_beyond_noise_is_never_cut() -> None:
    text = markdown(
        Headline("Why?", ""),
        [Section("a", "A", "", [table(beyond_noise=["yes"] * (ROWS + 20) + ["no"] * 30)])],
    )
    assert (text.count("\n| yes |"), text.count("\n| no |")) == (ROWS + 20, 0)
    assert "… 30 more rows" in text


def test_an_empty_table_is_left_out() -> None:
    assert markdown(Headline("Why?", ""), [Section("a", "A", "", [table(loss=[])])]) == "# Why?\n"


def test_hostile_text_makes_nothing() -> None:
    """As many headings, cells and links as with harmless text, and no HTML but empty comments."""

    def made(text: str) -> list[str]:
        chart = LineChart("growth", text, Axis(text), Axis(text), [], caption=text)
        rows = Table("p", text, [Column(text, text, [text, text], "word"), Column("n", "n", [1, 2])], [text], text)
        sections = [Section("a", text, text, [chart, rows])]
        found = markdown(Headline(text, text, text, chart), sections, {"growth": f"{text}.svg"}, [text])
        tokens = MarkdownIt("commonmark").enable("table").parse(found)
        children = [child for token in tokens for child in token.children or []]
        html = {child.content for child in children if child.type == "html_inline"}
        assert html <= {"<!-- -->"}
        marks = [child.type for child in children if child.type not in ("text", "text_special", "html_inline")]
        return [token.type for token in tokens] + marks

    assert made(HOSTILE) == made("harmless")


def test_the_same_report_gives_the_same_text() -> None:
    sections = [Section("a", "A", "", [table(lr=[0.1], loss=[1.0])])]
    assert markdown(Headline("Why?", "So."), sections) == markdown(Headline("Why?", "So."), sections)

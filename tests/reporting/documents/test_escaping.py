"""Text in Markdown comes out as it went in, whatever it holds: an independent parser (markdown-it) reads it back."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gradx.base.document import visible
from gradx.reporting.documents.escaping import block, code, escaped, link, pipe_table

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLACES = ("{}", "# {}", "- {}", "| a |\n|---|\n| {} |")  # a paragraph, a heading, an item, a cell
HARMLESS = "<!-- -->"
NASTY = [
    "# heading", "- item", "+ item", "1. one", "2) two", "> quote", "---", "===", "```", "~~~", "    code",
    "a | b", r"a \| b", "trailing \\", "`code`", "``x", "*bold*", "__bold__", "_a_", "leaky_relu", "~~gone~~",
    "[a](b)", "![a](b)", "[^1]", "<b>x</b>", "<script>alert(1)</script>", "<!-- x", "-->", "&lt;", "&#60;",
    "a\nb", "# x #", "$x$", "|", "a||b", "<https://a.b>", "!", "\u202ea",
]  # fmt: skip
LINKS = [
    "https://a.b",
    "HTTP://A.B",
    "www.a.b",
    "me@a.b",
    "@me",
    "#12",
    "a#12",
    "GH-3",
    "gh-3",
    "mailto:a",
    ":smile:",
    "xmpp:a",
]

lumps = st.lists(st.sampled_from([*NASTY, *LINKS, *"#*_`|[]()<>!&\\~$:@-+=. \n1a"]), max_size=8).map("".join)


def read(markdown: str) -> tuple[str, set[str]]:
    """The text that a reader sees, and the kinds of everything within it that is not plain text."""
    inline = [token for token in PARSER.parse(markdown) if token.type == "inline"]
    children = inline[-1].children or []
    comments = [token for token in children if token.type == "html_inline" and token.content == HARMLESS]
    others = [token for token in children if token not in comments]
    kinds = {token.type for token in others} - {"text", "text_special"}
    return "".join(token.content for token in others), kinds


def one_line(text: str) -> str:
    return visible(" ".join(text.split()))


@pytest.mark.parametrize("place", PLACES)
@given(st.text() | lumps)
@example("a\\")
@example("1.")
@example("-")
def test_text_comes_out_as_it_went_in(place: str, text: str) -> None:
    if one_line(text):
        assert read(place.format(escaped(text))) == (one_line(text), set())


@pytest.mark.parametrize("text", NASTY)
def test_nothing_but_the_place_itself_is_there(text: str) -> None:
    for place in PLACES:
        empty, filled = ([token.type for token in PARSER.parse(place.format(each))] for each in ("a", escaped(text)))
        assert empty == filled


@pytest.mark.parametrize("text", LINKS)
def test_what_github_makes_links_of_is_in_pieces(text: str) -> None:
    found = escaped(f"see {text} there")
    linked = r"://|www\.\w|@\w|#\d|gh-\d|mailto:\w|xmpp:\w|:\w+:"
    assert not re.search(linked, found.replace("\\", ""), re.IGNORECASE)
    assert read(found) == (f"see {text} there", set())


@pytest.mark.parametrize(
    "text", ["leaky_relu", "growth < 0.3", "p = 0.05 (n > 3)", "-0.5 to +2", "init.gain 1.5", "a: b"]
)
def test_usual_text_is_left_alone(text: str) -> None:
    assert escaped(text) == text


@given(st.text(min_size=1) | lumps)
def test_code_is_code(text: str) -> None:
    if not (line := one_line(text)):
        return
    rows = f"| a | b |\n|---|---|\n| {code(text)} | c |"
    inline = [token for token in PARSER.parse(rows) if token.type == "inline"]
    (child,) = inline[2].children or []
    assert (child.type, child.content, inline[3].content) == ("code_inline", line, "c")


@given(st.lists(st.text() | lumps, min_size=1))
def test_a_block_is_one_block(lines: list[str]) -> None:
    (token,) = PARSER.parse(block(lines, "sh"))
    assert (token.type, token.content) == ("fence", "".join(f"{visible(line)}\n" for line in lines))


@pytest.mark.parametrize(
    "path", ["a b.svg", "a(1).svg", "javascript:alert(1)", "a)b|c`<d>.svg", "ä/水.svg", "\udcff.svg"]
)
def test_a_path_is_one_target(path: str) -> None:
    inline = [token for token in PARSER.parse(f"![a]({link(path)})") if token.type == "inline"]
    (image,) = inline[0].children or []
    assert image.type == "image"
    assert ":" not in image.attrs["src"]


def test_a_table() -> None:
    assert pipe_table(["a", "b"], [False, True], [["x", "1"], ["y", "2"]]) == (
        "| a | b |\n|---|---:|\n| x | 1 |\n| y | 2 |"
    )

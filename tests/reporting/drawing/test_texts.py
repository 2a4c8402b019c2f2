"""Texts that no installed font can draw: escapes instead of boxes, one note, no warning."""

import pytest
from matplotlib.font_manager import fontManager
from reporting.drawing.charts import apart, boxes, heat, lines, values

from gradx.reporting.drawing import figure, rendered
from gradx.reporting.drawing.texts import MAIN, families, lacking, width_of
from gradx.reporting.elements import Axis

EAST = "勾配消失の実験"


@pytest.fixture(autouse=True)
def without_fonts_of_the_east(monkeypatch):
    """As on a machine that has the font of matplotlib alone."""
    from gradx.reporting.drawing import texts

    monkeypatch.setattr(texts, "families", lambda: (MAIN,))
    texts._font.cache_clear()
    texts._advance.cache_clear()
    yield
    texts._font.cache_clear()
    texts._advance.cache_clear()


@pytest.mark.parametrize(
    "chart",
    [
        lines(values(1.0, 2.0, label=EAST), x=Axis(EAST)),
        lines(values(1.0, 2.0), x=Axis("word", words=[EAST, "b"])),
        heat([[1.0, 2.0]], title=f"{EAST} {EAST} {EAST} {EAST}", columns=[EAST, "b"]),
    ],
    ids=["lines", "words", "heat"],
)
def test_there_is_one_note_and_no_warning(chart):
    drawn = figure(chart)
    rendered(drawn, "png")
    (note,) = drawn.texts
    assert note.get_text().startswith(r"\u")
    assert "no installed font" in note.get_text()
    assert apart(boxes(drawn, [note, drawn.axes[0], drawn.axes[0]._left_title]))
    assert boxes(drawn, [note])[0].y1 <= drawn.get_figheight() * drawn.dpi + 1


def test_accents_and_greek_need_none():
    assert lacking(["gradiént où γράδιεντ σ² ×"]) == ""
    assert figure(lines(values(1.0, 2.0, label="é α"))).texts == []


def test_how_many_lack():
    assert (
        lacking(["配勾", "勾 a"])
        == r"\u52fe and 1 more: characters of no installed font; with Noto Sans CJK most are drawn"
    )
    assert lacking(["勾"]).startswith(r"\u52fe: ")


def test_what_has_no_shape_is_as_wide_as_what_is_written_for_it():
    assert width_of("a配", 9.0) == width_of(r"a\u914d", 9.0) > width_of("a", 9.0)


def test_a_font_for_it_is_used_where_it_is_installed():
    assert set(families()) <= set(fontManager.get_font_names())

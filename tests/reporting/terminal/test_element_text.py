"""Tables and heat maps as text: as numbers where there is room, as blocks where there is not."""

from dataclasses import replace
from io import StringIO
from math import inf, nan

import pytest
from reporting.kept import HOSTILE
from rich.cells import cell_len
from rich.console import Console

from gradx.reporting.elements import Axis, Column, HeatMap, Table
from gradx.reporting.terminal.element_text import heat_lines, table_lines
from gradx.reporting.terminal.page import Page


def page(width: int, ascii_only: bool = False) -> Page:
    return Page(Console(file=StringIO(), width=width), width, ascii_only)


def heat(columns: int, words: bool = False) -> HeatMap:
    cells = [[float(10 ** (row + column)) for column in range(columns)] for row in range(2)]
    cells[0][0], cells[0][1] = nan, inf
    said = [["vanishing"] * columns, ["stable"] * columns] if words else ()
    columns_, rows, growth = list(range(columns)), [0.5, 1.0], Axis("growth", log=True)
    return HeatMap("key", "title", Axis("depth"), Axis("gain"), columns_, rows, cells, growth, words=said)


def lines(made: Page) -> list[str]:
    return [line.plain for line in made.lines]


def test_a_map_as_numbers_with_y_upwards() -> None:
    made = page(80)
    assert heat_lines(made, heat(3))
    assert lines(made) == [
        "gain \\ depth    0    1      2",
        "           1   10  100  1e+03",
        "         0.5  nan  inf    100",
        "growth; depth 0 … 2 across, gain upwards",
    ]


def test_a_map_as_blocks_where_numbers_have_no_room() -> None:
    made = page(40)
    assert heat_lines(made, heat(8))
    assert lines(made)[1:3] == ["           1  ▁ ▂ ▃ ▄ ▅ ▆ ▇ █", "         0.5  ? ∞ ▂ ▃ ▄ ▅ ▆ ▇"]
    assert not heat_lines(page(40), heat(30))
    made = page(40, ascii_only=True)
    assert heat_lines(made, heat(8))
    assert all(line.isascii() for line in lines(made)[:3])


def test_a_map_of_words() -> None:
    made = page(80)
    assert heat_lines(made, heat(3, words=True))
    assert lines(made)[1:] == [
        "           1  ●  ●  ●",
        "         0.5  ▼  ▼  ▼",
        "growth: ▼ vanishing, ● stable",
    ]


def test_words_beside_a_map_go_down_in_their_order_as_on_the_page() -> None:
    made = page(80)
    assert heat_lines(made, replace(heat(3), rows=["tanh", "relu"]))
    assert [line.split()[0] for line in lines(made)[1:3]] == ["tanh", "relu"]
    assert lines(made)[-1].endswith("gain downwards")


@pytest.mark.parametrize("width", [40, 80, 240])
def test_a_table_keeps_any_width_and_obeys_nothing(width: int) -> None:
    columns = [
        Column("depth", "depth", [1, 20, None], "spec"),
        Column("verdict", HOSTILE, ["vanishing", HOSTILE, None], "word"),
        Column("loss", "loss", [0.123456, nan, None], "number"),
        Column("solved", "solved", [True, False, None]),
        *(Column(f"c{place}", f"column {place}", [HOSTILE] * 3) for place in range(8)),
    ]
    made = page(width)
    table_lines(made, Table("key", "title", columns, [HOSTILE]), rows=2)
    text = "\n".join(lines(made))
    assert not set(text) & set("\x1b\x07\x9b\r\u202e")
    assert max(map(cell_len, lines(made))) <= width
    assert "… 1 more row" in text
    if width == 240:
        assert "▼ vanishing" in text
        assert "0.123" in text
        assert "nan" in text

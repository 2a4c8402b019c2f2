"""What the table of combinations leaves out for want of room, and that notes are about what is shown."""

from typing import Any

from reporting.rows import grid_rows

from gradx.reporting.runs.groups import groups
from gradx.reporting.terminal.layout import laid_out
from gradx.reporting.terminal.sweep_table import sweep_table


def rows() -> list[dict[str, Any]]:
    found = grid_rows(depth=[2, 10], seed=[0, 1, 2])
    for place, row in enumerate(found):
        row |= {"growth.depth": 0.5 + place / 10, "loss.final": 1.0 + place, "metric.final": 0.1 * place}
    return found


def shown(width: int, **changes: Any) -> tuple[str, list[str], str]:
    columns, notes = sweep_table(groups([row | changes for row in rows()], ["depth"]), ["depth"])
    layout = laid_out(columns, width)
    return "\n".join(line.plain for line in layout.lines), layout.left_out, "\n".join(notes(layout.left_out))


def test_with_room_for_all_nothing_is_left_out() -> None:
    table, left_out, notes = shown(200)
    assert left_out == []
    assert "0/3" in table
    assert "the same in every row" not in notes
    assert "range: smallest to largest" in notes


def test_what_is_the_same_everywhere_goes_first_and_into_a_note() -> None:
    full = len(shown(200)[0].split("\n")[0])
    table, left_out, notes = shown(full - 1)
    assert left_out == ["solved"]
    assert "0/3" not in table
    assert "the same in every row: solved 0/3" in notes
    assert "left out" not in notes


def test_ranges_go_before_losses_and_notes_with_them() -> None:
    table, left_out, notes = shown(48)
    assert left_out == ["solved", "range", "interval"]
    assert "loss" in table.split("\n")[0]
    assert "accuracy" in table.split("\n")[0]
    assert "interval: 95 %" not in notes
    assert "range: smallest" not in notes
    assert "left out for lack of room: range, interval" in notes
    _, left_out, notes = shown(38)
    assert left_out[3:] == ["loss"]
    assert "accuracy: median, where nan is the worst" in notes


def test_one_row_has_nothing_in_common() -> None:
    columns, notes = sweep_table(groups(rows()[:3], ["depth"]), ["depth"])
    assert "the same in every row" not in "\n".join(notes([column.heading for column in columns]))

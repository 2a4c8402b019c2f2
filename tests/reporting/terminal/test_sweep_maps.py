"""Maps of two numeric axes: numbers where there is room, else symbols, and none where there is nothing to see."""

import pytest
from reporting.rows import failed, grid_rows

from gradx.reporting.runs.groups import groups
from gradx.reporting.terminal.layout import laid_out
from gradx.reporting.terminal.sweep_maps import Map, heat_maps

NAMES = ["init.gain", "depth"]


def maps(rows: list[dict], names: list[str] = NAMES) -> list[Map]:
    return heat_maps(groups(rows, names), names)


def drawn(one: Map, width: int, ascii_only: bool = False) -> list[str] | None:
    found = one.drawn(width, ascii_only)
    return found and [*(line.plain for line in laid_out(found[0], width, ascii_only).lines), found[1]]


def phases(gains: int, depths: int) -> list[dict]:
    rows = grid_rows(init__gain=[0.5 + place / 4 for place in range(gains)], depth=range(1, depths + 1), seed=[0, 1])
    for one in rows:
        gain = one["init.gain"]
        one |= {"growth.depth": gain, "verdict.depth": "exploding" if gain > 1 else "vanishing"}
    return rows


def test_numbers() -> None:
    (one,) = maps(phases(4, 2))
    assert drawn(one, 80) == [
        "init.gain \\ depth       1       2",
        "             1.25  ▲ 1.25  ▲ 1.25",
        "                1     ▼ 1     ▼ 1",
        "             0.75  ▼ 0.75  ▼ 0.75",
        "              0.5   ▼ 0.5   ▼ 0.5",
        "median of the growth, and most frequent verdict",
    ]
    assert one.words() == ["vanishing", "exploding"]


def test_symbols_where_numbers_have_no_room() -> None:
    (one,) = maps(phases(30, 30))
    lines = drawn(one, 80)
    assert lines is not None
    assert lines[:2] == ["init.gain \\ depth  1 … 30", "             7.75  " + "▲ " * 29 + "▲"]
    assert lines[-1] == "most frequent verdict; 30 values of depth across"
    narrow = drawn(one, 50)
    assert narrow is not None
    assert narrow[27] == "             1.25  " + "▲" * 30
    assert drawn(one, 30) is None
    plain = drawn(one, 80, ascii_only=True)
    assert plain is not None
    assert all(line.isascii() for line in plain)


def test_one_for_each_of_few_other_kinds() -> None:
    rows = [one | {"activation": kind} for kind in ("tanh", "relu") for one in phases(3, 3)]
    assert [one.besides for one in maps(rows, ["activation", *NAMES])] == ["tanh", "relu"]
    many = [one | {"activation": str(kind)} for kind in range(5) for one in phases(3, 3)]
    assert maps(many, ["activation", *NAMES]) == []


def test_points_without_results_are_blank() -> None:
    rows = phases(3, 3)
    (one,) = maps([failed(rows[0]), failed(rows[1]), *rows[2:]])
    lines = drawn(one, 80)
    assert lines is not None
    assert lines[3] == "              0.5           ▼ 0.5   ▼ 0.5"


@pytest.mark.parametrize(
    "rows",
    [
        phases(1, 5),
        phases(61, 61),
        [failed(one) for one in phases(3, 3)],
        grid_rows(init__gain=["a", "b"], depth=[1, 2]),
        [one for one in phases(9, 9) if one["depth"] == round(one["init.gain"] * 4) - 1],  # the diagonal
    ],
)
def test_no_map(rows: list[dict]) -> None:
    assert maps(rows) == []

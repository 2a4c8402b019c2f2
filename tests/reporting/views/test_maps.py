"""Heat maps: which two axes, what is in the cells, when there is none."""

from math import inf, isnan, nan
from statistics import median

import pytest
from reporting.rows import failed, grid_rows

from gradx.base.presentation import Presentation
from gradx.reporting.elements import HeatMap
from gradx.reporting.encoding import encoded
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import outcome_of
from gradx.reporting.views.maps import heat_map, planes, sections


def of(rows: list[dict], **chosen: str) -> Material:
    return Material([], [], rows, len(rows), chosen=Presentation(**chosen))


def maps(rows: list[dict], **chosen: str) -> dict[str, HeatMap]:
    return {one.key.removeprefix("map-"): one for part in sections(of(rows, **chosen)) for one in part.elements}


def phases(gains: int = 3, depths: int = 4, seeds: int = 3, **axes: list) -> list[dict]:
    """Exploding above gain 1; the growth is the gain and a hundredth of the seed."""
    values = [0.5 + place / 2 for place in range(gains)]
    rows = grid_rows(init__gain=values, depth=range(1, depths + 1), **axes, seed=range(seeds))
    for row in rows:
        gain = row["init.gain"]
        row |= {"growth.depth": gain + row["seed"] / 100, "verdict.depth": "exploding" if gain > 1 else "vanishing"}
    return rows


def test_cells_are_medians_at_their_place() -> None:
    rows = phases()
    found = maps(rows)
    assert list(found) == ["growth-depth", "verdict-depth"]
    one = found["growth-depth"]
    assert (one.x.label, one.y.label) == ("depth", "init.gain")  # the one with more values across
    assert (one.columns, one.rows) == ([1, 2, 3, 4], [0.5, 1.0, 1.5])
    for y, gain in enumerate(one.rows):
        for x, depth in enumerate(one.columns):
            alike = [row["growth.depth"] for row in rows if (row["init.gain"], row["depth"]) == (gain, depth)]
            assert one.cells[y][x] == median(alike)
    assert (one.centre, one.value.log, one.value.label) == (1.0, True, "growth per layer")
    assert one.caption == "Medians over seeds; 36 runs."
    words = found["verdict-depth"]
    assert words.words == [["vanishing"] * 4, ["vanishing"] * 4, ["exploding"] * 4]
    assert words.cells == one.cells


def test_the_most_frequent_verdict() -> None:
    rows = phases()
    rows[0]["verdict.depth"] = rows[1]["verdict.depth"] = "stable"
    assert maps(rows)["verdict-depth"].words[0][0] == "stable"


def test_numbers_before_words_and_any_words_at_all() -> None:
    rows = phases(gains=2, depths=2, seeds=1, activation=["a", "b", "c", "d", "e"])
    (one,) = planes(of(rows))
    assert (one.x, one.y, list(one.together)) == ("init.gain", "depth", ["activation"])
    (one,) = planes(of([row for row in rows if row["depth"] == 1]))
    assert (one.x, one.y) == ("init.gain", "activation")
    worded = [row | {"init.gain": 1.0, "depth": 5, "init": f"i{row['depth']}"} for row in rows]
    (one,) = planes(of(worded))
    assert (one.x, one.y, one.columns) == ("activation", "init", ["a", "b", "c", "d", "e"])


def test_one_for_each_of_few_combinations_of_the_other_axes() -> None:
    found = maps(phases(seeds=1, activation=["tanh", "relu"]))
    assert list(found) == ["growth-depth", "growth-depth-2", "verdict-depth", "verdict-depth-2"]
    assert found["growth-depth"].title.endswith("(activation tanh)")
    assert found["growth-depth-2"].title.endswith("(activation relu)")
    assert found["growth-depth"].caption == "A run in each cell; 12 runs."
    many = maps(phases(seeds=2, activation=["a", "b", "c", "d", "e"]))
    assert many["growth-depth"].caption == "Medians over activation, seeds; 120 runs."


def test_nan_and_missing_are_two_things() -> None:
    rows = phases(seeds=2)
    for row in rows:
        row["loss.final"] = 0.1 * row["depth"]
    rows[0]["loss.final"] = rows[1]["loss.final"] = nan
    rows[2]["loss.final"] = rows[3]["loss.final"] = inf
    rows[4]["loss.final"] = rows[5]["loss.final"] = None
    cells = maps(rows)["loss-final"].cells
    assert isnan(cells[0][0])
    assert cells[0][1] == inf
    assert cells[0][2] is None
    assert encoded(maps(rows)["loss-final"])["cells"][0][:3] == ["nan", "inf", None]


def test_shares() -> None:
    rows = phases(seeds=4)
    for row in rows:
        row["solved"] = row["seed"] < row["depth"]
    one = maps(rows)["solved"]
    assert one.cells == [[0.25, 0.5, 0.75, 1.0]] * 3
    assert (one.value.label, one.caption) == ("share solved", "Shares over seeds; 48 runs.")


def test_what_holds_nothing_has_no_row() -> None:
    rows = phases(gains=4, depths=5)
    for row in rows:
        if row["init.gain"] == 0.5:
            row |= {"growth.depth": None, "verdict.depth": None}
    assert maps(rows)["growth-depth"].rows == maps(rows)["verdict-depth"].rows == [1.0, 1.5, 2.0]


def test_keys_that_are_asked_for() -> None:
    rows = [row | {"growth.depth": row["depth"]} for row in phases(activation=["tanh", "relu"])]
    found = maps(rows, x="activation", by="depth", y="growth.depth")
    assert (found["growth-depth"].x.label, found["growth-depth"].y.label) == ("activation", "depth")
    assert maps(rows, x="nothing", by="depth")["growth-depth"].x.label == "depth"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        grid_rows(seed=[0, 1]),
        phases(gains=1),
        [failed(row) for row in phases()],
        [row | {"growth.depth": 1.0, "decades.depth": 1.0, "verdict.depth": "stable"} for row in phases()],
        [row for row in phases(9, 9, 1) if row["depth"] == round(row["init.gain"] * 2)],  # the diagonal
        [row | {"name": f"experiment {row['depth'] % 2}"} for row in phases()],
        phases(2, 201, 1),
    ],
)
def test_no_map(rows: list[dict]) -> None:
    assert maps(rows) == {}


def test_a_result_that_is_one_number_makes_no_map() -> None:
    (plane,) = planes(of(phases()))
    assert heat_map(plane, outcome_of("loss.final")) is None
    assert heat_map(plane, outcome_of("growth.time")) is None

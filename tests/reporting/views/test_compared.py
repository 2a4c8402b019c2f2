"""The sections of a comparison: tables with all that is needed to judge it, and a line for each side."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reporting.rows import grid_rows

from gradx.reporting.elements import LineChart, Section, Table
from gradx.reporting.encoding import encoded
from gradx.reporting.runs.comparison import compared
from gradx.reporting.runs.material import material
from gradx.reporting.views.compared import ROWS, sections
from gradx.store.runs import Results

SEEDS = [0, 1, 2, 3, 4]


def saved(where: Path, **axes: Sequence[Any]) -> Path:
    rows = grid_rows(**axes)
    for place, row in enumerate(rows):
        row |= {"run": f"{where.name[0]}{place:011x}", "name": where.name}
        row["loss.final"] = (
            row["depth"] / 10 + row["seed"] / 100 + (row["init"] == "orthogonal") * (1 + row["seed"] / 9)
        )
    results = Results(where)
    results.create("name: x\n", {})
    with results.claim([row["run"] for row in rows]) as claim:
        claim.commit(rows)
    return where


def made(*paths: Path) -> dict[str, Section]:
    found = sections(compared(material(paths)))
    json.dumps(encoded(found), allow_nan=False)
    keys = [element.key for section in found for element in section.elements]
    assert len(set(keys)) == len(keys)
    return {section.key: section for section in found}


def table(section: Section, number: int = 0) -> dict[str, list[Any]]:
    element = section.elements[number]
    assert isinstance(element, Table)
    assert len({len(column.values) for column in element.columns}) == 1
    return {column.key: list(column.values) for column in element.columns}


def test_two_sides_over_a_common_axis(tmp_path: Path) -> None:
    plain = saved(tmp_path / "plain", init=["xavier_normal"], depth=[10, 20, 30], seed=SEEDS)
    better = saved(tmp_path / "better", init=["orthogonal"], depth=[10, 20], seed=SEEDS)
    found = made(plain, better)
    assert list(found) == ["compared", "differences", "sides", "places"]
    first = found["compared"]
    assert (first.title, first.note) == ("plain and better", "10 pairs of runs.")
    assert table(first)["pairs"] == [None, 10]
    assert table(first, 1)["key"] == ["name", "init", "depth"]
    assert table(first, 1)["side2"] == ["better", "orthogonal", "10, 20"]
    differences = table(found["differences"])
    assert "axis" not in differences
    assert (differences["before"], differences["after"]) == (["plain"], ["better"])
    assert differences["beyond_noise"] == ["yes"]
    (chart,) = found["sides"].elements
    assert isinstance(chart, LineChart)
    assert (chart.key, chart.x.label) == ("compared-loss-final", "depth")
    assert [series.label for series in chart.series] == ["plain", "better"]
    assert [list(series.x) for series in chart.series] == [[10, 20], [10, 20]]  # only what is paired
    assert all(series.low and series.high for series in chart.series)
    places = table(found["places"])
    assert (places["depth"], places["pairs"]) == ([10, 20], [5, 5])
    assert places["loss.final"][0] == differences["effect"][0] + f" ({differences['interval'][0]})"


def test_without_a_common_axis_no_line_joins_the_seeds(tmp_path: Path) -> None:
    found = made(
        saved(tmp_path / "plain", init=["xavier_normal"], depth=[10], seed=SEEDS),
        saved(tmp_path / "better", init=["orthogonal"], depth=[10], seed=SEEDS),
    )
    assert list(found) == ["compared", "differences"]


def test_nothing_pairs(tmp_path: Path) -> None:
    found = made(
        saved(tmp_path / "one", init=["a"], depth=[10], seed=[0, 1]),
        saved(tmp_path / "two", init=["a"], depth=[10], seed=[2, 3]),
    )
    assert list(found) == ["compared"]
    (first, _) = found["compared"].elements
    assert isinstance(first, Table)
    assert [note[:40] for note in first.notes] == ["No run of two pairs with one of one: the"]
    assert found["compared"].note == "0 pairs of runs."


def test_two_directories_with_the_same_specs(tmp_path: Path) -> None:
    path, again = (saved(tmp_path / name / "one", init=["a"], depth=[10, 20], seed=SEEDS) for name in "ab")
    found = made(path, again)
    assert found["compared"].note == "10 pairs of runs. Their specs are the same."
    assert len(found["compared"].elements) == 1
    assert table(found["differences"])["effect"] == ["the same"]
    assert found["differences"].note == "1 comparison, and no difference at all."


def test_three_sides_and_many_combinations(tmp_path: Path) -> None:
    sides = [
        saved(tmp_path / name, init=[init], depth=list(range(1, 51)), seed=[0, 1])
        for name, init in (("zero", "xavier_normal"), ("one", "orthogonal"), ("two", "lsuv"))
    ]
    found = made(*sides)
    assert "Each against the first, zero." in found["compared"].elements[0].notes  # type: ignore[union-attr]
    assert [element.key for element in found["places"].elements] == ["places-1"]  # the other differs nowhere
    (places,) = found["places"].elements
    assert isinstance(places, Table)
    assert len(places) == ROWS
    assert places.notes[-1] == "10 more combinations not shown."
    (chart,) = found["sides"].elements
    assert isinstance(chart, LineChart)
    assert [series.label for series in chart.series] == ["zero", "one", "two"]

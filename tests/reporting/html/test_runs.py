"""The runs as data of the page, and the tables over them."""

from math import inf, nan
from typing import Any

import pytest
from reporting.html.pages import material, sweep
from reporting.rows import grid_rows, row

from gradx.reporting.elements import Column, Table
from gradx.reporting.html.runs import LONG_TEXTS, anchors, held, runs_data
from gradx.reporting.html.tables import STATIC, shown_table
from gradx.reporting.html.values import values_data

SPECIAL = {"inf": inf, "-inf": -inf, "nan": nan}


def decoded(column: dict[str, Any]) -> list[Any]:
    """As the scripts read a column."""
    if "codes" in column:
        return [None if code is None else column["words"][code] for code in column["codes"]]
    if column["kind"] != "number":
        return column["values"]
    return [SPECIAL.get(value, value) if isinstance(value, str) else value for value in column["values"]]


def same(one: Any, other: Any) -> bool:
    if not isinstance(other, float):
        return bool(one == other)
    return isinstance(one, int | float) and one == pytest.approx(other, rel=1e-4, nan_ok=True)  # of five digits


def test_every_value_comes_back():
    made = material(sweep())
    found = runs_data(made, [])
    columns = {column["key"]: decoded(column) for column in found["columns"]}
    for number, each in enumerate(made.rows):
        for key, value in each.items():
            shown = columns[key][number] if key in columns else found["alike"].get(key)
            assert same(shown, value), key


def test_axes_come_first_and_specs_before_results():
    keys = [column["key"] for column in runs_data(material(sweep()), [])["columns"]]
    assert keys[:4] == ["depth", "width", "seed", "run"]
    assert runs_data(material(sweep()), [])["axes"] == ["depth", "width", "seed"]


def test_numbers_of_the_spec_are_exact_results_have_five_digits():
    values = [0.123456789, 1.123456789]
    rows = [row(run=str(value), optimizer__lr=value, loss__final=value) for value in values]
    columns = {column["key"]: column for column in runs_data(material(rows), [])["columns"]}
    assert columns["optimizer.lr"]["values"] == values
    assert columns["loss.final"]["values"] == [0.12346, 1.1235]


def test_runs_that_share_an_id_have_links_of_their_own():
    rows = [row(run="abc", name="one"), row(run="abc", name="two"), row(run="a b/<c>")]
    assert anchors(rows) == ["abc", "abc-2", "a_b__c_"]


def test_texts_too_long_for_all_are_kept_for_the_panels():
    rows = grid_rows(depth=range(40))
    for number, each in enumerate(rows):
        each["evidence.depth"] = f"{number} " + "x" * (LONG_TEXTS // 20)
    made = material(rows)
    column = next(each for each in runs_data(made, [3])["columns"] if each["key"] == "evidence.depth")
    assert column["cut"]
    assert [place for place, text in enumerate(decoded(column)) if text is not None] == [3]
    assert "evidence.depth" not in held(made)


def test_a_column_of_the_runs_is_not_said_twice():
    made = material(sweep())
    known = made.columns
    table = Table("points", "t", [Column("run", "run", known["run"]), Column("depth", "depth", known["depth"], "spec")])
    shown = shown_table(table, made)
    assert shown.data["aligned"]
    assert all("values" not in column for column in shown.data["columns"])
    other = shown_table(Table("t", "t", [Column("depth", "depth", [1, 2], "spec")]), made)
    assert other.data["columns"][0]["values"] == [1, 2]


def test_the_first_rows_stand_in_the_page():
    rows = grid_rows(depth=range(STATIC + 20))
    table = Table("points", "t", [Column("run", "run", [each["run"] for each in rows])])
    shown = shown_table(table, material(rows))
    assert len(shown.rows) == STATIC
    assert shown.left_out == 20
    assert shown.rows[1][0].link == "#run-000000000001"


def test_what_the_map_can_show():
    keys = [value["key"] for value in values_data(material(sweep()))]
    assert keys == ["growth.depth", "solved", "loss.final", "verdict.depth", "status"]


def test_untrained_runs_have_no_place_in_maps_of_what_training_came_to():
    rows = sweep()
    rows[0] |= {"steps": 0, "steps_done": 0}
    found = {value["key"]: value for value in values_data(material(rows))}
    assert (found["loss.final"]["without"], found["solved"]["without"]) == ([0], [0])
    assert "without" not in found["growth.depth"]
    assert [found[key].get("factors") for key in ("growth.depth", "loss.final")] == [True, False]
    none = values_data(material([row | {"steps": 0, "steps_done": 0} for row in rows]))
    assert [value["key"] for value in none] == ["growth.depth", "verdict.depth", "status"]

"""The tables: every run, the combinations over seeds, and experiments beside each other."""

from math import inf, isnan, nan
from pathlib import Path
from statistics import geometric_mean

import pytest
from reporting.rows import failed, grid_rows

from gradx.reporting.elements import Table
from gradx.reporting.encoding import encoded
from gradx.reporting.runs.material import Material, Source
from gradx.reporting.runs.middle import GEOMETRIC
from gradx.reporting.views.experiments import experiments_table, ranked
from gradx.reporting.views.experiments import sections as experiments
from gradx.reporting.views.points import combinations, points, sections
from gradx.store.runs import Results


def of(rows: list[dict]) -> Material:
    return Material([], [], rows, len(rows))


def cells(table: Table) -> dict[str, list]:
    assert len({len(column.values) for column in table.columns}) == 1
    return {column.key: list(column.values) for column in table.columns}


def sample() -> list[dict]:
    rows = grid_rows(activation=["tanh", "relu"], depth=[5, 10], seed=range(3))
    for place, row in enumerate(rows):
        row |= {"growth.depth": 0.5 + place / 10, "loss.final": float(place), "solved": place % 2 == 0}
    rows[0] |= {"loss.final": nan, "status": "diverged", "diverged_at": 7, "verdict.depth": "diverged"}
    rows[3] |= {"loss.final": nan, "verdict.depth": "stable"}
    rows[4] |= {"loss.final": inf}
    rows[11] = failed(rows[11], "=cmd()|'/c calc'!A1")
    return rows


def test_a_row_for_each_run_as_it_was_measured() -> None:
    rows = sample()
    found = cells(points(of(rows)))
    assert list(found)[:5] == ["run", "activation", "depth", "seed", "status"]
    for key, values in found.items():
        for row, value in zip(rows, values, strict=True):
            assert value is row.get(key) or value == row.get(key)
    assert "error" in found
    assert "growth.time" not in found  # nothing there
    assert isnan(found["loss.final"][0])
    assert found["loss.final"][4] == inf
    assert found["loss.final"][11] is None


def test_a_row_for_each_combination() -> None:
    rows = sample()
    table = combinations(of(rows))
    found = cells(table)
    assert found["activation"] == ["tanh", "tanh", "relu", "relu"]
    assert found["runs"] == [3] * 4
    kinds = {column.key: column.kind for column in table.columns}
    assert kinds["verdict.depth"] == "word"  # also where some rows are mixed: the others keep their symbols
    assert found["verdict.depth"] == ["2 vanishing, 1 diverged", "2 vanishing, 1 stable", "vanishing", "vanishing"]
    assert found["diverged"] == [1, 0, 0, 0]
    assert found["failed"] == [0, 0, 0, 1]
    assert found["solved"] == [2 / 3, 1 / 3, 2 / 3, 1 / 2]
    growths = [row["growth.depth"] for row in rows[3:6]]
    assert (found["growth.depth.min"][1], found["growth.depth"][1], found["growth.depth.max"][1]) == tuple(growths)
    assert found["growth.depth"][3] == pytest.approx(geometric_mean(row["growth.depth"] for row in rows[9:11]))
    assert found["growth.depth.low"][1] < growths[1] < found["growth.depth.high"][1]
    assert found["loss.final"][0] == 2.0  # of nan, 1 and 2 with nan as the worst
    assert found["loss.final"][1] == inf  # of nan, inf and 5
    assert next(column.label for column in table.columns if column.key == "metric.final") == "accuracy"


def test_single_runs_have_no_combinations() -> None:
    rows = grid_rows(depth=[1, 2, 3])
    assert combinations(of(rows)) is None
    assert [table.key for table in sections(of(rows))[0].elements] == ["points"]
    assert cells(combinations(of(grid_rows(seed=[0, 1]))))["runs"] == [2]
    assert any(GEOMETRIC in note for note in combinations(of(grid_rows(seed=[0, 1]))).notes)
    assert not any(GEOMETRIC in note for note in combinations(of(grid_rows(seed=[0, 1, 2]))).notes)
    assert sections(of([])) == []


def test_all_failed() -> None:
    found = cells(points(of([failed(row) for row in grid_rows(depth=[1, 2])])))
    assert list(found) == ["run", "depth", "status", "steps_done", "error"]


def test_integers_and_booleans_stay_what_they_are() -> None:
    found = cells(points(of(sample())))
    assert {type(value) for value in found["solved"]} == {bool, type(None)}
    assert {type(value) for value in found["depth"]} == {int}


def mixed() -> list[dict]:
    """Two experiments that differ in many keys; each has few of its own."""
    many = {f"init.key{place}": place for place in range(15)}
    first = [row | {"name": "first"} | many for row in grid_rows(depth=[5, 10], seed=[0, 1])]
    second = [row | {"name": "=second", "run": "f" + row["run"][1:]} for row in grid_rows(width=[8, 16])]
    second[0] |= {"status": "diverged", "verdict.depth": "diverged"}
    return [
        row | {f"init.key{place}": row.get(f"init.key{place}", -1) for place in range(15)} for row in first + second
    ]


def test_experiments_with_many_keys_are_told_in_words() -> None:
    found = cells(points(of(mixed())))
    assert list(found)[:4] == ["run", "name", "point", "seed"]
    assert found["point"] == ["depth 5", "depth 5", "depth 10", "depth 10", "width 8", "width 16"]


def test_a_row_for_each_experiment(tmp_path: Path) -> None:
    rows = mixed()
    sources = []
    for name, expect in (("first", ["solved", "growth.depth < 0.5"]), ("=second", [])):
        own = [row for row in rows if row["name"] == name]
        spec, runs = {"name": name, "expect": expect, "sweep": {"seed": 1}}, [row["run"] for row in own]
        sources.append(Source(Results(tmp_path / name), spec=spec, planned=len(own), runs=runs))
    found = cells(experiments_table(Material([], sources, rows, 6)))
    assert found["name"] == ["first", "=second"]
    assert found["runs"] == [4, 2]
    assert found["vanishing.depth"] == [4, 1]
    assert found["diverged"] == [0, 1]
    assert (found["claims.met"], found["claims"]) == ([1, None], [2, None])
    assert experiments_table(of(grid_rows(depth=[1, 2]))) is None


def test_many_experiments_are_ranked_by_their_growth() -> None:
    rows = [row | {"name": f"e{row['depth']:02}", "growth.depth": abs(row["depth"] - 6.5)}
            for row in grid_rows(depth=range(12), seed=[0, 1])]  # fmt: skip
    chart = ranked(of(rows))
    assert chart.series[0].y == sorted(abs(depth - 6.5) for depth in range(12))
    assert list(chart.series[0].x) == list(range(1, 13))
    assert [encoded(element)["kind"] for element in experiments(of(rows))[0].elements] == ["lines", "table"]
    assert ranked(of(rows[:4])) is None
    assert experiments(of(rows[:2])) == []


def test_what_training_came_to_of_untrained_runs_is_missing() -> None:
    rows = grid_rows(depth=[1, 2], steps_done=[0], seed=[0, 1])
    assert not {"loss.final", "metric.final", "solved", "clip_rate"} & {
        *cells(points(of(rows))),
        *cells(combinations(of(rows))),
    }
    assert cells(points(of(rows)))["loss.first"] == [2.3456789] * 4
    mixed = cells(points(of([*rows, rows[0] | {"run": "f", "steps_done": 100}])))
    assert mixed["loss.final"] == [None, None, None, None, 2.2]
    assert mixed["solved"] == [None, None, None, None, False]

"""The runs a report is about: always in one order, filtered, of several directories, half done, with mistakes."""

from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting.rows import failed, grid_rows

from gradx.base.errors import SpecError
from gradx.base.presentation import Presentation
from gradx.base.trace import Block
from gradx.reporting.runs.material import Material, Source, material, telling
from gradx.reporting.runs.material import _sorted as in_order
from gradx.store.runs import Results

SWEEP = """\
name: grid
architecture: mlp
activation: tanh
depth: 5
width: 8
task: digits
steps: 1
sweep:
  grid:
    activation: [tanh, relu, sigmoid]
    depth: [2, 10, 30]
    seed: [0, 1]
"""
ROWS = grid_rows(activation=["tanh", "relu", "sigmoid"], depth=[2, 10, 30], seed=[0, 1])


def write(where: Path, rows: list[dict], spec: str = SWEEP) -> Path:
    """A results directory; every run has one loss in its trace."""
    results = Results(where)
    results.create(spec, {})
    with results.claim([one["run"] for one in rows]) as claim:
        if rows:
            runs = [one["run"] for one in rows]
            claim.write(Block(runs, np.array([0]), [("loss", "", 0)], np.full((len(runs), 1, 1), 2.0)))
            claim.commit(rows)
    return where


@settings(max_examples=20)
@given(st.permutations(ROWS))
def test_the_order_of_finishing_does_not_matter(rows: list[dict]) -> None:
    axes = {"activation": ["tanh", "relu", "sigmoid"], "depth": [2, 10, 30], "seed": [0, 1]}
    source = Source(Results(Path("nowhere")), axes=axes)
    assert in_order(rows, [source]) == ROWS


def test_words_stand_in_their_authors_order_and_numbers_ascend(tmp_path: Path) -> None:
    made = material([write(tmp_path / "a", ROWS[::-1])])
    assert [row["run"] for row in made.rows] == [row["run"] for row in ROWS]
    assert made.names == ["activation", "depth"]
    assert made.values("activation") == ["tanh", "relu", "sigmoid"]
    assert made.values("depth") == [2, 10, 30]
    assert made.values("nothing") == []
    assert [len(group.rows) for group in made.groups] == [2] * 9


def test_values_that_are_missing_come_first() -> None:
    rows = [{"run": str(place), "depth": value} for place, value in enumerate([inf, 3, nan, "wide", None, -1])]
    assert Material([], [], rows, len(rows)).values("depth") == [None, -1, 3, inf, "wide"]


def test_a_filter_picks_runs_and_keeps_the_total(tmp_path: Path) -> None:
    made = material([write(tmp_path / "a", ROWS)], where="depth >= 10 and activation == tanh")
    assert [(row["depth"], row["seed"]) for row in made.rows] == [(10, 0), (10, 1), (30, 0), (30, 1)]
    assert (made.total, made.planned) == (18, None)
    assert made.names == ["depth"]
    assert material([tmp_path / "a"], where="depth > 99").rows == []


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    where = write(tmp_path / "a", ROWS)
    with pytest.raises(SpecError) as missing:
        material([tmp_path / "no", where, tmp_path / "not\x1b[31m"], where="depth >")
    text = str(missing.value)
    assert text.count("is not a directory") == 2
    assert "--where" in text
    assert "\x1b" not in text
    with pytest.raises(SpecError) as unknown:
        material([where], where="dept > 1", chosen=Presentation(x="widht", y="grwoth.depth", by="status"))
    assert len(unknown.value.problems) == 3
    assert "did you mean" in str(unknown.value)


def test_a_status_may_be_asked_for(tmp_path: Path) -> None:
    made = material([write(tmp_path / "a", ROWS)], chosen=Presentation(y="status diverged"))
    assert made.presentation.y == "status diverged"


def test_a_result_that_is_none_is_a_mistake_with_or_without_runs(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for where in (write(tmp_path / "a", ROWS), empty):
        with pytest.raises(SpecError, match="--y: unknown result 'status vanished'"):
            material([where], chosen=Presentation(y="status vanished"))
    with pytest.raises(SpecError, match=r"--y: no run has clip_cosine\.min"):
        material([tmp_path / "a"], chosen=Presentation(y="clip_cosine.min"))
    assert material([empty], chosen=Presentation(y="clip_cosine.min")).rows == []


def test_half_of_a_sweep(tmp_path: Path) -> None:
    made = material([write(tmp_path / "a", ROWS[:7])])
    assert (len(made.rows), made.total, made.planned) == (7, 7, 18)
    assert material([write(tmp_path / "b", [failed(row) for row in ROWS])]).planned == 18


def test_what_comes_after_it_was_read_is_no_part_of_it(tmp_path: Path) -> None:
    made = material([write(tmp_path / "a", ROWS[:7])])
    write(tmp_path / "a", ROWS[7:])  # a sweep goes on
    assert (made.total, made.planned) == (7, 18)
    assert material([tmp_path / "a"]).total == 18


def test_directories_that_share_runs_or_hold_more_than_is_planned(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", ROWS[:10]), write(tmp_path / "b", ROWS)
    both = material([first, second])
    assert (len(both.rows), both.total, both.planned) == (18, 18, 18 + 8)
    more = [*ROWS, *grid_rows(depth=[99], seed=[0, 1])]
    more[-2]["run"], more[-1]["run"] = "a" * 12, "b" * 12
    assert material([write(tmp_path / "c", more)]).planned == 20
    assert material([first, first, tmp_path / "a"]).total == 10


def test_the_trace_of_a_run_that_two_directories_hold_is_read_once(tmp_path: Path) -> None:
    both = material([write(tmp_path / "a", ROWS[:10]), write(tmp_path / "b", ROWS)])
    asked = [row["run"] for row in ROWS[5:15]]
    assert sorted(both.trace(asked)["run"]) == sorted(asked)
    assert len(both.trace(asked, "metric")) == len(both.trace([])) == 0


def test_several_experiments_are_told_apart_by_name(tmp_path: Path) -> None:
    write(tmp_path / "a", ROWS)
    write(tmp_path / "b", [row | {"name": "other"} for row in ROWS], SWEEP.replace("grid\n", "other\n", 1))
    made = material([tmp_path])
    assert made.names[0] == "name"
    assert len(made.rows) == 36
    assert [row["name"] for row in made.rows] == ["grid"] * 18 + ["other"] * 18


def test_nothing_there(tmp_path: Path) -> None:
    made = material([tmp_path])
    assert (made.rows, made.names, made.groups, made.total, made.planned) == ([], [], [], 0, 0)
    assert made.presentation == Presentation()
    assert len(made.trace([])) == 0
    begun = material([write(tmp_path / "a", [])])
    assert (begun.rows, begun.planned) == ([], 18)


@pytest.mark.parametrize(
    "spec",
    [
        "name: [",
        "\x00",
        "- a list\n",
        "name: x\nreport: 3\n",
        "name: x\nreport: {by: 3, colour: red}\n",
        "name: x\nsweep: {grid: 7}\n",
        "",
    ],
)
def test_a_spec_that_nobody_can_read(tmp_path: Path, spec: str) -> None:
    made = material([write(tmp_path / "a", ROWS, spec)])
    assert len(made.rows) == 18
    assert made.presentation == Presentation()


def test_the_users_choice_goes_before_that_of_the_spec(tmp_path: Path) -> None:
    spec = SWEEP + "report: {question: Why?, x: depth, by: activation}\n"
    made = material([write(tmp_path / "a", ROWS, spec)], chosen=Presentation(by="seed"))
    assert made.presentation == Presentation(question="Why?", x="depth", by="seed")
    write(tmp_path / "b", ROWS)
    assert material([tmp_path]).presentation == Presentation()


def test_hostile_names(tmp_path: Path) -> None:
    evil = "<script>\x1b[2J|=cmd()"
    where = write(tmp_path / "<b>|", [row | {"name": evil, "activation": evil} for row in ROWS])
    made = material([where])
    assert made.values("name") == made.values("activation") == [evil]
    assert telling(made.columns, made.sources) == ["depth"]

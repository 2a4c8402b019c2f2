"""What a message says of columns: first those in which the runs differ, and not all there are."""

from pathlib import Path

import pytest
from reporting.kept import kept
from reporting.rows import grid_rows

from gradx.base.errors import SpecError
from gradx.base.presentation import Presentation
from gradx.reporting.report import report
from gradx.reporting.runs.asked import KEYS, MOST_PLACES
from gradx.reporting.runs.material import material


def test_a_filter_that_picks_nothing_says_what_there_is(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(activation=["tanh", "relu"], depth=range(1, 11)))
    assert material([path], "activation == tnah").having == "activation has relu, tanh"
    found = material([path], "activation == tanh and depth > 10")
    assert found.having == "activation has relu, tanh; depth has 1, 2, 3, 4, 5, 6 and 4 more"
    assert material([path], "activation == tanh").having == ""


def test_an_unknown_key_is_answered_by_those_that_differ(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(activation=["tanh", "relu"], depth=[1, 2]))
    with pytest.raises(SpecError) as caught:
        material([path], chosen=Presentation(by="nothing"))
    listed = str(caught.value).partition("(allowed: ")[2].rstrip(")").split(", ")
    assert listed[:2] == ["activation", "depth"]
    assert len(listed) <= KEYS + 1


REPORT = (
    "name: grid\nreport: {x: depth, y: growth.time, by: init.gian}\nsweep: {grid: {depth: [2, 10], seed: [0, 1]}}\n"
)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"x": "width"}, ["--x: width is 64 in all runs (allowed: depth, seed)"]),
        ({"x": "seed"}, []),
        ({"by": "width"}, []),  # one line, with its name
        ({"x": "depth", "by": "depth"}, ["--by: x is depth already (allowed: seed)"]),
        ({"x": "dropout"}, ["--x: no run has dropout (allowed: depth, seed)"]),
        ({"by": "dropout"}, ["--by: no run has dropout (allowed: depth, seed)"]),
        ({"x": "depth", "y": "loss.max"}, ["--x: the runs with loss.max do not differ in depth (allowed: seed)"]),
        ({"y": "status diverged"}, []),  # none did: that is a result
        ({"x": "", "by": ""}, ["--x: needs the name of a column", "--by: needs the name of a column"]),
        ({"x": "width", "by": "dept", "y": "growth.tim"}, [
            "--by: unknown column 'dept'; did you mean 'depth'?",
            "--y: unknown result 'growth.tim'; did you mean 'growth.time'?",
            "--x: width is 64 in all runs (allowed: depth, seed)",
        ]),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_a_mistake(tmp_path: Path, wanted: dict, said: list[str]) -> None:
    rows = grid_rows(depth=[2, 10], seed=[0, 1], dropout=[None], growth__time=[None], loss__max=[None])
    for one in rows[:2]:
        one["loss.max"] = 3.0
    path = kept(tmp_path / "grid", rows)
    assert mistakes(path, **wanted) == said


def test_the_results_that_there_are_come_with_it(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(depth=[2, 10], growth__time=[None]))
    (said,) = mistakes(path, y="growth.time")
    assert said.startswith("--y: no run has growth.time (allowed: ")
    assert "growth.depth" in said
    assert "decades.time" not in said
    (said,) = mistakes(kept(tmp_path / "none", grid_rows(depth=[2, 10], steps_done=[0], steps=[0])), y="loss.final")
    assert said.startswith("--y: no run has loss.final: none was trained (allowed: ")


def test_more_values_than_have_room(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(seed=range(MOST_PLACES + 1)))
    assert mistakes(path, x="run") == ["--x: run has 401 values, more than the 400 that have room (allowed: seed)"]
    assert mistakes(path, "seed < 400", x="run") == []


def test_what_a_filter_leaves_is_what_counts(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(depth=[2, 10], seed=[0, 1]))
    assert mistakes(path, "depth == 10", x="depth") == ["--x: depth is 10 in all runs (allowed: seed)"]
    assert mistakes(path, "depth == 30", x="depth") == []  # the page says that the filter picks nothing
    assert mistakes(path, "", x="", y="")[:2] == [
        "--where: not an expression: '' (example: depth >= 20 and activation == tanh)",
        "--x: needs the name of a column",
    ]


def test_what_a_spec_asks_for_in_vain_is_told_and_no_mistake(tmp_path: Path) -> None:
    rows = grid_rows(depth=[2, 10], seed=[0, 1])
    path = kept(tmp_path / "grid", rows, REPORT)
    note = " Not drawn as asked: no run has growth.time; no run has init.gian."
    assert report(path).headline.answer.endswith(note)
    assert mistakes(path, y="growth.time")[0].startswith("--y: no run has growth.time")
    assert report(path, y="growth.depth", by="seed").headline.answer.count("Not drawn") == 0
    assert report(kept(tmp_path / "begun", [], REPORT)).headline.answer.count("Not drawn") == 0


def test_nothing_is_a_mistake_that_may_still_come(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(depth=[2], seed=[0, 1]), REPORT.replace("by: init.gian", "by: seed"))
    assert mistakes(path, x="depth", y="growth.time") == []
    said = report(path, x="depth", y="growth.depth").headline.answer
    assert said.endswith(" Not drawn as asked: depth is 2 in all runs.")


def mistakes(path: Path, where: str | None = None, **wanted: str) -> list[str]:
    try:
        material([path], where, Presentation(**wanted))
    except SpecError as error:
        return [str(problem) for problem in error.problems]
    return []

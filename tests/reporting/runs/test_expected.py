"""Claims of specs judged by the runs of a directory that are points of it, and by no others."""

from pathlib import Path

import pytest
from reporting.kept import kept
from reporting.rows import failed, grid_rows

from gradx.reporting.runs.expected import expected
from gradx.reporting.runs.material import material

SWEEP = """\
name: grid
architecture: {kind: mlp}
activation: {kind: sigmoid}
depth: 30
optimizer: {kind: sgd, lr: 0.01}
sweep:
  grid: {depth: [2, 10], seed: {range: [0, 2]}}
expect:
- growth.depth < 1
- {that: share(solved) >= 0.5, where: depth == 2}
"""
ROWS = grid_rows(depth=[2, 10], seed=[0, 1])


def judged(*paths: Path, where: str | None = None) -> list[tuple[str, bool | None, str]]:
    return [claim for one in expected(material(paths, where)) for claim in one.claims]


def test_all_points_are_there(tmp_path: Path) -> None:
    rows = [dict(row) for row in ROWS]
    rows[0]["solved"] = True
    path = kept(tmp_path / "grid", rows, SWEEP)
    first, second = judged(path)
    assert first == ("growth.depth < 1", True, "met in 4 of 4 runs")
    assert second[:2] == ("share(solved) >= 0.5 where depth == 2", True)
    assert judged(path, where="depth == 2") == []  # nothing is claimed of a part


@pytest.mark.parametrize("more", [{"depth": 50}, {"optimizer.lr": 0.1}, {"optimizer": "adam"}, {"name": "other"}])
def test_runs_that_are_no_points_do_not_count(tmp_path: Path, more: dict) -> None:
    others = [row | more | {"run": f"f{place:011x}", "growth.depth": 5.0} for place, row in enumerate(ROWS)]
    path = kept(tmp_path / "grid", [*ROWS, *others], SWEEP)
    assert judged(path)[0] == ("growth.depth < 1", True, "met in 4 of 4 runs")


def test_a_half_done_sweep_is_not_judged(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", ROWS[:3], SWEEP)
    assert [claim[1:] for claim in judged(path)] == [(None, "3 of 4 points are there")] * 2


def test_one_run(tmp_path: Path) -> None:
    spec = "name: grid\narchitecture: mlp\nexpect: [growth.depth < 0.1, growth.time < 1]\n"
    path = kept(tmp_path / "a", ROWS[:1], spec)
    (one,) = expected(material([path]))
    assert one.claims[0] == ("growth.depth < 0.1", False, "")
    assert one.claims[1][:2] == ("growth.time < 1", None)
    assert (one.met, one.control, one.row["run"]) == (0, False, ROWS[0]["run"])
    assert judged(kept(tmp_path / "b", [failed(ROWS[0])], spec)) == []


def test_a_control_arm_says_so(tmp_path: Path) -> None:
    rows = [row | {"name": "grid-control"} for row in ROWS]
    (one,) = expected(material([kept(tmp_path / "a", rows, SWEEP.replace("name: grid", "name: grid-control"))]))
    assert one.control
    assert [met for _, met, _ in one.claims] == [True, False]


@pytest.mark.parametrize(
    "expect", ["7", "[7]", "[{that: 1}]", "[import os]", "[{where: depth == 2}]", "{a: b}", "[[]]"]
)
def test_what_is_no_claim_is_left_out(tmp_path: Path, expect: str) -> None:
    assert judged(kept(tmp_path / "a", ROWS, f"name: grid\nexpect: {expect}\n")) == []

"""The plan of a sweep: axes, points, cohorts in groups, cost; at any width."""

import json
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from gradx.reporting.terminal.plan_page import PlanPage, axis_text, cost
from gradx.reporting.terminal.sweep import show_plan


def cohort(label: str = "mlp, depth 20, width 32", size: int = 64, **changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"label": label, "size": size, "seconds": 10.0, "memory": 10**8, "disk": 10**6} | changes)


def plan(cohorts: list[SimpleNamespace], **changes: Any) -> SimpleNamespace:
    axes = {"activation": ["tanh", "relu"], "init.gain": [0.5, 1.0], "seed": list(range(300))}
    given = {"name": "grid", "axes": axes, "points": 1200, "finished": 200, "busy": 0, "cohorts": cohorts}
    return SimpleNamespace(**given | {"workers": 2, "executor": "pool", "path": Path("results/grid")} | changes)


def test_the_whole_page(capsys) -> None:
    show_plan(plan([cohort()] * 12 + [cohort(size=3)] + [cohort("rnn, depth 1, width 8", 1, seconds=1.0)], busy=64))
    assert capsys.readouterr().out.splitlines() == [
        "grid  1,200 points",
        "",
        "Axes  2 × 2 × 300",
        "  activation  tanh, relu  (2)",
        "  init.gain   0.5, 1  (2)",
        "  seed        0, 1, 2, …, 299  (300)",
        "",
        "Points",
        "  finished   200",
        "  elsewhere  64 in work in other processes",
        "  to do      772",
        "",
        "Cohorts  14; members of one train together",
        "  12 cohorts of 64 members, 1 of 3: mlp, depth 20, width 32",
        "  1 cohort of 1 member: rnn, depth 1, width 8",
        "",
        "Estimate  pool, 2 workers",
        "  time       about 1 min",
        "  memory     about 200 MB for 2 cohorts at a time, besides torch itself",
        "  disk       about 14 MB",
        "",
        "Results",
        "  results/grid",
    ]


def test_many_kinds_of_cohorts_and_sizes(capsys) -> None:
    show_plan(plan([cohort(f"mlp, depth {depth}", size) for depth in range(20) for size in range(1, 6)]))
    out = capsys.readouterr().out
    assert "  5 cohorts of 1 to 5 members: mlp, depth 0\n" in out
    assert out.count("cohorts of 1 to 5") == 15
    assert "  … 25 more cohorts of 5 more kinds\n" in out


def test_nothing_to_do(capsys) -> None:
    show_plan(plan([], finished=1200, axes={}))
    out = capsys.readouterr().out
    assert "to do      0" in out
    assert not any(word in out for word in ("Axes", "Cohorts", "Estimate"))


def test_cost() -> None:
    one, long = cohort(), cohort(seconds=100.0, memory=3 * 10**8)
    assert cost(plan([one] * 10)) == {"seconds": 50.0, "memory": 2 * 10**8, "disk": 10**7}
    assert cost(plan([one, long])) == {
        "seconds": 100.0,
        "memory": 6 * 10**8,
        "disk": 2 * 10**6,
    }  # not below the longest
    assert cost(plan([long], workers=8))["memory"] == 3 * 10**8  # no more at a time than there are
    assert cost(plan([])) == {"seconds": 0.0, "memory": 0, "disk": 0}


def test_axis_text() -> None:
    parts = [{"kind": "sgd", "lr": 0.1}, {"kind": "adam", "lr": 0.001}, "rmsprop", None, True, [1, 2.5]]
    assert axis_text(parts) == "sgd lr 0.1, adam lr 0.001, rmsprop, -, true, [1, 2.5]"
    assert axis_text(list(range(10**5))) == "0, 1, 2, …, 99999"
    assert len(axis_text(["x" * 100, "y"])) == 60


def test_json(capsys) -> None:
    show_plan(plan([cohort(seconds=float("inf"))]), as_json=True)
    shown = json.loads(capsys.readouterr().out)
    assert (shown["points"], shown["finished"], shown["busy"], shown["seconds"]) == (1200, 200, 0, "inf")
    assert shown["cohorts"] == [
        {"label": "mlp, depth 20, width 32", "size": 64, "seconds": "inf", "memory": 10**8, "disk": 10**6}
    ]


@pytest.mark.parametrize("width", [40, 80])
def test_any_width_is_kept_and_nothing_hostile_obeyed(width: int) -> None:
    hostile = "\x1b[31m[red]\u202e" + "層" * 30
    axes = {"activation": [hostile, "tanh"], "x" * 30: [0.1 + place / 1e9 for place in range(1000)]}
    file = StringIO()
    page = PlanPage(plan([cohort(hostile)], axes=axes, name=hostile))
    Console(file=file, width=width, color_system=None, force_terminal=True).print(page, soft_wrap=True)
    assert max(map(cell_len, file.getvalue().splitlines())) <= width
    assert not set(file.getvalue()) & set("\x1b\u202e")

"""Page, line and JSON of a finished sweep: the right words at any width, and nothing that a terminal could act on."""

import json
from io import StringIO
from math import inf, nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from reporting.rows import failed, grid_rows
from rich.cells import cell_len
from rich.console import Console

from gradx.reporting.terminal.sweep import show_sweep, show_sweep_json, show_sweep_line, sweep_json
from gradx.reporting.terminal.sweep_page import SweepPage

HOSTILE = "\x1b[31mred\x1b]0;title\x07 [red]x[/red] \u202egnp\r\n\x9b2J"


def sweep(rows: list[dict], axes: dict[str, list] | None = None, **changes: Any) -> SimpleNamespace:
    given = {"name": "grid", "axes": axes or {}, "rows": rows, "points": len(rows), "computed": len(rows)}
    given |= {"claims": [], "seconds": 4.0}
    given |= {"failed": sum(row["status"] == "failed" for row in rows), "path": Path("results/grid")}
    return SimpleNamespace(**given | changes)


def gains() -> SimpleNamespace:
    """Two gains and three seeds; one seed of the second does otherwise."""
    rows = grid_rows(init__gain=[0.5, 1.0], seed=[0, 1, 2])
    for one, growth in zip(rows, (0.2, 0.1, 0.4, 0.9, 1.0, 1.25), strict=True):
        one["growth.depth"] = growth
    for one in rows[3:5]:
        one |= {"verdict.depth": "stable", "solved": True, "loss.final": 0.5, "metric.final": 0.95}
    rows[5] |= {"verdict.depth": "diverged", "status": "diverged", "loss.final": nan, "metric.final": nan}
    return sweep(rows, {"init.gain": [0.5, 1.0], "seed": [0, 1, 2]})


def page(done: SimpleNamespace, capsys) -> list[str]:
    """The page as in a pipe."""
    show_sweep(done)
    return capsys.readouterr().out.splitlines()


def on_terminal(done: SimpleNamespace, width: int) -> list[str]:
    file = StringIO()
    Console(file=file, width=width, color_system=None, force_terminal=True).print(SweepPage(done), soft_wrap=True)
    return file.getvalue().splitlines()


def test_the_whole_page(capsys) -> None:
    claims = [("share(solved) >= 0.5", False, "share(solved) = 0.3333"), ("growth.time < 1", None, "no time")]
    done = gains()
    done.claims, done.computed = claims, 3
    assert page(done, capsys) == [
        "grid  6 runs, 3 computed now in 4 s (45 runs/min)",
        "all: mlp sigmoid, init torch_default, depth 30, width 64, 12.3 k parameters, digits, sgd lr 0.01,",
        "batch 32, float32, steps 100",
        "",
        "runs       ● 5 finished  ✖ 1 diverged",
        "per layer  ▼ 3 vanishing  ● 2 stable  ✖ 1 diverged",
        "",
        "By init.gain  2 combinations",
        "init.gain  per layer    growth  range     interval     loss  solved  accuracy",
        "      0.5  ▼ vanishing     0.2  0.1–0.4   0.0357–1.12   2.2     0/3       0.1",
        "        1  ●2 ✖1             1  0.9–1.25  0.686–1.58    0.5     2/3      0.95",
        "each row 3 runs",
        "growth: factor of the gradient norm per layer towards the input, median over the runs of a row;",
        "  range: smallest to largest",
        "interval: 95 %, of their geometric mean (Student's t on the logarithms)",
        "how often: ● stable, ✖ diverged",
        "loss and accuracy: medians, where nan is the worst",
        "",
        "Claims  0 of 1 judged met, 1 cannot be judged",
        "  ✖ not met  share(solved) >= 0.5  (share(solved) = 0.3333)",
        "  ? cannot be judged  growth.time < 1  (no time)",
        "",
        "Results",
        "  results/grid",
        "  import gradx; gradx.load('results/grid').runs",
        "",
        "What to do next",
        "  The runs with the smallest loss:",
        "    gradx ls runs results/grid --sort loss.final --limit 10",
        "  Those that are vanishing per layer:",
        "    gradx ls runs results/grid --where 'verdict.depth == vanishing'",
        "  What differs beyond noise, and every figure, as a page for a browser:",
        "    gradx report results/grid --html report.html",
    ]


def test_the_interval_is_that_of_the_geometric_mean(capsys) -> None:
    """By hand: logarithms of 0.2, 0.1, 0.4 have mean log 0.2 and deviation log 2; t of 2 degrees is 4.303."""
    low, high = (0.2 * 2 ** (sign * 4.30265 / 3**0.5) for sign in (-1, 1))
    assert f" {low:.3g}–{high:.3g} " in "\n".join(page(gains(), capsys))


def test_failed_runs_are_grouped_by_reason(capsys) -> None:
    rows = grid_rows(depth=[1, 2], seed=range(5))
    rows[:4] = [failed(one) for one in rows[:4]]
    rows[9] = failed(rows[9], f"{HOSTILE}\nand a long log")
    rows[8] = failed(rows[8], "")
    text = "\n".join(page(sweep(rows, {"depth": [1, 2], "seed": list(range(5))}, computed=4), capsys))
    assert "runs       ✖ 6 failed  ● 4 finished" in text
    assert "Failed  6 runs\n  ✖ 4 runs failed: MemoryError: 12 GB are needed" in text
    assert "depth=1 seed=0 (run 000000000000); depth=1 seed=1 (run 000000000001)" in text
    assert "; and 1 more" in text
    assert "✖ 1 run failed: no reason was given" in text
    assert r"✖ 1 run failed: \x1b[31mred" in text
    assert "The same command runs those that failed again" in text
    assert "✖ 4" in next(line for line in text.splitlines() if line.lstrip().startswith("1 "))


def test_all_failed_all_diverged_nothing_new_and_one_run(capsys) -> None:
    rows = grid_rows(depth=[1, 2])
    text = "\n".join(page(sweep([failed(one) for one in rows], {"depth": [1, 2]}, computed=0), capsys))
    assert "2 runs, none could be computed" in text
    assert "--sort" not in text
    lost = [one | {"status": "diverged", "verdict.depth": "diverged", "loss.final": nan} for one in rows]
    text = "\n".join(page(sweep(lost, {"depth": [1, 2]}, computed=0), capsys))
    assert "2 runs, nothing was left to compute" in text
    assert "runs       ✖ 2 diverged" in text
    assert [line.split()[-3] for line in text.splitlines() if "✖ diverged" in line] == ["nan", "nan"]
    for few in (lost, [one | {"steps": 0, "steps_done": 0} for one in rows]):
        assert "smallest loss" not in "\n".join(page(sweep(few, {"depth": [1, 2]}), capsys))
    text = "\n".join(page(sweep(rows[:1]), capsys))
    assert text.startswith("grid  1 run, all computed now in 4 s\nmlp sigmoid")
    assert "What to do next" not in text


def test_many_combinations(capsys) -> None:
    rows = grid_rows(activation=["tanh"], depth=range(1, 101))
    lines = page(sweep(rows, {"depth": list(range(1, 101))}), capsys)
    assert "… 60 more combinations" in lines
    assert sum("▼ vanishing" in line for line in lines) == 40


def test_a_map_of_two_numeric_axes(capsys) -> None:
    rows = grid_rows(init__gain=[0.5, 1.0], depth=[1, 2, 3], seed=[0, 1])
    lines = page(sweep(rows, {"init.gain": [0.5, 1.0], "depth": [1, 2, 3]}), capsys)
    assert "Map per layer  ▼ vanishing" in lines
    assert "depth \\ init.gain     0.5       1" in lines


@pytest.mark.parametrize("width", [40, 80, 120])
def test_any_width_is_kept_and_nothing_hostile_obeyed(width: int, capsys) -> None:
    axes = {"architecture": ["rnn", HOSTILE], "optimizer": ["sgd"], "optimizer.lr": [0.1, 0.01], "depth": [1, 2]}
    rows = grid_rows(**{key.replace(".", "__"): values for key, values in axes.items()}, seed=[0, 1])
    rows = [one | {"verdict.time": "stable", "growth.time": 1.0 + place} for place, one in enumerate(rows)]
    rows[0] = failed(rows[0], HOSTILE * 50)
    done = sweep(rows, axes, name=HOSTILE, claims=[(HOSTILE * 20, None, HOSTILE)])
    lines = on_terminal(done, width)
    show_sweep_line(done)
    for line in [*lines, *capsys.readouterr().out.splitlines()]:
        assert not set(line) & set("\x1b\x07\x9b\r\u202e")
    asked = lines.index("Results")  # what follows can be copied, and is not broken at any width
    assert max(map(cell_len, lines[:asked])) <= width
    if width >= 80:
        heading = next(line for line in lines if line.startswith("architecture"))
        assert "per layer" in heading or "per" in heading
        assert "depth" in heading


def test_the_line(capsys) -> None:
    done = gains()
    done.claims = [("solved", True, ""), ("x", False, "")]
    show_sweep_line(done)
    assert capsys.readouterr().out == (
        "grid 6 runs (6 computed now in 4 s); 5 finished, 1 diverged; per layer 3 vanishing, 2 stable, 1 diverged; "
        "1 of 2 claims met; results/grid\n"
    )


def test_json(capsys) -> None:
    done = gains()
    done.claims = [("solved", None, "why")]
    done.rows[0] = failed(done.rows[0], HOSTILE)
    done.rows[1]["growth.depth"] = inf
    shown = sweep_json(done)
    runs = shown.pop("runs")
    assert shown == {
        "name": "grid",
        "points": 6,
        "done": 5,
        "computed": 6,
        "diverged": 1,
        "failed": 0,
        "seconds": 4.0,
        "axes": {"init.gain": [0.5, 1.0], "seed": [0, 1, 2]},
        "expect": [{"claim": "solved", "met": None, "note": "why"}],
        "results": "results/grid",
    }
    assert runs[0] == {
        "run": "000000000000",
        "status": "failed",
        "error": HOSTILE,
        "point": {"init.gain": 0.5, "seed": 0},
        "verdict": {},
        "growth": {},
        "loss.final": None,
        "metric.final": None,
        "solved": None,
    }
    assert (runs[1]["growth"], runs[1]["verdict"]) == ({"depth": "inf"}, {"depth": "vanishing"})
    assert (runs[5]["loss.final"], runs[5]["status"], runs[3]["solved"]) == ("nan", "diverged", True)
    show_sweep_json(done)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)["runs"] == runs


def test_axes_of_parts_in_json() -> None:
    rows = grid_rows(optimizer=["sgd", "adam"], optimizer__lr=[0.1, 0.01])
    shown = sweep_json(sweep(rows, {"optimizer": [{"kind": "sgd", "lr": inf}]}))
    assert shown["axes"] == {"optimizer": [{"kind": "sgd", "lr": "inf"}]}
    assert shown["runs"][3]["point"] == {"optimizer": "adam", "optimizer.lr": 0.01}

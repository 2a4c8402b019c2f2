"""What an answer must not say: a coincidence as a rule, one of several causes as the cause, next to nothing as news."""

import re
from math import exp, nan
from typing import Any

import pytest
from reporting.rows import grid_rows

from gradx.reporting.runs.material import Material
from gradx.reporting.views.answering import answer

SEEDS = list(range(5))


def of(rows: list[dict[str, Any]]) -> str:
    return answer(Material([], [], rows, len(rows)))


def diverged(rows: list[dict[str, Any]], *places: int) -> list[dict[str, Any]]:
    return [row | {"status": "diverged"} if place in places else row for place, row in enumerate(rows)]


def test_one_run_is_no_rule() -> None:
    """One of many learning rates, each with one run; and the only run that does not do it."""
    rows = grid_rows(optimizer__lr=[0.1, 0.2, 0.3, 0.4, 0.5], seed=[0])
    for places in ([2], [4], [0, 1, 3, 4], [0, 1, 2, 3], [0, 2], [1, 3]):
        said = of(diverged(rows, *places))
        assert "diverge" in said
        assert "exactly" not in said
    assert "2 of 5 runs diverge (exactly those with optimizer.lr >= 0.4)" in of(diverged(rows, 3, 4))


def test_axes_that_change_together_are_all_named() -> None:
    rows = grid_rows(task=["copying", "adding"], seed=SEEDS)
    for row in rows:
        row |= {"sequence_length": 10 if row["task"] == "copying" else 50}
        row |= {"optimizer.lr": row["sequence_length"] / 1000, "width": 8 * (1 + row["seed"])}
    both = "task copying; sequence_length and optimizer.lr differ as well"
    assert f"5 of 10 runs diverge (exactly those with {both})" in of(diverged(rows, *SEEDS))
    crossed = grid_rows(task=["copying", "adding"], depth=[5, 10], seed=[0, 1, 2])
    assert "exactly those with task copying)" in of(diverged(crossed, *range(6)))


def test_a_value_of_its_own_for_each_run_is_no_second_cause() -> None:
    rows = grid_rows(activation=["tanh", "relu"], seed=SEEDS)
    rows = [row | {"optimizer.lr": 0.1 + place / 100} for place, row in enumerate(rows)]
    assert "exactly those with activation tanh)" in of(diverged(rows, *SEEDS))


def test_next_to_nothing_is_no_news() -> None:
    """A factor of 1.00002, the same in all seeds, where seeds differ by 1 %."""
    rows = grid_rows(depth=[5, 10], seed=SEEDS)
    for size, told in ((2e-5, False), (0.02, True)):
        for row in rows:
            noise = 1e-7 * (row["seed"] % 2) * row["depth"]
            row["growth.depth"] = exp(0.01 * row["seed"] + size * (row["depth"] == 10) + noise)
        assert ("instead of" in of(rows)) is told


@pytest.mark.parametrize(("amount", "verb"), [(1, "diverges"), (2, "diverge")])
def test_one_run_diverges(amount: int, verb: str) -> None:
    rows = [row | {"verdict.depth": None} for row in grid_rows(seed=SEEDS)]
    assert re.search(rf"{amount} of 5 runs {verb}\b", of(diverged(rows, *range(amount))))


def test_runs_without_a_verdict_are_not_counted_as_judged() -> None:
    rows = grid_rows(seed=SEEDS)
    assert "vanishes in all 3 judged runs" in of(rows[:3] + [row | {"verdict.depth": None} for row in rows[3:]])
    assert "vanishes in all 5 runs" in of(rows)


def test_runs_of_several_experiments_are_said_to_be() -> None:
    rows = [row | {"name": "one"} for row in grid_rows(seed=SEEDS)]
    both = [*rows, *(row | {"name": "other"} for row in rows[:2])]
    assert "in all 5 runs (" in of(both)
    assert "; 2 in several experiments, counted once" in of(both)
    assert "several experiments" not in of(rows)
    assert "; 1 in several experiments, counted once" in of([*rows, rows[0] | {"name": "other"}])


def test_runs_that_could_not_solve_anything_are_not_counted() -> None:
    rows = grid_rows(seed=SEEDS)
    assert "0 of 3 judged runs solve the task" in of(rows[:3] + [row | {"solved": None} for row in rows[3:]])
    gone = [row | {"steps_done": 0, "status": "diverged", "loss.final": nan} for row in rows]
    assert "0 of 5 runs solve the task" in of(rows[:3] + gone[3:])  # training took them away from it
    assert "every final loss is NaN" in of(gone)
    said = of([row | {"steps": 0, "status": "finished"} for row in gone])
    assert "solve" not in said
    assert "loss" not in said


def test_it_is_said_where_along_an_axis_for_each_verdict() -> None:
    rows = grid_rows(init__gain=[0.5, 1.0, 2.0], depth=[5, 10], seed=SEEDS)
    for row in rows:
        row["verdict.depth"] = (
            "vanishing" if row["init.gain"] < 1 else "exploding" if row["init.gain"] > 1 else "stable"
        )
        row["verdict.depth"] = "stable" if row["depth"] == 5 and row["seed"] else row["verdict.depth"]
    assert of(rows) == (
        "Per layer the gradient stays stable in 18 of 30 runs (including all with init.gain 1), "
        "vanishes in 6 (only with init.gain 0.5), explodes in 6 (only with init.gain 2); 0 of 30 runs solve the task."
    )


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "\x1b[2J", "=cmd()|''!A1", "[x](javascript:1)"])
def test_text_of_specs_is_passed_on_as_it_is(evil: str) -> None:
    rows = grid_rows(activation=["tanh", evil], seed=SEEDS)
    gone = [place for place, row in enumerate(rows) if row["activation"] == evil]
    assert f"(exactly those with activation {evil})" in of(diverged(rows, *gone))


def test_an_effect_is_told_besides_where_it_is_of_another_axis() -> None:
    """The width changes the growth, the depth what becomes of it; that the same axis does both is one thing."""
    rows = grid_rows(depth=[5, 10], width=[8, 16], seed=SEEDS)
    for key, told in (("width", True), ("depth", False)):
        for row in rows:
            strong = row[key] == rows[-1][key]
            row |= {"growth.depth": exp(0.01 * row["seed"] + 0.5 * strong + 1e-4 * (row["seed"] % 2) * strong)}
            row |= {"verdict.depth": "vanishing" if row["depth"] == 10 else "stable", "solved": None}
        said = of(rows)
        assert "vanishes in 10 (exactly those with depth 10)" in said or "in 10 of 20 runs (exactly those" in said
        assert ("width 16 instead of 8: growth per layer" in said) is told
        assert ("depth 10 instead of 5" in said) is False


def test_of_a_long_sentence_only_the_worst_places_are_said() -> None:
    """Two directions, divergence and what was learned, each by another axis: there is room for one of these."""
    rows = grid_rows(depth=[5, 10], width=[8, 16], clipping=["none", "norm"], batch_size=[4, 8], seed=SEEDS)
    for row in rows:
        row |= {"verdict.depth": "vanishing" if row["depth"] == 10 else "stable", "solved": row["batch_size"] == 4}
        row |= {"verdict.time": "exploding" if row["width"] == 16 else "stable"}
        row |= {"status": "diverged" if row["clipping"] == "none" else "finished"}
    assert of(rows) == (
        "Per layer the gradient stays stable in 40 of 80 runs, vanishes in 40; "
        "per time step the gradient stays stable in 40 of 80 runs, explodes in 40; "
        "40 of 80 runs diverge (exactly those with clipping none); 40 of 80 runs solve the task."
    )


def test_where_it_happens_that_the_report_is_about_is_always_said() -> None:
    """The growth depends on the gain, divergence on two other axes: more words than usual, and none can be spared."""
    rows = grid_rows(init__gain=[0.8, 1.0, 1.5], optimizer__lr=[0.01, 0.1, 1.0], clipping=["none", "norm"], seed=SEEDS)
    for row in rows:
        low = row["init.gain"] == 0.8 or (row["init.gain"] == 1.0 and row["seed"] == 0)
        row |= {"growth.depth": row["init.gain"] + row["seed"] / 100, "verdict.depth": "vanishing" if low else "stable"}
        row |= {"status": "diverged" if row["clipping"] == "none" and row["optimizer.lr"] >= 0.1 else "finished"}
    said = of(rows)
    assert "(including all with init.gain 0.8)" in said
    assert "(including all with init.gain 1.5)" in said
    assert "(exactly those with clipping none and optimizer.lr >= 0.1)" in said

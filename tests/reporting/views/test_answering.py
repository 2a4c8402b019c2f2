"""What an answer must not say: a coincidence as a rule, one of several causes as the cause, next to nothing as news."""

import re
from math import exp
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
    assert "2 of 5 runs diverge, exactly those with optimizer.lr >= 0.4" in of(diverged(rows, 3, 4))


def test_axes_that_change_together_are_all_named() -> None:
    rows = grid_rows(task=["copying", "adding"], seed=[0, 1])
    for row in rows:
        row |= {"sequence_length": 10 if row["task"] == "copying" else 50}
        row |= {"optimizer.lr": row["sequence_length"] / 1000, "width": 8 * (1 + row["seed"])}
    said = of(diverged(rows, 0, 1))
    assert (
        "2 of 4 runs diverge, exactly those with task copying (sequence_length and optimizer.lr differ as well)" in said
    )
    crossed = grid_rows(task=["copying", "adding"], depth=[5, 10], seed=[0, 1])
    assert "exactly those with task copying;" in of(diverged(crossed, 0, 1, 2, 3))


def test_a_value_of_its_own_for_each_run_is_no_second_cause() -> None:
    rows = grid_rows(activation=["tanh", "relu"], seed=[0, 1])
    rows = [row | {"optimizer.lr": 0.1 + place / 100} for place, row in enumerate(rows)]
    assert "exactly those with activation tanh;" in of(diverged(rows, 0, 1))


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
    assert "2 runs are in several experiments and count in each" in of(both)
    assert "several experiments" not in of(rows)
    assert "1 run is in several experiments and counts in each" in of([*rows, rows[0] | {"name": "other"}])


def test_runs_that_could_not_solve_anything_are_not_counted() -> None:
    rows = grid_rows(seed=SEEDS)
    assert "0 of 3 judged runs solve the task" in of(rows[:3] + [row | {"solved": None} for row in rows[3:]])

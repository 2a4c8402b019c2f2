"""Between which numbers a result lies: against the medians of all combinations, one by one."""

from itertools import product
from math import inf, nan
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import failed, grid_rows

from gradx.base.presentation import Presentation
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import outcome_of
from gradx.reporting.views.answering import answer
from gradx.reporting.views.ranging import ranging

ACTIVATIONS, DEPTHS, SEEDS = ["tanh", "relu"], [5, 10], [0, 1, 2]


def rows(values: list[float], column: str = "loss.final") -> list[dict[str, Any]]:
    made = grid_rows(activation=ACTIVATIONS, depth=DEPTHS, seed=SEEDS)
    return [row | {column: value} for row, value in zip(made, values, strict=True)]


def of(made: list[dict[str, Any]], key: str = "loss.final") -> list[str]:
    return ranging(Material([], [], made, len(made)), outcome_of(key))


@given(st.lists(st.integers(1, 999), min_size=12, max_size=12, unique=True))
def test_from_the_lowest_to_the_highest_median(values: list[int]) -> None:
    middles = {
        f"{activation}, depth {depth}": median(values[3 * place : 3 * place + 3])
        for place, (activation, depth) in enumerate(product(ACTIVATIONS, DEPTHS))
    }
    low, high = (pick(middles, key=middles.__getitem__) for pick in (min, max))
    (said,) = of(rows([float(value) for value in values]))
    # the names stand in the order of an experiment
    assert sorted(said.replace("final loss goes from ", "").replace(", medians of 3 runs", "").split(" to ")) == sorted(
        [f"{middles[low]} ({low})", f"{middles[high]} ({high})"]
    )


def test_what_is_not_finite_is_told_and_where() -> None:
    assert of(rows([0.5] * 3 + [1.0] * 3 + [nan] * 4 + [inf] * 2)) == [
        "final loss goes from 0.5 (tanh, depth 5) to 1 (tanh, depth 10), medians of 3 runs, "
        "and is NaN in 4 and infinite in 2 of 12 runs (exactly those with activation relu)"
    ]
    assert of(rows([nan] * 12)) == ["final loss is NaN in 12 of 12 runs"]


def test_one_nan_among_seeds_is_the_worst_of_them() -> None:
    """Of a loss the highest, of an accuracy the lowest: the median of nan, 1 and 3 is 3 or 1."""
    values = [nan, 1.0, 3.0] + [2.0] * 9
    assert "2 (tanh, depth 10) to 3 (tanh, depth 5), medians" in of(rows(values))[0]
    assert "1 (tanh, depth 5) to 2 (tanh, depth 10), medians" in of(rows(values, "metric.final"), "metric.final")[0]


def test_missing_values_zero_and_failed_runs() -> None:
    made = rows([0.0] * 3 + [1.0] * 9)
    made[-1]["loss.final"] = None
    assert "goes from 0 (tanh, depth 5) to 1 (tanh, depth 10), medians of 3 runs" in of(made)[0]
    made[2]["loss.final"] = None
    assert of(made)[0].endswith("medians of 2 and 3 runs")
    assert of([failed(row) for row in made]) == []
    assert of(rows([1.0] * 12)) == ["final loss is 1 (median of 12 runs)"]


@pytest.mark.parametrize("asked", ["metric.final", "loss.final", "solved", "status diverged", "growth.depth"])
def test_the_answer_is_about_what_is_asked_first(asked: str) -> None:
    made = rows([0.1 + place / 10 for place in range(12)], "metric.final")
    made = [row | {"loss.final": 3 - row["metric.final"], "metric.name": "accuracy"} for row in made]
    made = [row | {"status": "diverged"} if row["depth"] == 10 else row for row in made]
    said = answer(Material([], [], made, 12, chosen=Presentation(y=asked)))
    starts = {
        "metric.final": "Test accuracy goes from 0.2 (tanh, depth 5) to 1.1 (relu, depth 10), medians of 3 runs",
        "loss.final": "Final loss goes from 1.9 (relu, depth 10) to 2.8 (tanh, depth 5), medians of 3 runs",
        "solved": "0 of 12 runs solve the task; per layer",
        "status diverged": "6 of 12 runs diverge (exactly those with depth 10); per layer",
        "growth.depth": "Per layer the gradient vanishes",
    }
    assert said.startswith(starts[asked])
    assert "6 of 12 runs diverge" in said


def test_a_place_is_said_once() -> None:
    made = [row | {"status": "diverged"} if row["loss.final"] != 1.0 else row for row in rows([1.0] * 6 + [nan] * 6)]
    said = answer(Material([], [], made, 12, chosen=Presentation(y="loss.final")))
    assert "is NaN in 6 of 12 runs (exactly those with activation relu)" in said
    assert "6 of 12 runs diverge; " in said

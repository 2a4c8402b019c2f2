"""How much of what few runs do is a finding: `Contingency.exact`, and what `conditions` makes of it."""

from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import grid_rows

from gradx.reporting.runs.conditions import CHANCE, conditions
from gradx.reporting.runs.contingency import EXACTLY, Contingency
from gradx.reporting.runs.material import Material

Row = dict[str, Any]


def told(rows: Sequence[Row], ends: Sequence[Any]) -> dict[Any, str]:
    found = conditions(Material([], [], rows, len(rows)), ends, [True])
    return dict(found.texts) if found else {}


@given(st.lists(st.integers(1, 3), min_size=2, max_size=5), st.booleans(), st.integers(2, 6))
def test_what_could_be_told_exactly(runs: list[int], numeric: bool, amount: int) -> None:
    """The slow way: deal the end to each so many of the runs, and look which of them are told exactly."""
    values: list[Any] = list(range(len(runs))) if numeric else [f"word {place}" for place in range(len(runs))]
    column = [value for value, times in zip(values, runs, strict=True) for _ in range(times)]
    exact, made = 0, Contingency.of("x", values, column, [None] * len(column))
    assert made is not None
    for way in combinations(range(len(column)), amount):
        if amount < len(column):
            ends = [place in way for place in range(len(column))]
            one = Contingency.of("x", values, column, ends)
            assert one is not None
            exact += any(each.kind == EXACTLY and each.plain for each in one.statements([True]))
    assert made.exact(amount) == exact if amount < len(column) else not exact


@pytest.mark.parametrize(
    "rows",
    [
        grid_rows(activation=["relu", "tanh"], depth=[5, 10], seed=[0]),
        grid_rows(activation=["relu", "tanh"], depth=[5, 10, 20], seed=[0]),
        grid_rows(activation=["relu", "tanh"], depth=[5, 10], seed=[0, 1]),
        [
            row | {f"optimizer.{key}": Random(f"{key} {row['seed']}").random() for key in ("lr", "beta1", "beta2")}
            for row in grid_rows(seed=range(8))
        ],
    ],
)
def test_of_few_runs_that_differ_in_much_little_is_a_finding(rows: Sequence[Row]) -> None:
    """Of all ways to deal an end to so many of the runs at most CHANCE each are told by one axis exactly, or by two.

    In 4 of the 6 ways in which two of four runs do it, these are alike in one of two keys: that is no finding.
    """
    for amount in range(2, len(rows) - 1):
        ways = list(combinations(range(len(rows)), amount))
        spoken = sum(bool(told(rows, [place in way for place in range(len(rows))])) for way in ways)
        assert spoken <= 2 * CHANCE * len(ways)


@given(st.lists(st.floats(1e-9, 1e9), min_size=3, max_size=40, unique=True), st.data())
def test_a_range_of_long_numbers_is_told_by_rounder_ones_that_hold(values: list[float], data: st.DataObject) -> None:
    values.sort()
    first = data.draw(st.integers(0, len(values) - 2))
    last = data.draw(st.integers(first + 1, len(values) - 1).filter(lambda at: (first, at) != (0, len(values) - 1)))
    axis = Contingency.of("x", values, values, [True] * len(values))
    assert axis is not None
    words = axis.text(range(first, last + 1)).split()
    low = float(words[words.index("from") + 1]) if "from" in words else float(words[2]) if ">=" in words else 0
    high = float(words[-1]) if "to" in words or "<=" in words else float("inf")
    if "or" not in words:
        assert [value for value in values if low <= value <= high] == values[first : last + 1]


def test_the_digits_of_a_range_are_few() -> None:
    axis = Contingency.of("lr", found := [0.000221451783, 0.00031234567, 0.12, 0.2], found, [True] * 4)
    assert axis is not None
    assert [axis.text(part) for part in ([0, 1], [2, 3], [1, 2])] == [
        "lr <= 0.06", "lr >= 0.12", "lr 0.0003123 or 0.12",
    ]  # fmt: skip


def test_of_a_single_axis_the_runs_are_listed() -> None:
    """Where nothing else differs but seeds, there is no other axis that may be meant."""
    few = grid_rows(depth=[5, 10], seed=[0, 1])
    deep = [row["depth"] == 10 for row in few]
    assert told(few, deep) == {True: "exactly those with depth 10"}
    alike = [row | {"width": 8 * row["depth"]} for row in few]
    assert told(alike, deep) == {True: "exactly those with depth 10; width differs as well"}
    ordered = grid_rows(depth=[5, 10, 20], seed=[0, 1])
    ordered = [row | {"optimizer.lr": 1 / row["depth"]} for row in ordered]
    assert told(ordered, [row["depth"] == 20 for row in ordered]) == {
        True: "exactly those with depth 20; optimizer.lr differs as well"
    }
    two = [row | {"width": 8 + row["seed"]} for row in few]
    assert told(two, deep) == {}
    more = grid_rows(depth=[5, 10], width=[8, 9], seed=[0, 1, 2])
    assert told(more, [row["depth"] == 10 for row in more]) == {True: "exactly those with depth 10"}

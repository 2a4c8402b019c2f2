"""Runs put together over seeds: medians, ranges, intervals, and what is said where values are missing."""

from collections import Counter
from math import exp, inf, isnan, log, nan, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import failed, grid_rows

from gradx.reporting.runs.groups import Group, axis_columns, groups


def group(**columns: list) -> Group:
    names = [name.replace("__", ".") for name in columns]
    return Group((), [dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)])


def test_the_axes_of_parts_give_the_keys_that_tell_points_apart() -> None:
    rows = grid_rows(optimizer=["sgd", "adam"], optimizer__lr=[0.1, 0.01], depth=[5], seed=[0, 1])
    axes = {"optimizer": [{"kind": "sgd", "lr": 0.1}], "depth": [5], "seed": [0, 1]}
    assert axis_columns(axes, rows) == ["optimizer", "optimizer.lr"]
    assert axis_columns({"optimizer.lr": [0.1, 0.01], "optimizer": ["sgd", "adam"]}, rows) == [
        "optimizer.lr", "optimizer",
    ]  # fmt: skip
    assert axis_columns({}, rows) == []


def test_groups_come_in_the_order_of_the_points() -> None:
    rows = grid_rows(init__gain=[2.0, 1.0], seed=[0, 1, 2])
    found = groups(rows, ["init.gain"])
    assert [(one.key, len(one.rows)) for one in found] == [((2.0,), 3), ((1.0,), 3)]
    assert [one.key for one in groups(rows, [])] == [()]
    assert groups([], ["depth"]) == []


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=12))
def test_median_range_and_interval(values: list[float]) -> None:
    spread = group(growth__depth=values).spread("growth.depth")
    assert spread is not None
    assert spread.middle == pytest.approx(exp(float(np.median(np.log(values)))))
    assert (spread.low, spread.high) == (min(values), max(values))
    assert spread.interval is not None
    mean = exp(sum(map(log, values)) / len(values))
    assert spread.interval[0] <= mean * (1 + 1e-9)
    assert spread.interval[1] >= mean * (1 - 1e-9)


def test_the_interval_holds_the_truth_19_times_in_20() -> None:
    """Coverage of the interval of 4 log-normal values: 95 %, within 3 standard errors of 4000 trials."""
    normal, generator = NormalDist(), np.random.default_rng(0)
    trials = 4000
    held = 0
    for _ in range(trials):
        draws = [exp(normal.inv_cdf(u)) for u in generator.uniform(size=4)]
        interval = group(growth__depth=draws).spread("growth.depth").interval
        held += interval[0] <= 1.0 <= interval[1]
    assert held / trials == pytest.approx(0.95, abs=3 * sqrt(0.95 * 0.05 / trials))


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.0], [0.5, inf], [0.5, None]])
def test_no_interval_of_one_value_or_without_a_logarithm(values: list) -> None:
    assert group(growth__depth=values).spread("growth.depth").interval is None


def test_a_huge_interval_is_infinite() -> None:
    assert group(g=[1e-300, 1e300]).spread("g").interval == (0.0, inf)


def test_missing_values() -> None:
    assert group(growth__depth=[None, nan]).spread("growth.depth") is None
    assert group(growth__depth=[None, 0.5]).spread("growth.depth").middle == 0.5
    assert Group((), [{}]).spread("growth.depth") is None


def test_a_loss_that_is_not_a_number_is_the_worst() -> None:
    assert group(loss__final=[0.1, 0.2, nan]).median("loss.final", inf) == 0.2
    assert isnan(group(loss__final=[0.1, nan, nan]).median("loss.final", inf))
    assert group(metric__final=[0.9, 0.8, nan]).median("metric.final", -inf) == 0.8
    assert group(loss__final=[None]).median("loss.final", inf) is None


def test_counts() -> None:
    rows = grid_rows(verdict__depth=["vanishing", "stable", None, "stable"], solved=[True])
    found = Group((), [*rows, failed(rows[0])])
    assert found.verdicts("depth") == Counter(stable=2, vanishing=1)
    assert found.verdicts("time") == Counter()
    assert found.status("failed") == 1
    assert found.solved() == (4, 4)
    assert Group((), [failed(rows[0])]).solved() is None


def test_what_training_came_to_is_of_those_that_were_trained() -> None:
    untrained = {"steps": 0, "steps_done": 0, "loss.final": 9.0, "solved": False, "growth.depth": 3.0}
    trained = {"steps": 5, "steps_done": 5, "loss.final": 1.0, "solved": True, "growth.depth": 1.0}
    mixed, none = Group((), [untrained, trained]), Group((), [untrained, untrained])
    assert (mixed.median("loss.final", inf), mixed.solved()) == (1.0, (1, 1))
    assert (none.median("loss.final", inf), none.solved()) == (None, None)
    assert none.median("growth.depth", inf) == 3.0

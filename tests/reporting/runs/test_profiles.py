"""Profiles picked from a trace: the right tap, the right steps."""

from math import nan

import pytest

from gradx.base.trace import Trace
from gradx.reporting.runs.profiles import profiles


def frame(quantity: str, site: str, steps: dict[int, list[float]]):
    return Trace.concat(
        Trace("r", step, quantity, site, range(1, len(values) + 1), values) for step, values in steps.items()
    ).to_frame()


@pytest.mark.parametrize(
    ("last", "count"),
    [([1.0, 2.0], 1), ([1.0, 9.9], 1), ([1.0, 10.0], 2), ([0.0, 1.0], 2), ([nan, 1.0], 2)],
)
def test_the_last_step_is_shown_where_it_differs_much(last, count) -> None:
    trace = frame("grad_norm.preactivation", "layer", {90: last, 0: [1.0, 1.0], 10: [1e9, 1e9]})
    found = profiles(trace, "depth")
    assert [profile.step for profile in found] == [0, 90][:count]
    assert found[0].values == [1.0, 1.0]
    assert profiles(trace, "time") == []


def test_time_is_that_of_the_last_layers_cell() -> None:
    import pandas as pd

    parts = [frame("grad_norm.hidden", f"layer {layer}", {0: [layer, layer]}) for layer in (1, 9, 10)]
    assert profiles(pd.concat(parts), "time")[0].values == [10, 10]
    parts.append(frame("grad_norm.cell", "layer 1", {0: [0.5, 0.5]}))
    assert profiles(pd.concat(parts), "time")[0].tap == "cell state, layer 1"


def test_one_position_is_no_profile() -> None:
    assert profiles(frame("grad_norm.preactivation", "layer", {0: [1.0]}), "depth") == []

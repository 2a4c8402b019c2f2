"""Profiles over groups: which lines, which steps, which gradients; predictions; what is read of the traces."""

from math import inf, isnan, nan

import pytest
from reporting.rows import failed, grid_rows, row
from reporting.views.traced import profile, traced, weights

from gradx.reporting.elements import Series
from gradx.reporting.views.limits import UNDERFLOW
from gradx.reporting.views.picking import MOST
from gradx.reporting.views.profiles import sections


def decay(rate: float, depth: int, at_loss: float = 1.0) -> list[float]:
    """The norms of layer 1 to depth: the closed form norm * rate^(L - l)."""
    return [at_loss * rate ** (depth - layer) for layer in range(1, depth + 1)]


def charts(*args, **kwargs):
    return {chart.key: chart for section in sections(*args, **kwargs) for chart in section.elements}


def test_one_group_first_and_last_profile_with_its_seeds_as_band() -> None:
    rows = grid_rows(seed=[0, 1, 2])
    traces = [
        profile(one["run"], [scale * value for value in decay(rate, 5)], step)
        for one, scale in zip(rows, (1, 2, 4), strict=True)
        for step, rate in ((0, 0.1), (50, 0.5), (99, 0.9))
    ]
    (section,) = sections(traced(rows, traces))
    (chart,) = section.elements
    first, last = chart.series
    assert (first.label, last.label) == ("before training", "after 99 steps")
    assert list(first.x) == [1, 2, 3, 4, 5]
    assert first.y == pytest.approx([2 * value for value in decay(0.1, 5)], rel=1e-12)
    assert first.low == decay(0.1, 5)
    assert last.high == pytest.approx([4 * value for value in decay(0.9, 5)], rel=1e-12)
    assert (chart.y.log, chart.x.integer) == (True, True)
    assert (
        section.note
        == "From the last layer to the first the gradient norm changes by a factor 0.0001, before training."
    )
    assert chart.caption == "Of the pre-activation. Median and range over 3 seeds."


def test_groups_of_different_depths_are_lines_of_different_lengths() -> None:
    rows = grid_rows(depth=[3, 6])
    traces = [profile(one["run"], decay(0.5, one["depth"])) for one in rows]
    (chart,) = charts(traced(rows, traces)).values()
    assert [(line.label, list(line.x), line.y, line.low) for line in chart.series] == [
        ("depth 3", [1, 2, 3], decay(0.5, 3), ()),
        ("depth 6", [1, 2, 3, 4, 5, 6], decay(0.5, 6), ()),
    ]


def test_zero_inf_nan_and_missing_stay_what_they_are() -> None:
    rows = grid_rows(seed=[0])
    chart = charts(traced(rows, [profile(rows[0]["run"], [0.0, inf, nan, 1e-30, 1.0])]))["gradient-by-depth"]
    (line,) = chart.series
    assert line.y[:2] == [0.0, inf]
    assert isnan(line.y[2])
    assert UNDERFLOW in [limit.value for limit in chart.limits]
    (section,) = sections(traced(rows, [profile(rows[0]["run"], [0.0, 1e-44, 1.0])]))
    assert "changes by a factor 0, before" in section.note


def test_lines_that_are_the_same_before_training_are_drawn_once() -> None:
    rows = grid_rows(clipping=["none", "norm", "value"])
    traces = [profile(one["run"], [nan, 2.0, 1.0]) for one in rows]
    traces += [profile(one["run"], decay(0.01, 3), 9) for one in rows[1:]]
    found = charts(traced(rows, traces))
    assert [line.label for line in found["gradient-by-depth"].series] == ["all 3 combinations"]
    assert [line.label for line in found["gradient-by-depth-last"].series] == [
        "clipping none", "clipping norm", "clipping value",
    ]  # fmt: skip
    assert found["gradient-by-depth-last"].title == "Gradient norm by layer, at the last sampled step (0 to 9)"


def test_alike_lines_are_merged_before_lines_are_chosen() -> None:
    """Of 18 combinations there are 3 lines before training: all of them, and 6 combinations each."""
    rows = grid_rows(init__gain=[0.5, 1.0, 1.5], optimizer__lr=[0.01, 0.1, 1.0], clipping=["none", "norm"])
    rows = [one | {"growth.depth": one["init.gain"]} for one in rows]
    traces = [profile(one["run"], decay(one["init.gain"], 3)) for one in rows]
    traces += [profile(one["run"], decay(one["init.gain"] / 1000, 3), 9) for one in rows]
    found = charts(traced(rows, traces))
    assert [line.label for line in found["gradient-by-depth"].series] == [
        "init.gain 0.5 (and 5 alike)", "init.gain 1 (and 5 alike)", "init.gain 1.5 (and 5 alike)",
    ]  # fmt: skip
    assert found["gradient-by-depth"].caption == "Of the pre-activation. One run each."
    assert len(found["gradient-by-depth-last"].series) == MOST
    assert "8 of 18 combinations" in found["gradient-by-depth-last"].caption


def test_lines_of_other_growth_are_not_alike() -> None:
    rows = grid_rows(depth=[5, 6, 7], optimizer__lr=[0.01, 0.1, 1.0], clipping=["none", "norm"])
    rows = [one | {"growth.depth": place} for place, one in enumerate(rows)]
    traces = [profile(one["run"], decay(0.5, one["depth"], 1.0 + place)) for place, one in enumerate(rows)]
    assert len(charts(traced(rows, traces))["gradient-by-depth"].series) == MOST


def three_gradients(run: str) -> list:
    squares = {("layers.1.weight", 1): {0: 3e-200}, ("layers.1.other", 1): {0: 4e-200}, ("layers.1.bias", 1): {0: 9.0}}
    others = {("layers.1.norm.weight", 1): {0: 9.0}, ("layers.2.weight", 2): {0: 0.5}, ("readout.weight", 3): {0: 9.0}}
    return [
        profile(run, decay(2**-15, 2)),
        profile(run, [0.25, 1.0], of="output"),
        weights(run, "grad_norm.parameter", squares | others),
    ]


def test_the_three_gradients_of_a_layer_are_three_things() -> None:
    rows = grid_rows(seed=[0])
    chart = charts(traced(rows, three_gradients(rows[0]["run"])))["gradient-by-depth-taps"]
    assert [(line.label, list(line.x), list(line.y)) for line in chart.series] == [
        ("pre-activation", [1, 2], decay(2**-15, 2)),
        ("output", [1, 2], [0.25, 1.0]),
        ("weights", [1, 2], [5e-200, 0.5]),  # 3, 4, 5; the squares are not in float64
    ]
    few = grid_rows(init__gain=[1.0, 2.0])
    found = charts(traced(few, [trace for one in few for trace in three_gradients(one["run"])]))
    assert list(found) == ["gradient-by-depth", "gradient-by-depth-output", "gradient-by-depth-weights"]


def test_time_is_that_of_the_last_layer() -> None:
    rows = grid_rows(seed=[0])
    run = rows[0]["run"]
    traces = [profile(run, values, of="hidden", site=f"layer {n}") for n, values in ((2, [1.0, 1.0]), (10, [0.1, 1.0]))]
    (section,) = sections(traced(rows, traces))
    assert (section.key, section.elements[0].key) == ("gradient-time", "gradient-by-time")
    assert section.elements[0].series[0].y == [0.1, 1.0]
    assert section.elements[0].caption.startswith("Of the hidden state, layer 10.")


def geometric(of, direction, measured: Series) -> Series | None:
    """The prediction of a theory of ratios: norm * rate^(L - l) from the norm at the loss."""
    if direction == "time":
        return None
    depth = len(measured.x)
    return Series("theory", measured.x, decay(of["growth.depth"], depth, measured.y[-1]))


def test_a_prediction_is_drawn_over_what_was_measured() -> None:
    rows = [one | {"growth.depth": 0.5} for one in grid_rows(depth=[3, 4])]
    traces = [profile(one["run"], decay(0.5, one["depth"], 7.0)) for one in rows]
    chart = charts(traced(rows, traces), [geometric])["gradient-by-depth"]
    assert [line.label for line in chart.series] == ["depth 3", "depth 4", "theory: depth 3", "theory: depth 4"]
    assert [line.predicted for line in chart.series] == [False, False, True, True]
    for measured, theory in zip(chart.series[:2], chart.series[2:], strict=True):
        assert theory.y == pytest.approx(measured.y, rel=1e-12)
    assert [line.label for line in charts(traced(rows[:1], traces), [geometric])["gradient-by-depth"].series] == [
        "before training", "theory",
    ]  # fmt: skip


def test_the_traces_of_few_runs_are_read() -> None:
    rows = grid_rows(depth=list(range(2, 102)), seed=list(range(100)))
    material = traced(rows, [profile(one["run"], decay(0.5, one["depth"])) for one in rows[::97]])
    found = sections(material)
    assert len(material.asked) == 1
    assert len(material.asked[0]) <= MOST * 32
    assert all("8 of 100 combinations, evenly chosen" in chart.caption for one in found for chart in one.elements)


def test_nothing_to_draw() -> None:
    assert sections(traced([])) == []
    assert sections(traced([failed(row())])) == []
    assert sections(traced([row()])) == []
    assert sections(traced([row()], [profile("0123456789ab", [1.0])])) == []  # one layer is no profile

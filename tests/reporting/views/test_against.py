"""Results over an axis: what goes where, what the lines and bands are, what is said about the rest."""

from math import exp, inf, isnan, log, nan, sqrt
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import failed, grid_rows

from gradx.base.presentation import Presentation
from gradx.reporting.elements import LineChart
from gradx.reporting.encoding import encoded
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import outcome_of
from gradx.reporting.views.against import against, sections

T4 = 2.776445  # 97.5 % quantile of Student's t with 4 degrees of freedom, from tables


def of(rows: list[dict], **chosen: str) -> Material:
    return Material([], [], rows, len(rows), chosen=Presentation(**chosen))


def charts(rows: list[dict], **chosen: str) -> dict[str, LineChart]:
    return {chart.key.removeprefix("against-"): chart for one in sections(of(rows, **chosen)) for chart in one.elements}


def growing(seeds: int = 5, **axes: list) -> list[dict]:
    rows = grid_rows(**axes, seed=range(seeds))
    for place, row in enumerate(rows):
        row["growth.depth"] = 0.5 + 0.1 * row["depth"] + 0.01 * place
        row["decades.depth"] = log(row["growth.depth"])
    return rows


def test_the_numeric_axis_with_most_values_goes_across_and_words_are_lines() -> None:
    rows = growing(activation=["tanh", "relu"], width=[8, 16], depth=[2, 4, 6])
    found = charts([row for row in rows if row["width"] == 8])
    assert list(found) == ["growth-depth"]  # the decades say the same
    chart = found["growth-depth"]
    assert (chart.x.label, chart.x.integer, chart.x.log, chart.reference) == ("depth", True, False, 1.0)
    assert [(one.label, list(one.x)) for one in chart.series] == [("relu", [2, 4, 6]), ("tanh", [2, 4, 6])]


@given(st.lists(st.floats(0.01, 100), min_size=5, max_size=5))
def test_growth_is_a_geometric_mean_with_its_interval(values: list[float]) -> None:
    rows = growing(depth=[2, 4])
    for row, value in zip(rows, [*values, *values[::-1]], strict=True):
        row["growth.depth"] = value
    chart = against(of(rows), outcome_of("growth.depth"), "depth")
    logs = [log(value) for value in values]
    middle, reach = fmean(logs), T4 * stdev(logs) / sqrt(5)
    (line,) = chart.series
    assert line.y == pytest.approx([exp(middle)] * 2, rel=1e-9)
    assert line.low == pytest.approx([exp(middle - reach)] * 2, rel=0.005 * (1 + reach))
    assert line.high == pytest.approx([exp(middle + reach)] * 2, rel=0.005 * (1 + reach))
    assert "95 %" in chart.caption
    assert "10 runs" in chart.caption


def test_shares_have_wilsons_interval() -> None:
    rows = grid_rows(optimizer__lr=[0.1, 1.0], seed=range(5))
    for row in rows:
        row["status"] = "diverged" if row["optimizer.lr"] == 1 or row["seed"] == 0 else "finished"
    chart = charts(rows)["status-diverged"]
    (line,) = chart.series
    assert line.y == [0.2, 1.0]
    # 1 of 5 and 5 of 5: the classic table values of Wilson's interval
    assert line.low == pytest.approx([0.0362, 0.5655], abs=1e-4)
    assert line.high == pytest.approx([0.6245, 1.0], abs=1e-4)


def test_losses_that_are_no_numbers_stay_visible() -> None:
    rows = grid_rows(optimizer__lr=[0.1, 0.3, 1.0], seed=range(3))
    losses = [0.1, 0.2, 0.3, 0.1, nan, 0.2, nan, nan, inf]
    for row, loss in zip(rows, losses, strict=True):
        row["loss.final"] = loss
    (line,) = charts(rows)["loss-final"].series
    assert line.y[:2] == [0.2, 0.2]
    assert isnan(line.y[2])
    assert (list(line.low[:2]), list(line.high[:2])) == ([0.1, 0.1], [0.3, inf])
    everything = charts([row | {"loss.final": nan if row["optimizer.lr"] > 0.5 else 0.1} for row in rows])
    (line,) = everything["loss-final"].series
    assert isnan(line.y[2])
    assert isnan(line.low[2])
    assert isnan(line.high[2])


def test_what_is_put_together_is_said_and_has_the_range_for_a_band() -> None:
    rows = growing(seeds=3, activation=["tanh", "relu"], width=[8, 16, 32], depth=[2, 4, 6, 8])
    chart = against(of(rows), outcome_of("growth.depth"), "depth", "activation")
    assert chart.caption == "Median over width, seeds; band: smallest to largest; 72 runs."
    at = [row["growth.depth"] for row in rows if row["depth"] == 2 and row["activation"] == "relu"]
    assert (chart.series[0].low[0], chart.series[0].y[0], chart.series[0].high[0]) == (min(at), sorted(at)[4], max(at))


def test_one_run_each_has_no_band() -> None:
    chart = charts(growing(seeds=1, depth=[2, 4, 6]))["growth-depth"]
    assert [(one.label, list(one.low), list(one.high)) for one in chart.series] == [("growth per layer", [], [])]
    assert chart.caption == "A run at each point; 3 runs."


def test_words_lie_side_by_side() -> None:
    rows = growing(depth=[5], init=["orthogonal", "kaiming_normal", "lsuv"], activation=["tanh", "relu"])
    chart = charts(rows)["growth-depth"]
    assert chart.x.words == ["kaiming_normal", "lsuv", "orthogonal"]  # no author here: by the alphabet
    assert [list(one.x) for one in chart.series] == [[0, 1, 2]] * 2


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1e-3, 1e-2, 1e-1], True),
        ([1e-3, 3e-3, 1e-2], True),
        ([1, 2, 3, 4], False),
        ([0, 1, 1000], False),
        ([-1, 1000], False),
        ([1, 100], True),
        ([*range(1, 13)], False),
    ],
)
def test_scale_of_the_axis(values: list[float], log: bool) -> None:
    rows = growing(depth=[5], init__gain=values)
    assert charts(rows)["growth-depth"].x.log is log


@pytest.mark.parametrize(("values", "log"), [([0.9, 1.1], False), ([0.01, 1.1], True), ([0.0, 1e-9, 3.0], True)])
def test_scale_of_growth(values: list[float], log: bool) -> None:
    rows = grid_rows(init__gain=range(len(values)))
    for row, value in zip(rows, values, strict=True):
        row["growth.depth"] = value
    assert charts(rows)["growth-depth"].y.log is log


@pytest.mark.parametrize(("values", "log"), [([0.2, 0.3], False), ([0.2, 0.3, 9.0], True), ([0.0, 0.3, -9.0], False)])
def test_losses_go_in_factors_where_they_lie_far_apart(values: list[float], log: bool) -> None:
    rows = grid_rows(init__gain=range(len(values)))
    for row, value in zip(rows, values, strict=True):
        row["loss.final"] = value
    assert charts(rows)["loss-final"].y.log is log


@pytest.mark.parametrize(("metric", "worst", "word"), [("accuracy", -inf, "below"), ("mse", inf, "beyond")])
def test_nan_counts_as_the_worst(metric: str, worst: float, word: str) -> None:
    rows = [row | {"metric.name": metric} for row in grid_rows(init__gain=[1.0, 2.0], seed=[0, 1, 2])]
    for row in rows:
        row["metric.final"] = nan if row["seed"] == row["init.gain"] == 1 else 0.5 * row["init.gain"]
    chart = charts(rows)["metric-final"]
    assert chart.worst == worst
    assert f"NaN counts as {word} every number" in chart.caption


def test_at_most_eight_lines_and_it_is_said() -> None:
    rows = growing(init__gain=range(20), depth=[2, 4, 6])
    chart = charts(rows, x="depth", by="init.gain")["growth-depth"]
    assert [one.label for one in chart.series][:2] == ["init.gain 0", "init.gain 3"]
    assert chart.series[-1].label == "init.gain 19"
    assert len(chart.series) == 8
    assert "8 of 20 lines" in chart.caption


def test_choices_of_the_user_and_of_the_spec() -> None:
    rows = growing(width=[8, 16, 32], depth=[2, 4])
    found = charts(rows, x="depth", y="clip_rate", by="seed")
    assert list(found) == ["clip-rate", "growth-depth"]
    assert found["growth-depth"].x.label == "depth"
    assert [one.label for one in found["growth-depth"].series] == [f"seed {seed}" for seed in range(5)]
    assert charts(rows, x="nothing", y="verdict.depth", by="nothing")["growth-depth"].x.label == "width"


def test_results_that_only_the_seed_changes_are_not_drawn() -> None:
    rows = growing(seeds=3, depth=[5], optimizer__lr=[0.1, 1.0])
    for row in rows:
        row |= {"growth.depth": 1.0 + row["seed"], "decades.depth": 1.0, "loss.final": row["optimizer.lr"]}
    assert list(charts(rows)) == ["loss-final"]
    assert charts([row | {"steps_done": 0} for row in rows]) == {}


def test_runs_without_a_place_are_counted() -> None:
    rows = growing(seeds=1, depth=[2, 4, 6])
    chart = against(of([*rows, *(row | {"depth": None} for row in rows)]), outcome_of("growth.depth"), "depth")
    assert chart.caption == "A run at each point; 3 runs without depth left out; 3 runs."


def test_nothing_to_draw() -> None:
    assert sections(of([])) == []
    assert sections(of(grid_rows(seed=[0, 1, 2]))) == []
    assert sections(of([failed(row) for row in grid_rows(depth=[1, 2, 3])])) == []
    assert against(of(grid_rows(depth=[1, 2])), outcome_of("growth.time"), "depth") is None


def test_labels_are_unique_and_plain_data() -> None:
    rows = growing(depth=[2, 4], label=["x"])
    for place, row in enumerate(rows):
        row["activation"] = [None, "-", "<b>", "activation -"][place % 4]
    chart = charts(rows, x="depth", by="activation")["growth-depth"]
    labels = [one.label for one in chart.series]
    assert len(set(labels)) == len(labels) == 4
    assert encoded(chart, 4)["kind"] == "lines"

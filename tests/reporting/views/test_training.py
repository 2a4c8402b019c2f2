"""Training over the steps: losses, clipping, learning by layer; divergence is marked and never lost."""

from math import inf, isnan, nan

import pytest
from reporting.rows import failed, grid_rows, row
from reporting.views.traced import profile, scalars, traced, weights

from gradx.reporting.views.training import sections

RUN = "0123456789ab"


def charts(*args):
    return {chart.key: chart for section in sections(*args) for chart in section.elements}


def labels(chart) -> list[str]:
    return [series.label for series in chart.series]


def test_one_run_has_its_own_lines() -> None:
    traces = [
        scalars(RUN, "loss", {0: 2.3, 10: 1.0, 20: 0.5}),
        scalars(RUN, "test_loss", {10: 1.1, 21: 0.6}),
        scalars(RUN, "metric", {10: 0.5, 21: 0.9}),
        scalars(RUN, "grad_norm", {0: 5.0, 10: 2.0, 20: 0.5}),
        scalars(RUN, "grad_norm.clipped", {0: 1.0, 10: 1.0, 20: 0.5}),
        scalars(RUN, "clip_coefficient", {0: 0.2, 10: 0.5, 20: 1.0}),
    ]
    found = charts(traced([row(clipping="norm", clip_rate=2 / 3)], traces))
    assert list(found) == ["loss", "metric", "grad-norm", "clipping"]
    assert labels(found["loss"]) == ["training", "test", "chance"]
    assert found["loss"].series[1].y == [1.1, 0.6]
    assert (list(found["loss"].series[2].x), list(found["loss"].series[2].y)) == ([0, 21], [2.302, 2.302])
    assert [series.predicted for series in found["loss"].series] == [False, False, True]
    assert not found["loss"].y.log
    assert labels(found["grad-norm"]) == ["before clipping", "after clipping"]
    assert found["clipping"].series[0].y == [0.2, 0.5, 1.0]
    assert found["metric"].title == "Test accuracy"
    (section,) = sections(traced([row(clipping="norm", clip_rate=2 / 3)], traces))
    assert section.note == "Clipping changed the gradient in 66.7 % of the steps."


def test_a_loss_over_decades_is_on_a_log_axis() -> None:
    assert charts(traced([row()], [scalars(RUN, "loss", {0: 1e4, 1: inf, 2: 0.0, 3: 0.1})]))["loss"].y.log
    assert not charts(traced([row()], [scalars(RUN, "loss", {0: 5.0, 1: nan, 2: 0.1})]))["loss"].y.log


def test_divergence_is_an_event_and_counts_in_the_median() -> None:
    rows = grid_rows(optimizer__lr=[0.1, 1.0], seed=[0, 1, 2])
    for one, end in zip(rows, [None, None, 7, 3, 4, None], strict=True):
        one |= {"diverged_at": end, "status": "diverged" if end else "finished"}
    traces = [
        scalars(one["run"], "loss", {0: 4.0} | ({end: inf} if (end := one["diverged_at"]) else {10: 1.0, 20: 0.5}))
        for one in rows
    ]
    chart = charts(traced(rows, traces))["loss"]
    assert [(event.x, event.label) for event in chart.events] == [
        (3, "2 of 3 seeds diverge, steps 3 to 4 (optimizer.lr 1)"),
        (7, "1 of 3 seeds diverge at step 7 (optimizer.lr 0.1)"),
    ]
    survivors, lost = chart.series[:2]
    assert (list(survivors.x), survivors.y, survivors.high) == ([0, 10, 20], [4.0, 1.0, 0.5], [4.0, inf, inf])
    assert list(survivors.low) == [4.0, 1.0, 0.5]
    assert list(lost.x)[:2] == [0, 4]  # by step 4 two of three have diverged
    assert lost.y[1] == inf or isnan(lost.y[1])
    assert all(map(isnan, lost.y[2:]))
    assert "counts as NaN" in chart.caption
    (section,) = sections(traced(rows, traces))
    assert section.note == "3 of 6 runs diverged, between step 3 and step 7: the loss was not finite."


def test_lines_that_diverge_at_one_step_share_an_event() -> None:
    rows = [one | {"diverged_at": 1} for one in grid_rows(depth=[5, 10], seed=[0, 1])]
    chart = charts(traced(rows, [scalars(one["run"], "loss", {0: 1.0, 1: nan}) for one in rows]))["loss"]
    assert [(event.x, event.label) for event in chart.events] == [
        (1, "4 of 4 runs diverge at step 1, in 2 combinations")
    ]
    assert all(isnan(series.y[-1]) for series in chart.series[:2])


def test_a_run_that_diverged_at_once_is_still_told_of() -> None:
    (section,) = sections(traced([row(diverged_at=0, status="diverged")], [scalars(RUN, "loss", {0: nan})]))
    assert section.elements == []
    assert section.note == "The run diverged at step 0: the loss was not finite."


def ratios(run: str, depth: int) -> list:
    sites = {
        (f"layers.{n}.{kind}", n): {0: n / 10, 9: n / 20} for n in range(1, depth + 1) for kind in ("bias", "weight")
    }
    return [
        weights(run, "update_ratio", sites | {("readout.weight", depth + 1): {0: 9.0, 9: 9.0}}),
        weights(run, "activation_std", {("layer", n): {0: n, 9: n} for n in range(1, depth + 1)}),
    ]


def test_first_middle_and_last_layer_learn() -> None:
    found = charts(traced([row()], ratios(RUN, 9)))
    assert labels(found["learning"]) == ["layer 1", "layer 5", "layer 9"]
    assert [series.y for series in found["learning"].series] == [[0.1, 0.05], [0.5, 0.25], [0.9, 0.45]]
    assert labels(found["activation-std"]) == ["layer 1", "layer 5", "layer 9"]
    rows = grid_rows(depth=[5, 9])
    found = charts(traced(rows, [trace for one in rows for trace in ratios(one["run"], one["depth"])]))
    assert list(found) == ["learning-first", "learning-last"]
    assert found["learning-first"].title == "Learning of layer 1"
    assert [(line.label, line.y) for line in found["learning-last"].series] == [
        ("depth 5", [0.5, 0.25]), ("depth 9", [0.9, 0.45]),
    ]  # fmt: skip


def test_a_single_layer_shows_its_weights_by_name() -> None:
    sites = [("rnn.1.weight_ih", 1), ("rnn.1.bias_ih", 1), ("rnn.1.weight_hh", 1), ("readout.weight", 2)]
    found = charts(traced([row()], [weights(RUN, "update_ratio", {site: {0: 0.1, 5: 0.2} for site in sites})]))
    assert labels(found["learning"]) == ["rnn.1.weight_ih", "rnn.1.weight_hh", "readout.weight"]


@pytest.mark.parametrize("traces", [[], [profile(RUN, [1.0, 2.0])], [scalars(RUN, "loss", {0: 1.0})]])
def test_one_sampled_step_is_no_training(traces) -> None:
    assert sections(traced([row(steps=0)], traces)) == []
    assert sections(traced([failed(row())], traces)) == []
    assert sections(traced([])) == []


def test_no_clipping_chart_where_no_step_was_clipped() -> None:
    """1 but for rounding, and NaN where a run has diverged, is no clipping."""
    rows = [one | {"clipping": "norm", "clip_rate": 0.0, "diverged_at": 9} for one in grid_rows(seed=[0, 1])]
    traces = [scalars(one["run"], "grad_norm", {0: 2.0, 5: 3.0}) for one in rows]
    traces += [scalars(one["run"], "grad_norm.clipped", {0: 2.0, 5: 3.0}) for one in rows]
    traces += [scalars(one["run"], "clip_coefficient", {0: 1.0, 5: 0.9999999, 9: nan}) for one in rows]
    found = charts(traced(rows, traces))
    assert list(found) == ["grad-norm"]
    assert found["grad-norm"].title == "Gradient norm before clipping (nothing was clipped)"


def test_the_text_speaks_of_all_runs_and_says_which_are_drawn() -> None:
    rows = grid_rows(depth=list(range(1, 41)), seed=[0, 1])
    for place, one in enumerate(rows):
        one |= {"clipping": "norm", "clip_rate": 0.5 if place % 4 else 0.0, "diverged_at": 3 if place < 20 else None}
    traces = [scalars(one["run"], "loss", {0: 1.0, 2: 2.0}) for one in rows]
    (section,) = sections(traced(rows, traces))
    assert section.note == (
        "20 of 80 runs diverged, at step 3: the loss was not finite. "
        "Clipping changed the gradient in 50 % of the steps in 60 of 80 runs. "
        "Drawn: 8 of 40 combinations, evenly chosen."
    )


@pytest.mark.parametrize(("name", "log"), [("mse", True), ("accuracy", False)])
def test_a_spike_does_not_flatten_the_metric(name: str, log: bool) -> None:
    traces = [scalars(RUN, "loss", {0: 1.0, 1: 0.9}), scalars(RUN, "metric", {0: 1.0, 1: 1e7, 2: 0.01})]
    assert charts(traced([row(metric__name=name)], traces))["metric"].y.log is log


def test_a_run_that_diverges_does_not_flatten_the_others() -> None:
    rows = [
        one | {"diverged_at": 3 if one["optimizer.lr"] > 1 else None} for one in grid_rows(optimizer__lr=[0.1, 9.0])
    ]
    traces = [
        scalars(rows[0]["run"], "loss", {0: 2.0, 2: 1.0, 4: 0.5}),
        scalars(rows[1]["run"], "loss", {0: 2.0, 2: 1e20, 3: inf}),
    ]
    chart = charts(traced(rows, traces))["loss"]
    assert 2.302 < chart.top < 10  # the others and chance
    assert chart.series[1].y[1] == 1e20  # as it was measured
    assert "lines of the others run off it" in chart.caption
    tame = [traces[0], scalars(rows[1]["run"], "loss", {0: 2.0, 2: 100.0, 3: inf})]
    assert charts(traced(rows, tame))["loss"].top is None

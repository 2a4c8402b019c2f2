"""The loop: which steps are measured, what evaluation gives, and that measuring and flushing change nothing."""

from itertools import pairwise
from math import log10

import numpy as np
import pytest
import torch
from common.runs import CPU, assert_same, experiment, keys, trained, values
from torch.nn import functional

from gradx.engine.cohort import Cohort
from gradx.engine.sampling import sampled_steps
from gradx.engine.train import Progress, evaluate, train
from gradx.spec import Measure

RECURRENT = {"architecture": "lstm", "task": "copying", "sequence_length": 4}


@pytest.mark.parametrize(
    ("every", "steps", "expected"),
    [
        (3, 10, {0, 3, 6, 9}),
        (3, 9, {0, 3, 6, 8}),
        (100, 10, {0, 9}),
        (1, 4, {0, 1, 2, 3}),
        (10, 0, {0}),
        (10, 1, {0}),
        (1, 2, {0, 1}),
        ("log", 0, {0}),
        ("log", 1, {0}),
        ("log", 2, {0, 1}),
        ("log", 3, {0, 1, 2}),
        ("log", 12, {0, 1, 2, 3, 4, 5, 6, 8, 10, 11}),
    ],
)
def test_sampled_steps(every, steps, expected):
    assert sampled_steps(Measure(every=every), steps) == expected


@pytest.mark.parametrize("steps", [100, 1000, 54321])
def test_log_sampling_is_about_ten_a_decade(steps):
    sampled = sorted(sampled_steps(Measure(every="log"), steps))
    assert (sampled[0], sampled[-1]) == (0, steps - 1)
    late = [step for step in sampled if step >= 10]
    assert len(late) == pytest.approx(10 * log10(steps / 10), abs=2)
    ratios = [after / before for before, after in pairwise(late)]
    assert max(ratios) < 1.36


@pytest.mark.parametrize("steps", [0, 1, 2, 7])
def test_the_rows_stand_at_the_sampled_steps(steps):
    measure = {"every": 3, "evaluations": 2}
    ((member, trace),) = trained([experiment(steps=steps, measure=measure)])
    assert set(trace.step[trace.quantity == "loss"]) == sampled_steps(Measure(**measure), steps)
    evaluated = {round(steps / 2), steps} if steps > 1 else {steps}
    assert set(trace.step[trace.quantity == "metric"]) == evaluated
    assert set(trace.step[trace.quantity == "test_loss"]) == evaluated
    assert (member.steps_done, member.diverged_at) == (steps, None)
    assert member.loss_first == values(trace, "loss")[0]
    assert member.loss_final == values(trace, "loss", max(steps - 1, 0))[0]
    assert member.test_loss_final == values(trace, "test_loss", steps)[0]
    assert (member.first.step, member.last.step) == (0, max(steps - 1, 0))
    for instant in (member.first, member.last):
        for quantity in ("loss", "grad_norm"):
            assert [instant.scalar(quantity)] == list(values(trace, quantity, instant.step))
        assert instant.profile("grad_max.parameter")[1] == list(values(trace, "grad_max.parameter", instant.step))


def test_no_steps_measures_and_changes_nothing():
    cohort = Cohort([experiment(steps=0, optimizer={"kind": "sgd", "lr": 10.0})], CPU)
    before = cohort.params.clone()
    written = []
    train(cohort, written.append)
    assert torch.equal(cohort.params, before)
    assert {step for block in written for step in block.steps} == {0}
    one = trained([experiment(steps=1, optimizer={"kind": "sgd", "lr": 10.0})])[0][1]
    first = [row[2:] for row in one.rows() if row[1] == 0]
    assert [
        row[2:] for block in written for row in block.trace().rows() if row[2] not in ("test_loss", "metric")
    ] == first


@pytest.mark.parametrize("fields", [{}, {"architecture": "cnn"}, RECURRENT], ids=str)
@pytest.mark.parametrize(
    "clipping", [{"kind": "none"}, {"kind": "norm", "max_norm": 0.1}, {"kind": "value", "clip_value": 0.01}], ids=str
)
def test_measuring_does_not_change_the_training(fields, clipping):
    ends = []
    for every in (1, 1000):
        cohort = Cohort([experiment(**fields, clipping=clipping, steps=6, measure={"every": every})], CPU)
        before = cohort.params.clone()
        train(cohort, lambda block: None)
        assert not torch.equal(cohort.params, before)
        ends.append(cohort.params)
    torch.testing.assert_close(*ends, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("fields", [{}, RECURRENT], ids=str)
def test_flushing_often_gives_the_same_rows(fields):
    one = experiment(**fields, steps=7, measure={"every": 2, "evaluations": 2})
    often, once = (trained([one], tick=tick)[0] for tick in (0.0, 1e9))
    assert sorted(often[1].rows()) == sorted(once[1].rows())
    assert often[0].loss_final == once[0].loss_final
    assert np.array_equal(often[0].last.values, once[0].last.values, equal_nan=True)


def test_evaluation_is_that_of_the_whole_test_set_by_hand():
    cohort = Cohort([experiment(seed=seed) for seed in (1, 2)], CPU)
    losses, scores = evaluate(cohort)
    x, y = cohort.source.test()
    for member in range(2):
        w = {name: weight[member].detach() for name, weight in cohort.weights.items()}
        h = torch.relu(x.double().flatten(1) @ w["layers.1.weight"] + w["layers.1.bias"])
        output = h @ w["readout.weight"] + w["readout.bias"]
        assert losses[member] == pytest.approx(float(functional.cross_entropy(output, y[:, 0])), rel=1e-12)
        assert scores[member] == pytest.approx(float((output.argmax(1) == y[:, 0]).double().mean()), rel=1e-12)


def test_the_metric_of_a_sequence_task_is_the_tasks_own():
    cohort = Cohort([experiment(**RECURRENT)], CPU)
    losses, scores = evaluate(cohort)
    x, y = cohort.source.test()
    with torch.no_grad():
        output, _ = cohort.model.forward(cohort.dims, cohort.weights, x.unsqueeze(0))
    expected = functional.cross_entropy(output[0].flatten(0, 1), y.flatten())
    assert losses[0] == pytest.approx(float(expected), rel=1e-12)
    recalled = (output[0, :, -10:].argmax(-1) == y[:, -10:]).double().mean()
    assert scores[0] == pytest.approx(float(recalled), rel=1e-12)


def test_progress_reports_each_flush():
    seen: list[Progress] = []
    one = experiment(steps=4, measure={"every": 1, "evaluations": 1})
    written = []
    train(Cohort([one], CPU), written.append, seen.append, tick=0.0)
    assert [each.step for each in seen] == [1, 2, 3, 4]
    losses = [values(block.trace(), "loss", step)[0] for block in written[:-1] for step in block.steps]
    assert [each.loss for each in seen] == losses
    assert all(each.grad_norm > 0 and each.diverged == 0 and each.steps == 4 for each in seen)


def test_the_time_profile_is_that_of_the_last_steps_loss_alone():
    """A copying net scores every step; the same net scored at its last step alone must have the same time profile."""
    cohort = Cohort([experiment(**RECURRENT, steps=0)], CPU)
    trace = trained([experiment(**RECURRENT, steps=0)])[0][1]
    x, y = next(cohort.batches())
    output, series = cohort.model.forward(cohort.dims, cohort.weights, x)
    loss = functional.cross_entropy(output[0, :, -1], y[0, :, -1])
    hidden, cell = (next(each for each in series if each.kind == kind) for kind in ("hidden", "cell"))
    found = torch.autograd.grad(loss, [*hidden.taps, *cell.taps])
    norms = torch.stack([gradient.norm() for gradient in found])
    measured = [*values(trace, "grad_norm.hidden"), *values(trace, "grad_norm.cell")]
    assert measured == pytest.approx(norms.tolist(), rel=1e-12)


def test_members_of_different_shape_are_refused():
    with pytest.raises(ValueError, match="shape"):
        Cohort([experiment(), experiment(depth=2)], CPU)


def test_assert_same_notices_a_difference():
    """The comparison that the other tests rely on."""
    trace, other = (trained([experiment(seed=seed)])[0][1] for seed in (1, 2))
    assert keys(trace) == keys(other)
    assert_same(trace, trace, rtol=0)
    with pytest.raises(AssertionError):
        assert_same(trace, other, rtol=1e-3)


@pytest.mark.parametrize("steps", [0, 3])
def test_without_evaluations_the_test_set_is_never_looked_at(steps):
    measure = {"every": 1, "evaluations": 0}
    ((member, trace),) = trained([experiment(steps=steps, measure=measure)])
    assert (member.metric_final, member.test_loss_final) == (None, None)
    assert not {"metric", "test_loss"} & set(trace.quantity.tolist())
    assert (trace.quantity == "loss").sum() == max(steps, 1)

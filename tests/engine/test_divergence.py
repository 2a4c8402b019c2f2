"""Divergence is a result: it is noted at the step it happens, ends that member's trace, and touches no companion."""

from math import inf, isfinite

import pytest
from common.runs import assert_same, experiment, trained, values

STEPS = 12
WILD = 1e60


def member(lr, network="mlp", every=1, seed=1, **fields):
    shapes = {
        "mlp": {"activation": "identity", "depth": 3},
        "cnn": {"architecture": "cnn", "width": 3},
        "rnn": {"architecture": "rnn", "activation": "relu", "task": "adding", "sequence_length": 6},
        "lstm": {"architecture": "lstm", "task": "adding", "sequence_length": 6},
    }
    measure = {"every": every, "evaluations": 2}
    optimizer = {"kind": "sgd", "lr": lr}
    return experiment(**shapes[network], steps=STEPS, measure=measure, optimizer=optimizer, seed=seed, **fields)


@pytest.mark.parametrize("network", ["mlp", "cnn", "rnn", "lstm"])
@pytest.mark.parametrize("every", [1, 50])
@pytest.mark.parametrize("tick", [0.0, inf])
def test_the_wild_member_ends_and_its_companions_do_not_notice(network, every, tick):
    tame = [member(lr, network, every, seed=seed) for lr, seed in [(0.01, 1), (0.02, 2)]]
    together = trained([tame[0], member(WILD, network, every), tame[1]], tick)
    wild, trace = together.pop(1)
    assert 0 < wild.diverged_at < STEPS
    assert wild.steps_done == wild.diverged_at + 1
    assert trace.step.max() == wild.diverged_at
    assert not isfinite(values(trace, "loss", wild.diverged_at)[0])
    assert all(isfinite(loss) for loss in trace.value[(trace.quantity == "loss") & (trace.step < wild.diverged_at)])
    assert (trace.quantity == "loss").sum() == (wild.diverged_at + 1 if every == 1 else 2)
    assert not isfinite(wild.loss_final)
    for (found, rows), alone in zip(together, tame, strict=True):
        ((expected, own),) = trained([alone], tick)
        assert_same(rows, own, rtol=1e-10)
        assert (found.diverged_at, found.steps_done) == (None, STEPS)
        assert found.loss_final == pytest.approx(expected.loss_final, rel=1e-10)
        assert isfinite(found.metric_final)


def test_a_diverged_member_is_the_same_alone_and_in_company():
    wild = member(WILD)
    (alone,), (together, _) = trained([wild]), trained([wild, member(0.01)])
    assert together[0].diverged_at == alone[0].diverged_at
    assert_same(together[1], alone[1], rtol=1e-10)


def test_training_stops_when_all_have_diverged():
    results = trained([member(WILD, seed=seed) for seed in (1, 2)], tick=0.0)
    ends = [found.diverged_at for found, _ in results]
    assert all(end is not None and end < STEPS // 2 for end in ends)
    assert all(found.metric_final is None for found, _ in results)


def test_a_test_loss_that_is_not_finite_is_divergence_at_the_end():
    """The last step throws the parameters beyond float64; no training loss sees it."""
    one = member(1e308, clipping={"kind": "none"}).model_copy(update={"steps": 1})
    ((found, trace),) = trained([one])
    assert isfinite(found.loss_final)
    assert found.diverged_at == found.steps_done == 1
    assert not isfinite(values(trace, "test_loss", 1)[0])


def test_float32_overflows_where_float64_does_not():
    """An exploding linear net of 12 layers with gain 1000: outputs of 1e36 or more, whose square loss float32 lacks."""
    fields = {
        "architecture": "mlp",
        "activation": "identity",
        "task": "adding",
        "sequence_length": 4,
        "depth": 12,
        "steps": 1,
        "init": {"kind": "orthogonal", "gain": 1000.0},
    }
    ((single, _),) = trained([experiment(**fields, dtype="float32")])
    ((double, trace),) = trained([experiment(**fields)])
    assert single.diverged_at == 0
    assert not isfinite(single.loss_first)
    assert double.loss_first > 1e70
    assert values(trace, "growth.depth")[0] == pytest.approx(1000, rel=1e-6)


def test_samples_after_a_divergence_that_was_found_later_do_not_count(monkeypatch):
    """A large network is measured at once, and divergence is looked for now and then."""
    monkeypatch.setattr("gradx.engine.record.KEEP_BYTES", 1)
    monkeypatch.setattr("gradx.engine.train.PENDING_BYTES", 0)
    one = member(WILD, every=5)
    measure = one.measure.model_copy(update={"evaluations": 0})
    ((wild, trace),) = trained([one.model_copy(update={"measure": measure})], inf)
    assert wild.diverged_at in (1, 2, 3, 4)
    assert set(trace.step) == {0, wild.diverged_at}

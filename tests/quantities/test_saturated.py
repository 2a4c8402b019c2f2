"""What counts as saturated: by the function that gives a state, and nothing where no function does."""

import pytest
import torch
from common.runs import CPU, experiment, trace_of, values

from gradx.engine.cohort import Cohort

LONG = {"task": "adding", "sequence_length": 12, "steps": 0, "batch_size": 16}
WIDE = {"kind": "torch_default", "gain": 9.0}  # so that some units are saturated and others not


def hidden(one):
    """The states of the first batch, (time, member, batch, unit)."""
    cohort = Cohort([one], CPU)
    x, _ = next(cohort.batches())
    passed = cohort.model.run(cohort.dims, cohort.weights, x, cohort.training(1))
    _, tapped = passed.backward(torch.ones_like(passed.output), taps=True)
    return next(each.values for each in tapped if each.series.kind == "hidden")


@pytest.mark.parametrize("dropout", [0.0, 0.5], ids=["by hand", "autograd"])
@pytest.mark.parametrize("architecture", ["rnn", "gru", "lstm", {"kind": "seq2seq", "cell": "gru"}], ids=str)
def test_states_within_one_are_judged_as_a_tanh(architecture, dropout):
    one = experiment(architecture, init=WIDE, dropout=dropout, **LONG)
    expected = (hidden(one).abs() > 0.98**0.5).double().mean()
    assert 0.01 < expected < 0.99
    assert values(trace_of(one), "activation_saturated") == pytest.approx([float(expected)], rel=1e-12)


@pytest.mark.parametrize("cell", ["irnn", "indrnn"])
@pytest.mark.parametrize("within", [False, True], ids=["alone", "seq2seq"])
def test_a_relu_is_saturated_where_it_is_off(cell, within):
    one = experiment({"kind": "seq2seq", "cell": cell} if within else cell, init=WIDE, **LONG)
    states = hidden(one)
    expected = (states == 0).double().mean()
    assert 0.01 < expected < 0.99
    assert (states > 1).any(), "a tanh would be saturated there"
    assert values(trace_of(one), "activation_saturated") == pytest.approx([float(expected)], rel=1e-12)


@pytest.mark.parametrize("cell", ["lru", "mingru", "antisymmetric_rnn"])
@pytest.mark.parametrize("within", [False, True], ids=["alone", "seq2seq"])
def test_states_that_add_up_cannot_be_saturated(cell, within):
    trace = trace_of(experiment({"kind": "seq2seq", "cell": cell} if within else cell, **LONG))
    assert len(values(trace, "activation_saturated")) == 0
    assert len(values(trace, "activation_std")) == 1

"""The chrono init: the biases' distribution, which gates have them, and how long units then remember."""

from math import log, sqrt

import pytest
import torch
from common.runs import CPU, experiment
from pydantic import ValidationError

from gradx.engine.cohort import Cohort

LSTM_GATES, GRU_GATES = ("input", "forget", "cell", "output"), ("reset", "update", "new")
FIELDS = {"task": "adding", "sequence_length": 4, "width": 400, "depth": 2}


def biases(architecture, **init):
    """Each gate's bias_ih and bias_hh of layer 2, by name, (unit,)."""
    cohort = Cohort([experiment(architecture, init={"kind": "chrono", **init}, **FIELDS)], CPU)
    gates = LSTM_GATES if architecture == "lstm" else GRU_GATES
    own, hidden = (
        cohort.weights[f"{architecture}.2.bias_{end}"][0].detach().view(len(gates), -1) for end in ("ih", "hh")
    )
    return {gate: (own[i], hidden[i]) for i, gate in enumerate(gates)}


@pytest.mark.parametrize("t_max", [3.0, 100.0, 1000.0])
@pytest.mark.parametrize(("architecture", "memory"), [("lstm", "forget"), ("gru", "update")])
def test_the_memory_gates_bias_is_log_uniform_time(architecture, memory, t_max):
    own, hidden = biases(architecture, t_max=t_max)[memory]
    times = own.exp()
    assert not hidden.any()
    assert 1 <= times.min() < 1 + 0.02 * (t_max - 2)
    assert t_max - 1 - 0.02 * (t_max - 2) < times.max() <= t_max - 1 + 1e-9
    assert float(times.mean()) == pytest.approx(t_max / 2, abs=5 * (t_max - 2) / sqrt(12 * 400))


def test_an_lstms_input_gate_mirrors_its_forget_gate():
    found = biases("lstm", t_max=50.0)
    assert torch.equal(found["input"][0], -found["forget"][0])
    assert not found["cell"][0].any()
    assert not found["output"][0].any()


def test_a_grus_other_gates_have_no_bias():
    found = biases("gru")
    assert not found["reset"][0].any()
    assert not found["new"][0].any()


def test_units_remember_for_half_of_t_max():
    """f = u / (1 + u), time constant -1 / ln f = u + 1/2 to 4 % at u = 1: mean and median are 50.5 of 100."""
    keep = torch.sigmoid(biases("lstm", t_max=100.0)["forget"][0])
    time = -1 / keep.log()
    assert float(time.mean()) == pytest.approx(50.5, abs=5 * 98 / sqrt(12 * 400))
    assert float(time.median()) == pytest.approx(50.5, abs=5 * 98 / 2 / sqrt(400))
    assert float(time.min()) >= 1 / log(2) - 1e-9


def test_bias_std_comes_on_top():
    plain, both = biases("lstm"), biases("lstm", bias_std=0.2)
    for gate in LSTM_GATES:
        assert float((both[gate][1]).std()) == pytest.approx(0.2, rel=0.2)
        assert float((both[gate][0] - plain[gate][0]).std()) == pytest.approx(0.2, rel=0.2)


def test_weights_are_torchs_own():
    chrono, torchs = (Cohort([experiment("lstm", init=init, **FIELDS)], CPU) for init in ("chrono", "torch_default"))
    for name in ("lstm.1.weight_ih", "lstm.2.weight_hh", "readout.weight"):
        assert torch.equal(chrono.weights[name], torchs.weights[name])
    assert not chrono.weights["readout.bias"].detach().any()


def test_members_differ_in_t_max():
    times = [2.0, 10.0, 300.0]
    many = [
        experiment("lstm", init={"kind": "chrono", "t_max": t}, seed=seed, **FIELDS) for seed, t in enumerate(times)
    ]
    together = Cohort(many, CPU)
    for member, one in enumerate(many):
        assert torch.equal(together.params[member], Cohort([one], CPU).params[0])
    assert not together.weights["lstm.1.bias_ih"][0].detach().any()  # t_max 2: log 1 everywhere


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"architecture": "rnn"}, "init: init chrono sets the gates of lstm and gru, not of architecture rnn"),
        ({"architecture": {"kind": "lstm", "forget_bias": 1.0}}, "architecture.forget_bias: init chrono sets"),
        ({"architecture": "lstm", "init": {"kind": "chrono", "t_max": 1.5}}, "greater than or equal to 2"),
        ({"architecture": "lstm", "init": {"kind": "orthogonal", "recurrent": "chrono"}}, "whole networks"),
    ],
    ids=["rnn", "forget_bias", "t_max", "recurrent"],
)
def test_what_it_does_not_go_with(fields, message):
    with pytest.raises(ValidationError, match=message):
        experiment(**{**FIELDS, "init": "chrono", **fields})

"""The critical init: on the line of the theory, member by member, and gradients that keep their size."""

from math import pi, sqrt

import pytest
import torch
from common.runs import CPU, experiment, trace_of, values
from pydantic import TypeAdapter, ValidationError

from gradx.activations import AnyActivation
from gradx.base.errors import SpecError
from gradx.engine.cohort import Cohort
from gradx.inits.critical import Critical, sigma
from gradx.tensors.members import stack

ONLY = {"every": 1, "evaluations": 1, "quantities": ["layer_norms"]}


def activation(kind):
    return TypeAdapter(AnyActivation).validate_python(kind)


@pytest.mark.parametrize(
    ("kind", "bias_variance", "expected"),
    [
        ("relu", 0.0, 2), ("relu", 0.3, 2), ("identity", 0.0, 1), ({"kind": "leaky_relu", "slope": 0.3}, 0.0, 2 / 1.09),
        ("tanh", 0.0, 1), ("tanh", 0.05, 1.760955), ("erf", 0.0, pi / 4), ("sigmoid", 0.0, 10.149**2),
        ("gelu", 0.17293, 1.98306), ("hard_tanh", 0.0, 1),
    ],
    ids=str,
)  # fmt: skip
def test_weights_have_the_variance_of_the_line(kind, bias_variance, expected):
    if isinstance(kind, dict):
        fields = set(type(activation("leaky_relu")).model_fields) - {"kind"}
        kind = {"kind": "leaky_relu", fields.pop(): 0.3}
    assert sigma(activation(kind), sqrt(bias_variance)) ** 2 == pytest.approx(expected, rel=1e-4)


def test_every_member_has_the_weights_of_its_own_biases():
    stds = [0.0, 0.1, sqrt(0.05), 0.7]
    fields = {"activation": "tanh", "depth": 3, "width": 200}
    many = [
        experiment(init={"kind": "critical", "bias_std": std}, seed=seed, **fields) for seed, std in enumerate(stds)
    ]
    cohort = Cohort(many, CPU)
    for member, one in enumerate(many):
        alone = Cohort([one], CPU)
        assert torch.equal(cohort.params[member], alone.params[0])
        weight = alone.weights["layers.2.weight"].detach()
        expected = sigma(activation("tanh"), stds[member]) ** 2
        assert float(weight.square().mean()) * 200 == pytest.approx(expected, rel=5 * sqrt(2 / weight.numel()))
        assert float(alone.weights["layers.2.bias"].detach().std()) == pytest.approx(stds[member], rel=0.25)


def test_gain_leaves_the_line_by_its_factor():
    plain, twice = (Cohort([experiment(init={"kind": "critical", "gain": gain})], CPU).params for gain in (1.0, 2.0))
    torch.testing.assert_close(twice, 2 * plain, rtol=1e-14, atol=0)
    adapted = stack([Critical(gain=0.5), Critical(gain=3.0)]).at(activation("relu"))
    torch.testing.assert_close(adapted.gain, torch.tensor([[0.5], [3.0]]).double() * sqrt(2))


@pytest.mark.parametrize("kind", ["tanh", "erf", "relu", "sigmoid", "sin", "selu"])
def test_gradients_neither_vanish_nor_explode(kind):
    """Width 400, 30 layers, one draw: within 2 % of 1 per layer."""
    init = {"kind": "critical", "bias_std": 0.0 if kind == "relu" else sqrt(0.05)}
    fields = {"depth": 30, "width": 400, "batch_size": 16, "steps": 0}
    trace = trace_of(experiment(activation=kind, init=init, measure=ONLY, **fields))
    assert values(trace, "growth.depth")[0] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("kind", "bias_std", "message"),
    [
        ("softplus", 0.0, r"softplus has no critical point at bias_std 0, nor at any other"),
        ("gelu", 0.1, r"gelu has no critical point at bias_std 0.1 \(there is one at 0.4"),
        ("silu", 0.7, r"silu has no critical point at bias_std 0.7 \(there is one at 0.[78]"),
    ],
)
def test_where_there_is_no_critical_point_it_is_said(kind, bias_std, message):
    with pytest.raises(ValidationError, match=f"init: activation {message}"):
        experiment(activation=kind, init={"kind": "critical", "bias_std": bias_std})
    with pytest.raises(SpecError, match=message):
        Critical(bias_std=bias_std).at(activation(kind))


@pytest.mark.parametrize("given", [7, "nothing", {"kind": "tanh", "slope": "x"}, ["tanh"]], ids=str)
def test_wrong_activations_are_left_to_those_who_read_them(given):
    assert list(Critical.misfits({"architecture": "mlp", "activation": given, "init": "critical"})) == []


def test_it_is_for_layers():
    with pytest.raises(ValidationError, match="init critical is for layers of mlp and cnn, not for architecture rnn"):
        experiment("rnn", "adding", sequence_length=4, init="critical")
    with pytest.raises(SpecError, match="needs an activation"):
        Critical().at(None)

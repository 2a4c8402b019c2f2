"""LSUV: variances on the batch that the probe sees, the algorithm written out, and nothing taken from companions."""

import numpy as np
import pytest
import torch
from common.runs import CPU, experiment, trace_of, values
from pydantic import ValidationError
from torch import nn

from gradx.engine.cohort import Cohort
from gradx.inits import initialize
from gradx.inits.lsuv import LSUV
from gradx.models.base import linear_slots
from gradx.tensors.members import stack
from gradx.theory.meanfield import chi
from gradx.theory.quadrature import expectation

SLOTS = [slot for layer in (1, 2, 3) for slot in linear_slots(f"layers.{layer}", layer, 20, 20)]
X = torch.randn(2, 30, 20, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def probe(values, counter=None):
    """Two members' plain relu nets on X."""
    if counter is not None:
        counter.append(values)
    found, h = {}, X[: len(values["layers.1.weight"])]
    for layer in (1, 2, 3):
        z = h @ values[f"layers.{layer}.weight"] + values[f"layers.{layer}.bias"].unsqueeze(1)
        found[layer], h = z.flatten(1).std(1), z.relu()
    return found


def adapted(init, seeds=(1, 2), counter=None):
    values = initialize(init, SLOTS, seeds)
    init.adapt(values, SLOTS, lambda given: probe(given, counter))
    return values


def test_every_layer_has_unit_variance():
    for std in probe(adapted(LSUV())).values():
        torch.testing.assert_close(std, torch.ones(2).double(), rtol=0, atol=0.05)


def test_gain_is_the_standard_deviation_wanted():
    init = stack([LSUV(gain=3.0, tol=1e-6), LSUV(gain=0.5, tol=1e-6)])
    for std in probe(adapted(init)).values():
        torch.testing.assert_close(std, torch.tensor([3.0, 0.5]).double(), rtol=1e-6, atol=0)


def test_the_algorithm_as_published():
    """Slow twin: algorithm 1 over torch modules, for one member with biases."""
    init = LSUV(bias_std=1.0, tol=0.01)
    values = initialize(init, SLOTS, [1])
    layers = [nn.Linear(20, 20).double() for _ in range(3)]
    with torch.no_grad():
        for number, layer in enumerate(layers, 1):
            layer.weight.copy_(values[f"layers.{number}.weight"][0].T)
            layer.bias.copy_(values[f"layers.{number}.bias"][0])
        for number, layer in enumerate(layers):
            for _ in range(10):
                h = X[0]
                for below in layers[:number]:
                    h = below(h).relu()
                deviation = layer(h).std()
                if abs(deviation**2 - 1) < 0.01:
                    break
                layer.weight /= deviation
    found = adapted(init, [1])
    for number, layer in enumerate(layers, 1):
        torch.testing.assert_close(found[f"layers.{number}.weight"][0], layer.weight.detach().T, rtol=1e-10, atol=1e-12)


def test_one_look_and_one_scaling_are_enough_without_biases():
    looks = []
    adapted(LSUV(tol=1e-6), counter=looks)
    assert len(looks) == 1 + 3 * 2


def test_max_iter_bounds_the_effort():
    looks = []
    adapted(LSUV(bias_std=5.0, tol=1e-9, max_iter=4), counter=looks)  # biases alone exceed unit variance
    assert len(looks) == 1 + 3 * 4


@pytest.mark.parametrize("gain", [0.0, 1.0])
def test_layers_that_pass_nothing_on_stay_as_they_are(gain):
    init = LSUV(gain=gain)
    values = initialize(init, SLOTS, [1, 2])
    values["layers.2.weight"].zero_()
    init.adapt(values, SLOTS, probe)
    assert not values["layers.2.weight"].any()
    assert all(bool(each.isfinite().all()) for each in values.values())


@pytest.mark.parametrize("architecture", ["mlp", "cnn"])
def test_members_are_each_alone_and_have_unit_variance(architecture):
    fields = {"architecture": architecture, "activation": "tanh", "depth": 6, "width": 12, "batch_size": 32, "steps": 0}
    inits = [{"kind": "lsuv", "bias_std": std, "gain": gain} for std, gain in ((0.0, 1.0), (0.3, 1.0), (0.2, 2.0))]
    many = [experiment(init=init, seed=seed, **fields) for seed, init in enumerate(inits)]
    together = Cohort(many, CPU)
    x, _ = next(together.batches())
    _, series = together.model.forward(together.dims, together.weights, x)
    for member, one in enumerate(many):
        alone = Cohort([one], CPU)
        torch.testing.assert_close(together.params[member], alone.params[0], rtol=1e-10, atol=1e-14)
    for tap in series[0].stack(series[0].taps):
        variance = tap.detach().flatten(2).square().mean((1, 2))
        wanted = torch.tensor([1.0, 1.0, 4.0]).double()
        assert ((variance / wanted - 1).abs() < 0.4).all()  # another batch than the one that was looked at


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_gradients_grow_as_unit_variance_has_it(activation):
    """chi_1 = E phi'^2 / E phi^2 over N(0, 1): 1 for relu, but 1.18 for tanh, whose gradients explode by 1.09 a layer.

    Where q is 1 and there are no biases, sigma_w^2 = 1 / E phi^2. Mean-field theory of Gaussian weights, to 5 %.
    """
    phi = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    slope = {"relu": lambda z: (z > 0).astype(float), "tanh": lambda z: 1 - np.tanh(z) ** 2}[activation]
    expected = chi(slope, 1.0, 1 / expectation(lambda z: phi(z) ** 2, 1.0))
    assert expected == pytest.approx({"relu": 1.0, "tanh": 1.178}[activation], abs=1e-3)
    fields = {"depth": 20, "width": 200, "batch_size": 32, "steps": 0, "activation": activation}
    only = {"every": 1, "evaluations": 1, "quantities": ["layer_norms"]}
    rate = values(trace_of(experiment(init="lsuv", measure=only, **fields)), "growth.depth")[0]
    assert rate**2 == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"architecture": "rnn", "task": "adding", "sequence_length": 4}, "not through architecture rnn"),
        ({"residual": "identity"}, "does not go with residual identity"),
        ({"normalization": "batch"}, "does not go with normalization batch"),
    ],
    ids=["rnn", "residual", "normalization"],
)
def test_it_is_for_plain_feedforward_nets(fields, message):
    with pytest.raises(ValidationError, match=f"init: init lsuv .*{message}"):
        experiment(**fields | {"init": "lsuv"})

"""Every number of a training, against a plain loop over `nn.Sequential` and `torch.optim` that measures by hand."""

from itertools import islice, pairwise

import pytest
import torch
from common.runs import CPU, experiment, trained
from torch import nn
from torch.nn import functional

from gradx.engine.cohort import Cohort

LR, MOMENTUM, PENALTY, STEPS, DEPTH = 0.3, 0.9, 0.05, 6, 2
NAMES = ["layers.1", "layers.2", "readout"]
FIELDS = {
    "activation": "tanh",
    "depth": DEPTH,
    "steps": STEPS,
    "optimizer": {"kind": "sgd", "lr": LR, "momentum": MOMENTUM},
    "regularization": {"kind": "l2", "weight": PENALTY},
    "init": {"kind": "torch_default", "gain": 2.5},
}
CLIPPINGS = [{"kind": "none"}, {"kind": "norm", "max_norm": 2.4}, {"kind": "value", "clip_value": 0.05}]


def module_of(cohort):
    """The first member as a torch module in float64, and its parameters by our names."""
    sizes = [64, 6, 6, 10]
    layers = [nn.Linear(*pair) for pair in pairwise(sizes)]
    module = nn.Sequential(nn.Flatten(), layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2]).double()
    parameters = {}
    for name, layer in zip(NAMES, layers, strict=True):
        with torch.no_grad():
            layer.weight.copy_(cohort.weights[f"{name}.weight"][0].mT)
            layer.bias.copy_(cohort.weights[f"{name}.bias"][0])
        parameters |= {f"{name}.weight": (layer.weight, layer), f"{name}.bias": (layer.bias, layer)}
    return module, {name: parameter for name, (parameter, _) in parameters.items()}


def describe(name, tensor):
    return {
        f"grad_max.{name}": tensor.abs().max(),
        f"grad_zeros.{name}": (tensor == 0).double().mean(),
        f"grad_nonfinite.{name}": torch.zeros(()),
    }


def forward(module, x):
    """The output, and (pre-activation, output) of each hidden layer, which keep their gradients."""
    inside, h = [], x
    for layer in module:
        h = layer(h)
        if h.requires_grad:
            h.retain_grad()
        inside.append(h)
    return h, [(inside[1], inside[2]), (inside[3], inside[4])]


def by_hand(one, clipping):
    """{(step, quantity, site, index): value} of everything that is not a growth."""
    cohort = Cohort([one], CPU)
    module, parameters = module_of(cohort)
    optimizer = torch.optim.SGD(module.parameters(), LR, MOMENTUM)
    rows = {}
    for step, (x, y) in enumerate(islice(cohort.batches(), STEPS)):
        optimizer.zero_grad()
        output, hidden = forward(module, x[0])
        loss = functional.cross_entropy(output, y[0, :, 0])
        loss.backward()
        found = {("loss", "", 0): loss}
        for layer, (z, h) in enumerate(hidden, 1):
            for kind, tensor in (("preactivation", z), ("output", h)):
                found["grad_norm." + kind, "layer", layer] = tensor.grad.norm()
                found |= {(key, "layer", layer): value for key, value in describe(kind, tensor.grad).items()}
            found["activation_mean", "layer", layer] = h.mean()
            found["activation_std", "layer", layer] = h.std(correction=0)
            found["activation_saturated", "layer", layer] = (h.abs() > 0.98**0.5).double().mean()
        for parameter in parameters.values():
            parameter.grad += PENALTY * parameter.detach()
        before = {name: parameter.detach().clone() for name, parameter in parameters.items()}
        total = torch.cat([parameter.grad.flatten() for parameter in parameters.values()]).norm()
        found["grad_norm", "", 0] = total
        raw = {name: parameter.grad.clone() for name, parameter in parameters.items()}
        for name, parameter in parameters.items():
            layer = NAMES.index(name.rpartition(".")[0]) + 1
            found["grad_norm.parameter", name, layer] = parameter.grad.norm()
            found |= {(key, name, layer): value for key, value in describe("parameter", parameter.grad).items()}
            if clipping["kind"] == "norm":
                parameter.grad *= min(1.0, clipping["max_norm"] / float(total))
            elif clipping["kind"] == "value":
                parameter.grad.clamp_(-clipping["clip_value"], clipping["clip_value"])
            found["grad_norm.clipped.parameter", name, layer] = parameter.grad.norm()
        clipped = torch.cat([parameter.grad.flatten() for parameter in parameters.values()]).norm()
        found["grad_norm.clipped", "", 0] = clipped
        found["clip_coefficient", "", 0] = clipped / total
        pairs = [(raw[name].flatten(), parameter.grad.flatten()) for name, parameter in parameters.items()]
        found["clip_cosine", "", 0] = sum(one @ other for one, other in pairs) / (total * clipped)
        optimizer.step()
        for name, parameter in parameters.items():
            layer = NAMES.index(name.rpartition(".")[0]) + 1
            found["update_ratio", name, layer] = (parameter.detach() - before[name]).norm() / before[name].norm()
        rows |= {(step, *key): float(value.detach()) for key, value in found.items()}
    x, y = (cohort.to_device(values) for values in cohort.source.test())
    with torch.no_grad():
        output = module(x)
    rows[STEPS, "test_loss", "", 0] = float(functional.cross_entropy(output, y[:, 0]))
    rows[STEPS, "metric", "", 0] = float((output.argmax(1) == y[:, 0]).double().mean())
    return rows


@pytest.mark.parametrize("clipping", CLIPPINGS, ids=lambda clipping: clipping["kind"])
def test_every_number_is_that_of_a_plain_torch_loop(clipping):
    one = experiment(clipping=clipping, **FIELDS)
    member, trace = trained([one])[0]
    expected = by_hand(one, clipping)
    rows = {row[1:5]: row[5] for row in trace.rows() if not row[2].startswith(("growth", "decades"))}
    assert rows.keys() == expected.keys()
    assert rows == pytest.approx(expected, rel=1e-10, abs=1e-13)
    coefficients = [expected[step, "clip_coefficient", "", 0] for step in range(STEPS)]
    acted = sum(coefficient < 1 - 1e-12 for coefficient in coefficients)
    assert member.clipped_steps == acted
    cosines = [expected[step, "clip_cosine", "", 0] for step in range(STEPS)]
    assert member.clip_cosine_min == pytest.approx(min(cosines), rel=1e-10)
    assert member.clip_cosine_mean == pytest.approx(sum(cosines) / STEPS, rel=1e-10)
    assert (member.clip_cosine_min < 0.99) == (clipping["kind"] == "value")
    assert (acted > 0) == (clipping["kind"] != "none")
    assert clipping["kind"] != "norm" or acted < STEPS, "the bound must hold at times and bind at times"


def test_a_parameter_that_is_zero_has_no_update_ratio():
    trace = trained([experiment(init="orthogonal", steps=2)])[0][1]
    sites = [row[3] for row in trace.rows() if row[1:3] == (0, "update_ratio")]
    assert set(sites) == {"layers.1.weight", "readout.weight"}, "biases start at zero"
    assert len([row for row in trace.rows() if row[1:3] == (1, "update_ratio")]) == 4


def test_growth_is_that_of_the_pre_activations():
    one = experiment(**FIELDS)
    rows = {row[1:5]: row[5] for row in trained([one])[0][1].rows()}
    first, last = (rows[0, "grad_norm.preactivation", "layer", layer] for layer in (1, 2))
    assert rows[0, "growth.depth", "", 0] == pytest.approx(first / last, rel=1e-12)
    assert 10 ** rows[0, "decades.depth", "", 0] == pytest.approx(first / last, rel=1e-12)

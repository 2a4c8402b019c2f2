"""The case that others read as exactly zero: a deep sigmoid net with PyTorch's own initialization."""

from itertools import pairwise
from math import inf

import pytest
import torch
from common.runs import CPU, experiment, trace_of, values
from torch import nn
from torch.nn import functional

from gradx.engine.cohort import Cohort


def first_layer_by_torch(one):
    """L2 norm of the first layer's weight gradient from `nn.Sequential` in float64 with the same weights."""
    cohort = Cohort([one], CPU)
    sizes = [64, *[one.width] * one.depth, 10]
    layers = [nn.Linear(*pair) for pair in pairwise(sizes)]
    hidden = [module for layer in layers[:-1] for module in (layer, nn.Sigmoid())]
    module = nn.Sequential(nn.Flatten(), *hidden, layers[-1]).double()
    names = [*(f"layers.{number}" for number in range(1, one.depth + 1)), "readout"]
    with torch.no_grad():
        for name, layer in zip(names, layers, strict=True):
            layer.weight.copy_(cohort.weights[f"{name}.weight"][0].mT)
            layer.bias.copy_(cohort.weights[f"{name}.bias"][0])
    x, y = next(cohort.batches())
    functional.cross_entropy(module(x[0].double()), y[0, :, 0]).backward()
    return float(layers[0].weight.grad.norm())


def measured(one):
    rows = {row[2:4]: row[5] for row in trace_of(one).rows()}
    return rows["grad_norm.parameter", "layers.1.weight"]


def sigmoid(depth, dtype):
    fields = {"activation": "sigmoid", "init": "torch_default", "width": 64, "batch_size": 32, "steps": 0}
    return experiment(depth=depth, dtype=dtype, **fields)


def test_thirty_layers_in_float32_are_not_zero():
    one = sigmoid(30, "float32")
    norm = measured(one)
    assert 1e-28 < norm < 1e-24
    assert norm == pytest.approx(first_layer_by_torch(one), rel=0.01)


def test_float32_that_has_run_dry_is_zero_and_keeps_the_growth_of_what_is_left():
    """A hundred layers lose 84 decades, twice what float32 holds; its denormals must not flatten the line."""
    single, double = (trace_of(sigmoid(100, dtype)) for dtype in ("float32", "float64"))
    profile = values(single, "grad_norm.preactivation")
    assert profile[0] == 0
    assert values(single, "decades.depth")[0] == -inf
    assert -86 < values(double, "decades.depth")[0] < -82
    assert values(single, "growth.depth")[0] == pytest.approx(values(double, "growth.depth")[0], rel=0.02)


@pytest.mark.parametrize("depth", [30, 100])
def test_float64_is_exact(depth):
    one = sigmoid(depth, "float64")
    norm = measured(one)
    assert norm == pytest.approx(first_layer_by_torch(one), rel=1e-9)
    assert 0.13 ** (depth - 1) < norm / 0.1 < 0.15 ** (depth - 2), "about sqrt(.02) a layer"

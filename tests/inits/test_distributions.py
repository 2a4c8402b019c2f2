"""Every init draws what its `torch.nn.init` equivalent draws: the same spread, shape and support.

Standard errors: of a standard deviation over n numbers sqrt((kurtosis - 1) / 4 n), relative; five of them are allowed.
"""

import re
from functools import partial
from math import sqrt
from typing import get_args

import pytest
import torch
from common.runs import experiment
from pydantic import TypeAdapter, ValidationError
from torch import nn

from gradx.engine.cohort import Cohort
from gradx.inits import AnyInit, initialize
from gradx.models.base import Dims, linear_slots
from gradx.models.cnn import CNN
from gradx.models.gru import GRU
from gradx.models.lstm import LSTM
from gradx.models.rnn import RNN
from gradx.tensors.layout import Slot
from gradx.tensors.shapes import Image, Sequence

PARTS = get_args(get_args(AnyInit)[0])
LINEAR = linear_slots("layers.1", 1, 300, 200)[0]
CONVOLUTION = Slot("layers.1.weight", (60, 50, 3, 3), "weight", 1, 50 * 9, 60 * 9, (50 * 9) ** -0.5)
RANDOM = [
    ({"kind": "kaiming_normal"}, partial(nn.init.kaiming_normal_, nonlinearity="relu")),
    ({"kind": "kaiming_normal", "mode": "fan_out"}, partial(nn.init.kaiming_normal_, mode="fan_out")),
    ({"kind": "kaiming_uniform"}, partial(nn.init.kaiming_uniform_, nonlinearity="relu")),
    (
        {"kind": "kaiming_uniform", "mode": "fan_out"},
        partial(nn.init.kaiming_uniform_, mode="fan_out", nonlinearity="relu"),
    ),
    ({"kind": "lecun_normal"}, partial(nn.init.kaiming_normal_, nonlinearity="linear")),
    ({"kind": "normal"}, nn.init.normal_),
    ({"kind": "normal", "std": 0.3}, partial(nn.init.normal_, std=0.3)),
    ({"kind": "orthogonal"}, nn.init.orthogonal_),
    ({"kind": "torch_default"}, partial(nn.init.kaiming_uniform_, a=sqrt(5))),
    ({"kind": "uniform"}, partial(nn.init.uniform_, a=-1.0, b=1.0)),
    ({"kind": "uniform", "a": -0.2, "b": 0.7}, partial(nn.init.uniform_, a=-0.2, b=0.7)),
    ({"kind": "xavier_normal"}, nn.init.xavier_normal_),
    ({"kind": "xavier_uniform"}, nn.init.xavier_uniform_),
]
FIXED = ["constant", "identity"]
OWN = ["chrono", "critical", "delta_orthogonal", "fixup", "lsuv", "sparse"]  # each has a file of its own here


def build(spec):
    return TypeAdapter(AnyInit).validate_python(spec)


def draw(spec, slot, seed=1):
    return initialize(build(spec), [slot], [seed])[slot.name][0]


def as_torch(slot):
    """An empty weight as torch lays it out: a linear one is (out, in)."""
    return torch.empty(slot.shape if len(slot.shape) > 2 else slot.shape[::-1], dtype=torch.float64)


def test_every_init_is_a_case():
    cases = {spec["kind"] for spec, _ in RANDOM} | {*FIXED, *OWN}
    assert cases == {part.model_fields["kind"].default for part in PARTS}


@pytest.mark.parametrize("slot", [LINEAR, CONVOLUTION], ids=["linear", "convolution"])
@pytest.mark.parametrize(("spec", "function"), RANDOM, ids=lambda case: str(case) if isinstance(case, dict) else "")
def test_spread_and_shape_are_those_of_torch(spec, function, slot):
    ours = draw(spec | {"gain": 1.7}, slot).flatten() / 1.7
    theirs = function(as_torch(slot), generator=torch.Generator().manual_seed(2)).flatten()
    bounded = "uniform" in spec["kind"] or spec["kind"] == "torch_default"
    error = sqrt(((1.8 if bounded else 3.0) - 1) / 4 / slot.size)
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=5 * sqrt(2) * error)
    assert ours.mean().item() == pytest.approx(theirs.mean().item(), abs=5 * sqrt(2 / slot.size) * theirs.std().item())
    kurtosis = [float(((x - x.mean()) / x.std()).pow(4).mean()) for x in (ours, theirs)]
    assert kurtosis[0] == pytest.approx(kurtosis[1], abs=5 * sqrt(2 * 24 / slot.size))
    if bounded:
        for end in (torch.Tensor.max, torch.Tensor.min):
            assert float(end(ours)) == pytest.approx(float(end(theirs)), abs=2e-3 * float(theirs.max() - theirs.min()))


@pytest.mark.parametrize("shape", [(7, 7), (9, 4), (4, 9), (6, 3, 2, 2), (12, 1, 3, 3)], ids=str)
def test_orthogonal_weights_have_every_singular_value_equal_to_the_gain(shape):
    weight = draw({"kind": "orthogonal", "gain": 1.3}, Slot("w", shape, "weight", 1, 1, 1, 1.0))
    singular = torch.linalg.svdvals(weight.reshape(shape[0], -1))
    torch.testing.assert_close(singular, torch.full_like(singular, 1.3), rtol=1e-13, atol=0)


def test_orthogonal_weights_are_uniform_on_the_orthogonal_group():
    """E tr Q = 0 and E (tr Q)^2 = 1 under the Haar measure; QR without its sign correction gives other values."""
    init, slot = build("orthogonal"), Slot("w", (5, 5), "weight", 1, 5, 5, 1.0)
    trace = initialize(init, [slot], range(4000))["w"].diagonal(dim1=1, dim2=2).sum(1)
    assert abs(trace.mean()) < 5 / sqrt(4000)
    assert abs(trace.square().mean() - 1) < 5 * sqrt(2 / 4000)


@pytest.mark.parametrize("shape", [(5, 5), (7, 4), (4, 7)], ids=str)
def test_identity_is_eye(shape):
    slot = Slot("w", shape, "weight", 1, *shape, 1.0)
    expected = 0.9 * nn.init.eye_(torch.empty(shape, dtype=torch.float64))
    assert torch.equal(draw({"kind": "identity", "gain": 0.9}, slot), expected)


@pytest.mark.parametrize("shape", [(4, 4, 3, 3), (6, 2, 5, 5), (2, 6, 1, 1)], ids=str)
def test_identity_is_dirac_for_convolutions(shape):
    slot = Slot("w", shape, "weight", 1, 1, 1, 1.0)
    expected = 0.9 * nn.init.dirac_(torch.empty(shape, dtype=torch.float64))
    assert torch.equal(draw({"kind": "identity", "gain": 0.9}, slot), expected)


@pytest.mark.parametrize("size", [2, 4, 5])
def test_identity_passes_an_image_through_a_cnn_of_any_kernel_size(size):
    spec = {"architecture": {"kind": "cnn", "kernel_size": size}, "activation": "identity", "init": "identity"}
    cohort = Cohort([experiment(task="digits", depth=3, width=1, **spec)], torch.device("cpu"))
    x, _ = next(cohort.batches())
    _, series = cohort.model.forward(cohort.dims, cohort.weights, x)
    torch.testing.assert_close(series[0].taps[-1].view(x.shape), x)


def test_constant_is_gain_times_val():
    assert torch.equal(
        draw({"kind": "constant", "val": 0.5, "gain": 3.0}, LINEAR), torch.full((300, 200), 1.5, dtype=torch.float64)
    )


SEQUENCE = Sequence(5, 30)
MODULES = [
    ("linear", linear_slots("readout", 1, 30, 40), nn.Linear(30, 40)),
    ("cnn", CNN(kernel_size=5).slots(Dims(Image(3, 8, 8), 10, 1, 1, 40, None))[:2], nn.Conv2d(3, 40, 5)),
    ("rnn", RNN().slots(Dims(SEQUENCE, 10, 1, 1, 40, None))[:4], nn.RNN(30, 40)),
    ("lstm", LSTM().slots(Dims(SEQUENCE, 10, 1, 1, 40, None))[:4], nn.LSTM(30, 40)),
    ("gru", GRU().slots(Dims(SEQUENCE, 10, 1, 1, 40, None))[:4], nn.GRU(30, 40)),
]


@pytest.mark.parametrize(("slots", "module"), [case[1:] for case in MODULES], ids=[case[0] for case in MODULES])
def test_torch_default_is_what_the_modules_do(slots, module):
    drawn = initialize(build("torch_default"), slots, [1])
    assert len(slots) == len(list(module.parameters()))
    for slot, theirs in zip(slots, module.parameters(), strict=True):
        ours = drawn[slot.name][0]
        assert ours.numel() == theirs.numel()
        assert ours.abs().max() <= slot.bound
        assert theirs.detach().abs().max() <= slot.bound * (1 + 1e-6)  # theirs is float32
        for values in (ours, theirs.detach()):
            error = sqrt(0.2 / slot.size)
            assert float(values.square().mean().sqrt()) == pytest.approx(slot.bound / sqrt(3), rel=5 * error)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_docstring_has_formula_and_sources(part):
    assert re.search(r"\n    W(, b)? [=~] ", part.__doc__)
    assert "Equivalent to `" in part.__doc__
    assert "Reference:" in part.__doc__


@pytest.mark.parametrize("spec", [{"kind": "normal", "std": -1.0}, {"kind": "orthogonal", "bias_std": -0.1}], ids=str)
def test_impossible_parameters_are_refused(spec):
    with pytest.raises(ValidationError):
        build(spec)

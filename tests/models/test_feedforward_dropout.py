"""Dropout in `mlp` and `cnn`: which units are left out, what becomes of the others, and what is measured."""

from functools import partial

import pytest
import torch
from common.networks import backward, random
from torch.nn import functional

from gradx.activations import Tanh
from gradx.models import Dims
from gradx.models.cnn import CNN
from gradx.models.mlp import MLP
from gradx.residuals import Fixup
from gradx.tensors.mode import Mode
from gradx.tensors.shapes import Image

MEMBERS, BATCH, DEPTH, WIDTH, CLASSES = 3, 5, 3, 6, 4
MODELS = [MLP(), CNN()]
IMAGE = Image(2, 4, 3)
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-14)
each_model = pytest.mark.parametrize("model", MODELS, ids=["mlp", "cnn"])


class Numbers:
    """Uniform numbers, each member's its own; remembers what it gave."""

    def __init__(self):
        self.generators = [torch.Generator().manual_seed(seed) for seed in range(MEMBERS)]
        self.given = []

    def __call__(self, shape):
        self.given.append(torch.stack([torch.rand(shape, generator=each) for each in self.generators]))
        return self.given[-1]


def dims(dropout, **fields):
    return Dims(IMAGE, CLASSES, 1, DEPTH, WIDTH, Tanh(), dropout=dropout, **fields)


def passed(model, dropout, training=True, **fields):
    draw = Numbers()
    x = random(MEMBERS, BATCH, 2, 4, 3)
    found = backward(model, dims(dropout, **fields), x, torch.sum, mode=Mode(training, {}, draw))
    return found, draw.given


def by_hand(model, weights, x, masks):
    """One member's outputs of the layers (before units are left out) and its answer."""
    h = x.flatten(1) if isinstance(model, MLP) else x
    outputs = []
    for layer, mask in enumerate(masks, 1):
        weight, bias = weights[f"layers.{layer}.weight"], weights[f"layers.{layer}.bias"]
        z = h @ weight + bias if isinstance(model, MLP) else functional.conv2d(h, weight, bias, padding=1)
        h = z.tanh()
        outputs.append(h)
        h.requires_grad and h.retain_grad()
        h = h * mask
    pooled = h if isinstance(model, MLP) else h.mean((2, 3))
    return outputs, pooled @ weights["readout.weight"] + weights["readout.bias"]


@each_model
def test_units_left_out_are_zero_on_their_way_and_others_larger(model):
    """Members differ in p; taps are the outputs before, so that what is measured are the activations."""
    rates = torch.tensor([[0.0], [0.25], [0.8]], dtype=torch.float64)
    found, given = passed(model, rates)
    assert len(given) == DEPTH
    x = random(MEMBERS, BATCH, 2, 4, 3)
    for member, rate in enumerate([0.0, 0.25, 0.8]):
        weights = {name: value[member].clone().requires_grad_() for name, value in found.weights.items()}
        masks = [(numbers[member] >= rate).double() / (1 - rate) for numbers in given]
        outputs, answer = by_hand(model, weights, x[member], masks)
        answer.sum().backward()
        close(found.output[member, :, 0], answer.detach())
        for name, weight in weights.items():
            close(found.gradients[name][member], weight.grad)
        for place, output in enumerate(outputs):
            close(found.tapped["output", 0].values[place, member], output.detach().flatten(1))
            close(found.tapped["output", 0].gradient[place, member], output.grad.flatten(1))


@each_model
def test_one_rate_for_all_is_the_same_as_one_for_each(model):
    (one, _), (each, _) = passed(model, 0.3), passed(model, torch.full((MEMBERS, 1), 0.3, dtype=torch.float64))
    assert torch.equal(one.output, each.output)


@each_model
def test_evaluation_leaves_nothing_out(model):
    found, given = passed(model, 0.5, training=False)
    assert given == []
    plain, _ = passed(model, 0.0)
    close(found.output, plain.output)


@each_model
def test_the_mean_over_many_draws_is_what_was_there(model):
    """4,000 draws of a signal of ones at p = 0.3: the standard error of their mean is 0.01."""
    ones = {
        slot.name: torch.zeros(MEMBERS, *slot.shape, dtype=torch.float64).requires_grad_()
        for slot in model.slots(dims(0.3))
    }
    with torch.no_grad():
        ones["layers.3.bias"].fill_(20.0)  # tanh of it is 1
        ones["readout.weight"].fill_(1 / WIDTH)
    x = torch.zeros(MEMBERS, 4000, 2, 4, 3, dtype=torch.float64)
    output, _ = model.forward(dims(0.3), ones, x, Mode(True, {}, Numbers()))
    torch.testing.assert_close(output.mean((1, 2, 3)), torch.ones(MEMBERS, dtype=torch.float64), rtol=0, atol=0.03)


@each_model
def test_branches_are_dropped_inside_too(model):
    _, given = passed(model, 0.5, residual=Fixup(branch_layers=3))
    assert len(given) == DEPTH + (DEPTH - 1) * 2

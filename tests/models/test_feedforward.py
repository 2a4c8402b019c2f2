"""`mlp` and `cnn` are `torch.nn.Sequential` with the same weights: outputs, and the gradient of everything inside."""

import warnings
from functools import partial

import pytest
import torch
from common.networks import as_torch, backward, random
from pydantic import TypeAdapter
from torch import nn
from torch.nn import functional

from gradx.activations import AnyActivation, Tanh
from gradx.activations.gelu import GELU
from gradx.activations.relu import ReLU
from gradx.families import parts
from gradx.models import Dims
from gradx.models.cnn import CNN
from gradx.models.mlp import MLP
from gradx.tensors.shapes import Image, Sequence

MEMBERS, BATCH, DEPTH, WIDTH, CLASSES = 3, 5, 4, 7, 6
IMAGE = Image(2, 5, 4)
ACTIVATIONS = [(Tanh(), nn.Tanh), (ReLU(), nn.ReLU), (GELU(), nn.GELU)]
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-14)
labels = torch.randint(CLASSES, (MEMBERS, BATCH), generator=torch.Generator().manual_seed(2))


def loss(output):
    """Cross entropy, averaged over each member's batch and summed over members."""
    flat = functional.cross_entropy(output[:, :, 0].flatten(0, 1), labels.flatten(), reduction="none")
    return flat.view(MEMBERS, BATCH).mean(1).sum()


def compare(found, member, module, x, linear):
    """`module` is a Sequential whose weighted layers get the member's weights, in order; then all must agree."""
    layers = [layer for layer in module if hasattr(layer, "weight")]
    names = [*(f"layers.{number}" for number in range(1, len(layers))), "readout"]
    with torch.no_grad():
        for name, layer in zip(names, layers, strict=True):
            layer.weight.copy_(as_torch(found.weights[f"{name}.weight"][member]))
            layer.bias.copy_(found.weights[f"{name}.bias"][member])
    inside, h = [], x.clone().requires_grad_()
    for layer in module:
        with warnings.catch_warnings(action="ignore"):  # torch warns of even kernels
            h = layer(h)
        h.retain_grad()
        inside.append(h)
    functional.cross_entropy(h, labels[member]).backward()
    close(found.output[member, :, 0], h.detach())
    for name, layer in zip(names, layers, strict=True):
        close(as_torch(found.gradients[f"{name}.weight"][member]), layer.weight.grad)
        close(found.gradients[f"{name}.bias"][member], layer.bias.grad)
    first = 1 if linear else 0  # Flatten comes first
    for kind, offset in (("preactivation", first), ("output", first + 1)):
        tapped = found.tapped[kind, 0]
        theirs = inside[offset : offset + 2 * DEPTH : 2]
        assert tapped.positions == [1, 2, 3, 4]
        for ours, tensor in zip(tapped.gradient[:, member], theirs, strict=True):
            close(ours, tensor.grad.flatten(1))


@pytest.mark.parametrize(("activation", "module"), ACTIVATIONS, ids=lambda case: getattr(case, "kind", ""))
def test_mlp_is_a_sequential(activation, module):
    x = random(MEMBERS, BATCH, 2, 5, 4)
    found = backward(MLP(), Dims(IMAGE, CLASSES, 1, DEPTH, WIDTH, activation), x, loss)
    for member in range(MEMBERS):
        hidden = [layer for _ in range(DEPTH - 1) for layer in (nn.Linear(WIDTH, WIDTH), module())]
        reference = nn.Sequential(
            nn.Flatten(), nn.Linear(40, WIDTH), module(), *hidden, nn.Linear(WIDTH, CLASSES)
        ).double()
        compare(found, member, reference, x[member], linear=True)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("activation", "module"), ACTIVATIONS, ids=lambda case: getattr(case, "kind", ""))
def test_cnn_is_a_sequential(activation, module, kernel):
    x = random(MEMBERS, BATCH, 2, 5, 4)
    found = backward(CNN(kernel_size=kernel), Dims(IMAGE, CLASSES, 1, DEPTH, WIDTH, activation), x, loss)
    for member in range(MEMBERS):
        convolutions = [
            layer
            for channels in (2, *[WIDTH] * (DEPTH - 1))
            for layer in (nn.Conv2d(channels, WIDTH, kernel, padding="same"), module())
        ]
        head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTH, CLASSES))
        compare(found, member, nn.Sequential(*convolutions, *head).double(), x[member], linear=False)


def test_mlp_reads_sequences_flat_and_tokens_one_hot():
    tokens = torch.randint(3, (MEMBERS, BATCH, 4), generator=torch.Generator().manual_seed(3))
    one_hot = functional.one_hot(tokens, 3).double()
    by_token, by_number, flat = (
        backward(MLP(), Dims(shape, CLASSES, 1, DEPTH, WIDTH, Tanh()), x, loss).output
        for shape, x in [
            (Sequence(4, 3, tokens=True), tokens),
            (Sequence(4, 3), one_hot),
            (Image(1, 4, 3), one_hot.unsqueeze(2)),
        ]
    )
    assert torch.equal(by_token, by_number)
    assert torch.equal(by_token, flat)


@pytest.mark.parametrize("depth", [1, 2, 5])
@pytest.mark.parametrize("kind", parts(AnyActivation))
def test_going_back_by_hand_is_autograd(kind, depth):
    dims = Dims(IMAGE, CLASSES, 1, depth, WIDTH, TypeAdapter(AnyActivation).validate_python(kind))
    x = random(MEMBERS, BATCH, 2, 5, 4)
    by_hand, by_autograd = (backward(MLP(), dims, x, loss, by_autograd=choice) for choice in (False, True))
    close(by_hand.output, by_autograd.output)
    assert by_hand.gradients.keys() == by_autograd.gradients.keys()
    for name, gradient in by_autograd.gradients.items():
        close(by_hand.gradients[name], gradient)
    assert by_hand.tapped.keys() == by_autograd.tapped.keys()
    for key, tapped in by_autograd.tapped.items():
        assert by_hand.tapped[key].positions == tapped.positions
        close(by_hand.tapped[key].gradient, tapped.gradient)
    close(by_hand.tapped["output", 0].inputs, by_autograd.tapped["output", 0].inputs)


@pytest.mark.parametrize("kind", ["preactivation", "output"])
@pytest.mark.parametrize("model", [MLP(), CNN()], ids=["mlp", "cnn"])
def test_the_taps_values_are_pre_activations_and_outputs(model, kind):
    found = backward(model, Dims(IMAGE, CLASSES, 1, DEPTH, WIDTH, Tanh()), random(MEMBERS, BATCH, 2, 5, 4), loss)
    inputs = found.tapped["output", 0].inputs
    close(found.tapped[kind, 0].values, inputs if kind == "preactivation" else inputs.tanh())

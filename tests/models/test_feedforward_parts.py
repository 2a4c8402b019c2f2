"""`mlp` and `cnn` with normalizations and residual connections are the networks that one would write with torch.nn."""

from functools import partial
from itertools import product

import pytest
import torch
from common.networks import as_torch, backward, random, started
from common.twins import Twin
from pydantic import TypeAdapter
from torch import nn
from torch.nn import functional

from gradx.activations import Tanh
from gradx.families import parts
from gradx.models import Dims
from gradx.models.cnn import CNN
from gradx.models.mlp import MLP
from gradx.normalizations import AnyNormalization
from gradx.residuals import AnyResidual
from gradx.tensors.mode import Mode
from gradx.tensors.shapes import Image

MEMBERS, BATCH, DEPTH, WIDTH, CLASSES = 3, 5, 4, 6, 5
IMAGE = Image(2, 4, 3)
KINDS = sorted(parts(AnyNormalization))
RESIDUALS = sorted(parts(AnyResidual))
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-13)
labels = torch.randint(CLASSES, (MEMBERS, BATCH), generator=torch.Generator().manual_seed(2))


def shape(normalization="none", residual="none", depth=DEPTH, **fields):
    norm = {"kind": "group", "groups": 2} if normalization == "group" else normalization
    return Dims(
        *(IMAGE, CLASSES, 1, depth, WIDTH, Tanh()),
        normalization=TypeAdapter(AnyNormalization).validate_python(norm),
        residual=TypeAdapter(AnyResidual).validate_python(residual),
        **fields,
    )


def loss(output):
    """Cross entropy, averaged over each member's batch and summed over members."""
    flat = functional.cross_entropy(output[:, :, 0].flatten(0, 1), labels[: len(output)].flatten(), reduction="none")
    return flat.view(len(output), BATCH).mean(1).sum()


def twin(model, dims):
    kinds = dims.normalization.kind, dims.residual.kind, dims.residual.branch_layers
    if isinstance(model, CNN):
        make = lambda channels: nn.Conv2d(channels, WIDTH, 3, padding=1)  # noqa: E731
        readout = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTH, CLASSES))
        return Twin(make, readout, IMAGE.channels, WIDTH, dims.depth, *kinds)
    return Twin(lambda units: nn.Linear(units, WIDTH), nn.Linear(WIDTH, CLASSES), 24, WIDTH, dims.depth, *kinds)


def compare(model, dims, training):
    """Everything of every member against the twin, after one pass: what is kept in buffers too."""
    x = random(MEMBERS, BATCH, 2, 4, 3)
    buffers = {name: 1 + 0.1 * value.abs() for name, value in started(model.buffers(dims), MEMBERS).items()}
    before = {name: value.clone() for name, value in buffers.items()}
    found = backward(model, dims, x, loss, mode=Mode(training, buffers))
    for member in range(MEMBERS):
        module = twin(model, dims).train(training)
        module.load({name: value[member] for name, value in (found.weights | before).items()})
        output, stream, outputs = module(x[member].flatten(1) if isinstance(model, MLP) else x[member])
        functional.cross_entropy(output, labels[member]).backward()
        close(found.output[member, :, 0], output.detach())
        for name, gradient in found.gradients.items():
            ours = as_torch(gradient[member])
            close(ours, module.named(name).grad.view(ours.shape))
        for name, value in buffers.items():
            close(value[member], module.named(name))
        for kind, tensors in (("preactivation", stream), ("output", outputs)):
            for ours, values, theirs in zip(
                *(found.tapped[kind, 0].gradient, found.tapped[kind, 0].values, tensors), strict=True
            ):
                close(ours[member], theirs.grad.flatten(1))
                close(values[member], theirs.detach().flatten(1))
    after = found.tapped["output", 0]
    close(after.inputs.tanh(), after.values)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize(
    ("normalization", "residual"), [*product(KINDS, ["none", "fixup"]), *product(["batch", "none"], RESIDUALS)]
)
def test_mlp_is_its_twin(normalization, residual, training):
    compare(MLP(), shape(normalization, residual), training)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize(
    ("normalization", "residual"),
    [
        ("batch", "none"),
        ("batch", "identity"),
        ("layer", "fixup"),
        ("group", "scaled"),
        ("weight", "skipinit"),
        ("spectral", "none"),
    ],
)
def test_cnn_is_its_twin(normalization, residual, training):
    compare(CNN(), shape(normalization, residual), training)


@pytest.mark.parametrize("model", [MLP(), CNN()], ids=["mlp", "cnn"])
@pytest.mark.parametrize(("normalization", "residual"), [*product(KINDS, RESIDUALS)])
def test_parameters_and_taps(model, normalization, residual):
    """Names are unique, layers 1 to depth + 1, branches are marked, and a tap is there for every position."""
    dims = shape(normalization, residual)
    slots, buffers = model.slots(dims), model.buffers(dims)
    assert len({slot.name for slot in slots + buffers}) == len(slots + buffers)
    assert {slot.layer for slot in slots} == set(range(1, DEPTH + 2))
    assert all(slot.role == "buffer" for slot in buffers)
    assert {slot.name.rsplit(".", 1)[0] for slot in slots if slot.final} == {"readout"}
    layers = dims.residual.branch_layers
    places = [slot.branch for slot in slots if slot.multiplied and slot.branch]
    expected = [(place, layers, DEPTH - 1) for _ in range(DEPTH - 1) for place in range(1, layers + 1)]
    assert [(branch.place, branch.layers, branch.blocks) for branch in places] == (
        expected if residual != "none" else []
    )
    mode = Mode(True, started(buffers, MEMBERS))
    found = backward(model, dims, random(MEMBERS, BATCH, 2, 4, 3), loss, mode=mode)
    assert all(found.tapped[kind, 0].positions == [1, 2, 3, 4] for kind in ("preactivation", "output"))


@pytest.mark.parametrize("model", [MLP(), CNN()], ids=["mlp", "cnn"])
@pytest.mark.parametrize(("normalization", "residual"), [*product(KINDS, ["none"]), *product(["none"], RESIDUALS)])
def test_a_member_knows_nothing_of_its_companions(model, normalization, residual):
    dims, x = shape(normalization, residual), random(MEMBERS, BATCH, 2, 4, 3)
    modes = [Mode(True, started(model.buffers(dims), count)) for count in (MEMBERS, 1)]
    together = backward(model, dims, x, loss, mode=modes[0])
    weights = {name: value[:1].requires_grad_() for name, value in together.weights.items()}
    alone = model.run(dims, weights, x[:1], modes[1])
    output = alone.output.clone().requires_grad_()
    gradients, _ = alone.backward(torch.autograd.grad(loss(output), output)[0], taps=False)
    near = partial(torch.testing.assert_close, rtol=1e-10, atol=1e-12)
    near(together.output[:1], alone.output)
    for name, gradient in gradients.items():
        near(together.gradients[name][:1], gradient)
    for name, value in modes[1].buffers.items():
        near(modes[0].buffers[name][:1], value)

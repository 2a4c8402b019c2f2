"""What holds for every architecture: documentation, parameter counts, and what it says of its cost."""

import pytest
import torch
from torch import nn

from gradx.activations import Tanh
from gradx.families import parts
from gradx.models import AnyModel, Dims
from gradx.tensors.layout import Layout
from gradx.tensors.shapes import Image, Sequence

MODELS = parts(AnyModel)
DEPTH, WIDTH, OUTPUTS = 3, 5, 4
# What an architecture has to be told, or what fits WIDTH.
FIELDS = {"transformer": {"heads": 5}, "custom": {"target": "gradx.models.mlp:MLP"}}
IMAGE, SEQUENCE = Image(2, 6, 6), Sequence(7, 3)


def torch_parameters(kind):
    readout = [*nn.Linear(WIDTH, OUTPUTS).parameters()]
    if kind in ("rnn", "lstm", "gru", "irnn", "orthogonal_rnn", "antisymmetric_rnn"):
        cell = {"lstm": nn.LSTM, "gru": nn.GRU}.get(kind, nn.RNN)(3, WIDTH, DEPTH)
        return [*cell.parameters(), *readout]
    if kind == "seq2seq":
        return [*nn.GRU(3, WIDTH, DEPTH).parameters(), *nn.GRU(3, WIDTH, DEPTH).parameters(), *readout]
    if kind in ("indrnn", "mingru", "lru"):
        return [*(each for size in (3, WIDTH, WIDTH) for each in cell_parameters(kind, size)), *readout]
    if kind == "transformer":
        block = nn.TransformerEncoderLayer(WIDTH, 5, 4 * WIDTH)
        blocks = nn.TransformerEncoder(block, DEPTH, nn.LayerNorm(WIDTH), enable_nested_tensor=False)
        own = {name: each for name, each in blocks.named_parameters() if "in_proj" not in name}
        shapes = [(WIDTH, WIDTH)] * 3 + [(WIDTH,)] * 2  # queries, keys and values by themselves; keys without a bias
        projections = [torch.empty(shape) for _ in range(DEPTH) for shape in shapes]
        ends = [*nn.Linear(3, WIDTH).parameters(), *nn.Linear(WIDTH, OUTPUTS).parameters()]
        return [*own.values(), *projections, *ends]
    if kind in ("mlp", "custom"):
        layers = [nn.Linear(72, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)]
    else:
        layers = [nn.Conv2d(2, WIDTH, 3), nn.Conv2d(WIDTH, WIDTH, 3), nn.Conv2d(WIDTH, WIDTH, 3)]
    return [*nn.Sequential(*layers, nn.Linear(WIDTH, OUTPUTS)).parameters()]


def cell_parameters(kind, size):
    """Of one layer of a cell that torch does not have, as the paper has it."""
    units = torch.empty(WIDTH)
    return {
        "indrnn": [*nn.Linear(size, WIDTH).parameters(), units],
        "mingru": [*nn.Linear(size, 2 * WIDTH).parameters()],
        "lru": [torch.empty(size, 2 * WIDTH), torch.empty(2 * WIDTH, WIDTH), torch.empty(size, WIDTH), *[units] * 3],
    }[kind]


def made(kind):
    return MODELS[kind](**FIELDS.get(kind, {}))


def dims(model, depth=DEPTH, width=WIDTH):
    kind = model.model_fields["kind"].default
    meant = model.meant({"kind": kind, **FIELDS.get(kind, {})})
    activation = Tanh() if meant.default_activation else None
    return Dims(IMAGE if Image in model.reads else SEQUENCE, OUTPUTS, 1, depth, width, activation)


@pytest.mark.parametrize("kind", MODELS)
def test_parameters_are_those_of_torch(kind):
    slots = made(kind).slots(dims(MODELS[kind]))
    sizes = sorted(slot.size for slot in slots)
    assert sizes == sorted(parameter.numel() for parameter in torch_parameters(kind))
    assert len({slot.name for slot in slots}) == len(slots)
    assert {slot.layer for slot in slots} == set(range(1, DEPTH + 2))


@pytest.mark.parametrize("kind", MODELS)
def test_every_tap_is_one_of_a_known_kind_and_place(kind):
    model, shape = made(kind), dims(MODELS[kind])
    weights = Layout(model.slots(shape)).views(torch.zeros(2, Layout(model.slots(shape)).size))
    inputs = (2, 6, 6) if Image in model.reads else (7, 3)
    passed = model.run(shape, weights, torch.zeros(2, 3, *inputs))
    assert passed.output.shape == (2, 3, 1, OUTPUTS)
    assert not passed.output.requires_grad
    _, tapped = passed.backward(torch.ones_like(passed.output), taps=True)
    for each in tapped:
        places = DEPTH if each.series.axis == "depth" else SEQUENCE.steps
        assert each.gradient.shape[:3] == each.values.shape[:3] == (places, 2, 3)
    assert model.run(shape, weights, torch.zeros(2, 3, *inputs)).backward(passed.output, taps=False)[1] == []


@pytest.mark.parametrize("kind", MODELS)
def test_cost_grows_with_depth_and_width(kind):
    model = MODELS[kind]
    small, deep, wide = (made(kind).footprint(dims(model, *size)) for size in [(2, 8), (4, 8), (2, 16)])
    assert all(value > 0 for value in small)
    assert all(more > less for more, less in zip(deep, small, strict=True))
    assert wide.multiplies > small.multiplies
    assert wide.values > small.values


@pytest.mark.parametrize("kind", MODELS)
def test_the_docstring_has_formula_and_sources(kind):
    text = MODELS[kind].__doc__
    assert "Equivalent to `torch.nn." in text or "Equivalent to no module of torch" in text
    assert "Reference:" in text
    assert " = " in text

"""Normalization inside recurrent cells, and dropout between them, against loops written by hand."""

from dataclasses import replace

import pytest
import torch
from common.loops import agrees, network
from common.networks import backward, random, started
from common.runs import experiment
from torch.nn import functional

from gradx.activations import Tanh
from gradx.models import Dims
from gradx.models.gru import GRU
from gradx.models.lru import LRU
from gradx.models.lstm import LSTM
from gradx.models.rnn import RNN
from gradx.normalizations.batch import BatchNorm
from gradx.normalizations.layer import LayerNorm
from gradx.normalizations.rms import RMSNorm
from gradx.tensors.mode import Mode
from gradx.tensors.shapes import Sequence

MEMBERS, BATCH, STEPS, FEATURES, WIDTH, OUTPUTS, DEPTH = 2, 4, 4, 2, 3, 2, 2
MODELS = {"rnn": RNN(), "lstm": LSTM(), "gru": GRU()}
NORMS = {"batch": BatchNorm(), "layer": LayerNorm(), "rms": RMSNorm()}
models, norms = pytest.mark.parametrize("kind", MODELS), pytest.mark.parametrize("norm", NORMS)
x = random(MEMBERS, BATCH, STEPS, FEATURES)


def square(output):
    return (output - 0.3).square().flatten(1).mean(1).sum()


def dims(kind, norm, **fields):
    activation = Tanh() if MODELS.get(kind, LRU()).default_activation else None
    shape = Sequence(STEPS, FEATURES)
    return Dims(
        shape, OUTPUTS, 2, DEPTH, WIDTH, activation, **({"normalization": NORMS[norm]} if norm else {}), **fields
    )


def normalized(norm, w, name, z, running=None):
    """torch's own, of (batch, channel); by batch the statistics are `running`, or else those of the batch."""
    gain, bias = w[f"{name}.weight"], w.get(f"{name}.bias")
    if norm == "layer":
        return functional.layer_norm(z, z.shape[1:], gain, bias)
    if norm == "rms":
        return functional.rms_norm(z, z.shape[1:], gain, eps=1e-5)
    return functional.batch_norm(z, *(running or (None, None)), gain, bias, training=running is None)


def cells(kind, norm, statistics=lambda layer, name, t: None):
    """The cell with the normalizations where Cooijmans et al. 2016 and Ba et al. 2016 have them."""

    def step(w, x_t, state, t):
        def n(name, z):
            return normalized(norm, w, name, z, statistics(w, name, t))

        h = state[0]
        given, product = n("norm_ih", x_t @ w["weight_ih"]) + w["bias_ih"], n("norm_hh", h @ w["weight_hh"])
        product = product + w["bias_hh"]
        if kind == "rnn":
            return (torch.tanh(given + product),)
        if kind == "gru":
            reset, update = torch.sigmoid((given + product)[:, : 2 * WIDTH]).chunk(2, -1)
            new = torch.tanh(given[:, 2 * WIDTH :] + reset * product[:, 2 * WIDTH :])
            return ((1 - update) * new + update * h,)
        i, f, g, o = (given + product).chunk(4, -1)
        c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(n("norm_cell", c)), c

    return step


def sizes(kind):
    return (WIDTH, WIDTH) if kind == "lstm" else (WIDTH,)


@norms
@models
def test_training_is_a_loop_by_hand(kind, norm):
    model, shape = MODELS[kind], dims(kind, norm)
    mode = Mode(True, started(model.buffers(shape), MEMBERS))
    found = backward(model, shape, x, square, mode=mode)
    for member in range(MEMBERS):
        looped = network(found, member, x, kind, DEPTH, 2, cells(kind, norm), sizes(kind))
        agrees(found, looped, member, square, rtol=1e-10)  # at t = 1 batch normalization divides 0 by sqrt(eps)


@models
def test_running_statistics_are_kept_of_every_time_step(kind):
    model, shape = MODELS[kind], dims(kind, "batch")
    buffers = started(model.buffers(shape), MEMBERS)
    assert {values.shape[:2] for values in buffers.values()} == {(MEMBERS, STEPS)}
    found = backward(model, shape, x, square, mode=Mode(True, buffers))
    for member in range(MEMBERS):
        product = x[member].unbind(1)
        for t, x_t in enumerate(product):
            z = x_t @ found.weights[f"{kind}.1.weight_ih"][member]
            mean, var = (buffers[f"{kind}.1.norm_ih.running_{which}"][member, t] for which in ("mean", "var"))
            torch.testing.assert_close(mean, 0.1 * z.mean(0))
            torch.testing.assert_close(var, 0.9 + 0.1 * z.var(0))
        first = buffers[f"{kind}.1.norm_hh.running_var"][member, 0]
        assert torch.equal(first, torch.full_like(first, 0.9)), "h_0 = 0 has no variance"


@models
def test_evaluation_uses_the_running_statistics_of_the_step_and_leaves_them(kind):
    model, shape = MODELS[kind], dims(kind, "batch")
    slots = model.buffers(shape)
    buffers = {slot.name: random(MEMBERS, *slot.shape, seed=i).square() + 0.5 for i, slot in enumerate(slots)}
    before = {name: values.clone() for name, values in buffers.items()}
    found = backward(model, shape, x, square, mode=Mode(False, buffers))
    for member in range(MEMBERS):
        first = found.weights[f"{kind}.1.weight_hh"][member]

        def statistics(w, name, t, member=member, first=first):
            layer = 1 if torch.equal(w["weight_hh"], first) else 2
            return [buffers[f"{kind}.{layer}.{name}.running_{which}"][member, t] for which in ("mean", "var")]

        looped = network(found, member, x, kind, DEPTH, 2, cells(kind, "batch", statistics), sizes(kind))
        agrees(found, looped, member, square)
    assert all(torch.equal(buffers[name], before[name]) for name in buffers)


@models
def test_dropout_acts_on_what_goes_up_and_nowhere_else(kind):
    model = MODELS[kind]
    shape = replace(dims(kind, None), dropout=torch.tensor([[0.3], [0.6]], dtype=torch.float64))
    drawn = []

    def draw(size):
        drawn.append(torch.rand((MEMBERS, *size), generator=torch.Generator().manual_seed(len(drawn))))
        return drawn[-1]

    found = backward(model, shape, x, square, mode=Mode(True, {}, draw))
    assert len(drawn) == DEPTH
    for member, rate in enumerate((0.3, 0.6)):

        def passed(h, layer, t, member=member, rate=rate):
            there = drawn[layer - 1][member]
            there = there if layer < DEPTH else torch.cat([torch.ones(BATCH, STEPS - 2, WIDTH), there], 1)
            return torch.where(there[:, t] < rate, 0, h / (1 - rate))

        looped = network(found, member, x, kind, DEPTH, 2, bare(kind), sizes(kind), passed=passed)
        agrees(found, looped, member, square)


def bare(kind):
    """The cell without normalization."""

    def step(w, x_t, state, t):
        weights = w["weight_ih"].T, w["weight_hh"].T, w["bias_ih"], w["bias_hh"]
        return STEPPED[kind](x_t, state if kind == "lstm" else state[0], *weights)

    return step


STEPPED = {
    "rnn": lambda *given: (torch.rnn_tanh_cell(*given),),
    "gru": lambda *given: (torch.gru_cell(*given),),
    "lstm": lambda *given: torch.lstm_cell(*given),
}


@pytest.mark.parametrize("kind", [*MODELS, "lru"])
def test_without_training_nothing_is_dropped(kind):
    model = {**MODELS, "lru": LRU()}[kind]
    shape = dims(kind, None, dropout=0.5)
    alone, evaluated = (backward(model, each, x, square).output for each in (replace(shape, dropout=0.0), shape))
    torch.testing.assert_close(alone, evaluated, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("normalization", ["group", "weight", "spectral"])
def test_what_cannot_be_used_inside_a_cell_is_refused(normalization):
    with pytest.raises(ValueError, match=r"inside the cells of lstm \(allowed here: batch, layer, none, rms\)"):
        experiment("lstm", "adding", sequence_length=5, normalization=normalization)


@pytest.mark.parametrize("kind", ["irnn", "orthogonal_rnn", "antisymmetric_rnn", "indrnn", "mingru", "lru"])
def test_cells_that_stand_and_fall_with_their_matrix_take_no_normalization(kind):
    with pytest.raises(ValueError, match=f"architecture {kind} does not use 'normalization'"):
        experiment(kind, "adding", sequence_length=5, normalization="layer")

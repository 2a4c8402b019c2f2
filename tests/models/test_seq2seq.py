"""`seq2seq` against an encoder and a decoder written by hand, and what attention does to the gradient through time."""

from functools import partial

import pytest
import torch
from common.loops import Looped, agrees, layer, leaves
from common.networks import as_torch, backward, random, started
from common.runs import experiment, trace_of, values
from pydantic import ValidationError
from torch import nn

from gradx.base.errors import SpecError
from gradx.models import Dims
from gradx.models.seq2seq import CELLS, Seq2Seq
from gradx.normalizations.layer import LayerNorm
from gradx.tensors.mode import Mode
from gradx.tensors.shapes import Sequence

MEMBERS, BATCH, STEPS, FEATURES, WIDTH, OUTPUTS = 2, 4, 7, 2, 3, 2
x = random(MEMBERS, BATCH, STEPS, FEATURES)
TORCH = {
    "rnn": lambda *given: (torch.rnn_tanh_cell(*given),),
    "irnn": lambda *given: (torch.rnn_relu_cell(*given),),
    "gru": lambda *given: (torch.gru_cell(*given),),
    "lstm": lambda *given: torch.lstm_cell(*given),
}


def square(output):
    return (output - 0.3).square().flatten(1).mean(1).sum()


def dims(scored, depth=2, **fields):
    return Dims(Sequence(STEPS, FEATURES), OUTPUTS, scored, depth, WIDTH, None, **fields)


def stepped(cell, w, x_t, state, t):
    weights = w["weight_ih"].T, w["weight_hh"].T, w["bias_ih"], w["bias_hh"]
    return TORCH[cell](x_t, state if cell == "lstm" else state[0], *weights)


def by_hand(found, member, cell, attention, scored, depth) -> Looped:
    looped, kinds = leaves(found, member), ("hidden", "cell")[: 2 if cell == "lstm" else 1]
    step = partial(stepped, cell)
    source, target = list(x[member, :, :-scored].unbind(1)), list(x[member, :, -scored:].unbind(1))
    for place in range(1, depth + 1):
        start = tuple(x.new_zeros(BATCH, WIDTH) for _ in kinds)
        read = layer(looped, f"encoder.{place}", place, source, step, start, kinds)
        answered = layer(looped, f"decoder.{place}", place, target, step, read[-1], kinds)
        source, target = [state[0] for state in read], [state[0] for state in answered]
    if attention == "dot":
        target = [attended(looped.weights["attention.weight"], h, source) for h in target]
    readout = looped.weights["readout.weight"], looped.weights["readout.bias"]
    looped.output = torch.stack([h @ readout[0] + readout[1] for h in target], 1)
    return looped


def attended(weight, h, source):
    """Example by example: Luong et al. 2015, eq. 5 and 7."""
    rows = []
    for example in range(BATCH):
        scores = torch.stack([torch.dot(h[example], e[example]) for e in source]).exp()
        context = sum(score / scores.sum() * e[example] for score, e in zip(scores, source, strict=True))
        rows.append(torch.tanh(torch.cat([context, h[example]]) @ weight))
    return torch.stack(rows)


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("scored", [1, 3, STEPS - 1])
@pytest.mark.parametrize("attention", ["none", "dot"])
@pytest.mark.parametrize("cell", TORCH)
def test_everything_is_that_of_an_encoder_and_a_decoder_by_hand(cell, attention, scored, depth):
    model = Seq2Seq.model_validate({"kind": "seq2seq", "cell": cell, "attention": attention})
    found = backward(model, dims(scored, depth), x, square)
    for member in range(MEMBERS):
        agrees(found, by_hand(found, member, cell, attention, scored, depth), member, square)


def test_without_attention_it_is_two_of_torchs_modules():
    found = backward(Seq2Seq(), dims(3), x, square)
    for member in range(MEMBERS):
        encoder, decoder = (nn.GRU(FEATURES, WIDTH, 2, batch_first=True).double() for _ in range(2))
        with torch.no_grad():
            for name, module in (("encoder", encoder), ("decoder", decoder)):
                for key, parameter in module.named_parameters():
                    short, place = key.rsplit("_l", 1)
                    parameter.copy_(as_torch(found.weights[f"{name}.{int(place) + 1}.{short}"][member]))
        h = decoder(x[member, :, -3:], encoder(x[member, :, :-3])[1])[0]
        expected = h @ found.weights["readout.weight"][member] + found.weights["readout.bias"][member]
        torch.testing.assert_close(found.output[member], expected.detach(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("attention", ["none", "dot"])
@pytest.mark.parametrize("cell", CELLS)
def test_every_recurrent_kind_is_a_cell(cell, attention):
    model = Seq2Seq.model_validate({"kind": "seq2seq", "cell": cell, "attention": attention})
    found = backward(model, dims(2), x, square)
    for key, tapped in found.tapped.items():
        assert tapped.positions == list(range(1, STEPS + 1)), key
        assert (tapped.gradient.abs().sum((1, 2, 3)) > 0).all(), key
    unused = {name for name, gradient in found.gradients.items() if not gradient.any()}
    # without attention the encoder hands on its states alone, not what the lru makes of them to go up
    assert unused == ({"encoder.2.C", "encoder.2.D"} if (cell, attention) == ("lru", "none") else set())


def test_the_cells_normalization_and_biases_are_those_of_both_parts():
    model = Seq2Seq.model_validate({"kind": "seq2seq", "cell": {"kind": "lstm", "forget_bias": 2.0}})
    shape = dims(2, normalization=LayerNorm())
    values = {slot.name: torch.zeros(1, *slot.shape) for slot in model.slots(shape)}
    model.adjust(shape, values)
    assert {name for name, value in values.items() if (value == 2).any()} == {
        f"{part}.{place}.bias_ih" for part in ("encoder", "decoder") for place in (1, 2)
    }
    assert {name for name in values if "norm_cell" in name} == {
        f"{part}.{place}.norm_cell.{which}"
        for part in ("encoder", "decoder")
        for place in (1, 2)
        for which in ("weight", "bias")
    }
    mode = Mode(True, started(model.buffers(shape), MEMBERS))
    assert backward(model, shape, x, square, mode=mode).output.isfinite().all()


def test_with_attention_gradient_reaches_the_first_steps_directly():
    """A gru that forgets at once: without attention almost nothing comes back, with it every state has its share."""
    small = {"sequence_length": 30, "width": 16, "steps": 0, "init": {"kind": "torch_default", "gain": 0.3}}
    profiles = [
        values(trace_of(experiment({"kind": "seq2seq", "attention": each}, "adding", **small)), "grad_norm.hidden")
        for each in ("none", "dot")
    ]
    without, attended_to = (profile[0] / profile[-1] for profile in profiles)
    assert without < 1e-6
    assert attended_to > 1e-3


@pytest.mark.parametrize("target", [None, "gradx.models.seq2seq:Seq2Seq"], ids=["ours", "custom"])
@pytest.mark.parametrize("task", ["copying", "text"])
def test_a_task_that_is_scored_while_it_is_read_is_refused_before_anything_runs(task, target):
    part = "seq2seq" if target is None else {"kind": "custom", "target": target}
    with pytest.raises(ValidationError, match=r"reads before it answers.*allowed here: .*translation"):
        experiment(part, task, sequence_length=5)


def test_nothing_to_read_is_an_error():
    with pytest.raises(SpecError, match="all 7 steps of this task are scored"):
        Seq2Seq().slots(dims(STEPS))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"architecture": {"kind": "seq2seq", "cell": "lru"}, "normalization": "layer"}, "seq2seq of lru cells"),
        ({"architecture": "seq2seq", "normalization": "group"}, "inside the cells of gru"),
        ({"architecture": {"kind": "seq2seq", "cell": {"kind": "lru", "r_min": 0.9, "r_max": 0.8}}}, r"cell\.r_min"),
        ({"architecture": {"kind": "seq2seq", "cell": "rnn"}, "activation": "relu"}, "fixed nonlinearities"),
        ({"architecture": {"kind": "seq2seq", "cell": "mlp"}}, "cell"),
    ],
)
def test_what_its_cells_cannot_do_is_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        experiment(task="adding", sequence_length=5, **fields)

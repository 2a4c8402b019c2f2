"""`transformer` against torch's encoder, and against what the papers say of its gradients at initialization."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from common.networks import as_torch, backward, random
from common.runs import experiment
from pydantic import ValidationError
from torch import nn
from torch.nn import functional

from gradx.activations.gelu import GELU
from gradx.activations.relu import ReLU
from gradx.inits import initialize
from gradx.inits.xavier_normal import XavierNormal
from gradx.models import Dims
from gradx.models.attention import sinusoids
from gradx.models.transformer import Transformer
from gradx.normalizations import NoNormalization, RMSNorm
from gradx.tensors.layout import Layout
from gradx.tensors.members import stack
from gradx.tensors.mode import Mode
from gradx.tensors.shapes import Sequence

MEMBERS, BATCH, STEPS, FEATURES, WIDTH, OUTPUTS, DEPTH = 2, 3, 6, 2, 8, 3, 3
SHAPE = Sequence(STEPS, FEATURES)
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-13)
x = random(MEMBERS, BATCH, STEPS, FEATURES)
placements = pytest.mark.parametrize("placement", ["pre", "post"])
causality = pytest.mark.parametrize("causal", [False, True])


def square(output):
    """A loss without symmetry: the mean square of each member's outputs shifted by 0.3, summed over members."""
    return (output - 0.3).square().flatten(1).mean(1).sum()


def dims(activation=None, depth=DEPTH, width=WIDTH, shape=SHAPE, scored=2, normalization=None, dropout=0.0):
    norm = normalization or NoNormalization()
    return Dims(shape, OUTPUTS, scored, depth, width, activation or ReLU(), norm, dropout=dropout)


def encoder(model, weights, gradients, activation):
    """torch's encoder with a member's weights; gives with it each of its parameters and what should be its gradient."""
    layer = nn.TransformerEncoderLayer(
        WIDTH, model.heads, 4 * WIDTH, 0.0, activation, batch_first=True, norm_first=model.norm_placement == "pre"
    )
    final = nn.LayerNorm(WIDTH) if model.norm_placement == "pre" else None
    theirs = nn.TransformerEncoder(layer, DEPTH, final, enable_nested_tensor=False).double()
    found = {}
    for name, parameter in theirs.named_parameters():
        *place, rest = name.replace("layers.", "", 1).partition(".") if name.startswith("layers.") else ("", name)
        ours = f"layers.{int(place[0]) + 1}.{rest}" if place[0] else rest
        if "in_proj" in ours:
            end = ours.rpartition("_")[2]
            parts = [ours.replace(f"in_proj_{end}", f"{one}_proj.{end}") for one in "qkv"]
            zero = torch.zeros(WIDTH, dtype=torch.float64)
            value, gradient = (
                torch.cat([as_torch(of.get(part, zero)) for part in parts]) for of in (weights, gradients)
            )
        else:
            value, gradient = as_torch(weights[ours]), as_torch(gradients[ours])
        with torch.no_grad():
            parameter.copy_(value)
        found[name] = (parameter, gradient)
    return theirs, found


def watched(found, module, inputs, output):
    output.retain_grad()
    found.append(output)


@placements
@causality
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_outputs_gradients_and_taps_are_those_of_torchs_encoder(placement, causal, activation):
    model = Transformer(heads=2, causal=causal, norm_placement=placement)
    found = backward(model, dims({"relu": ReLU(), "gelu": GELU()}[activation]), x, square)
    for member in range(MEMBERS):
        weights, gradients = (
            {name: each[member] for name, each in of.items()} for of in (found.weights, found.gradients)
        )
        theirs, pairs = encoder(model, weights, gradients, activation)
        seen = {"stream": [], "preactivation": []}
        for layer in theirs.layers:
            layer.register_forward_hook(partial(watched, seen["stream"]))
            layer.linear1.register_forward_hook(partial(watched, seen["preactivation"]))
        h = x[member] @ weights["embedding.weight"] + weights["embedding.bias"] + sinusoids(STEPS, WIDTH)
        mask = nn.Transformer.generate_square_subsequent_mask(STEPS, dtype=torch.float64) if causal else None
        h = theirs(h, mask=mask, is_causal=causal)[:, -2:]
        output = h @ weights["readout.weight"] + weights["readout.bias"]
        square(output.unsqueeze(0)).backward()
        close(found.output[member], output.detach())
        for name, (parameter, gradient) in pairs.items():
            close(gradient, parameter.grad, msg=lambda text, name=name: f"{name}: {text}")
        for kind, tensors in seen.items():
            tapped = found.tapped[kind, 0]
            assert tapped.positions == [1, 2, 3]
            close(tapped.gradient[:, member], torch.stack([tensor.grad.flatten(1) for tensor in tensors]))
            close(tapped.values[:, member], torch.stack([tensor.detach().flatten(1) for tensor in tensors]))


def test_outputs_inside_are_the_activation_of_the_preactivations():
    found = backward(Transformer(heads=2), dims(), x, square)
    inside, after = found.tapped["preactivation", 0], found.tapped["output", 0]
    close(after.values, inside.values.relu())
    close(after.gradient * (inside.values > 0), inside.gradient)
    assert torch.equal(after.inputs, inside.values)


def test_positions_are_the_formula_of_the_paper():
    table = sinusoids(50, 7)
    for t, unit in [(0, 0), (0, 1), (3, 0), (49, 5), (17, 6)]:
        angle = t / 10_000 ** (2 * (unit // 2) / 7)
        assert table[t, unit].item() == pytest.approx(np.cos(angle) if unit % 2 else np.sin(angle), rel=1e-13)


def test_tokens_are_rows_of_the_embedding_times_root_width():
    shape = Sequence(STEPS, 5, tokens=True)
    tokens = torch.randint(5, (MEMBERS, BATCH, STEPS), generator=torch.Generator().manual_seed(3))
    model = Transformer(heads=2)
    by_token = backward(model, dims(shape=shape), tokens, square)
    weights = {name: each.clone().requires_grad_() for name, each in by_token.weights.items()}
    weights["embedding.bias"] = torch.zeros(MEMBERS, WIDTH, dtype=torch.float64)
    one_hot = functional.one_hot(tokens, 5).double() * WIDTH**0.5
    output, _ = model.forward(dims(shape=Sequence(STEPS, 5)), weights, one_hot)
    close(by_token.output, output.detach())


def test_causal_steps_do_not_see_the_future_and_others_do():
    changed = x.clone()
    changed[:, :, -1] += 1
    for causal in (True, False):
        model, shape = Transformer(heads=2, causal=causal), dims(scored=STEPS)
        one, other = (backward(model, shape, given, square).output for given in (x, changed))
        assert torch.equal(one[:, :, :-1], other[:, :, :-1]) == causal
        assert not torch.equal(one[:, :, -1], other[:, :, -1])


def test_scales_are_each_members_own_and_zero_skips_leave_the_branch_alone():
    model = stack([Transformer(heads=2, skip_scale=0.5, branch_scale=2.0), Transformer(heads=2)])
    found = backward(model, dims(), x, square)
    for member, one in enumerate([Transformer(heads=2, skip_scale=0.5, branch_scale=2.0), Transformer(heads=2)]):
        weights = {name: each[member : member + 1] for name, each in found.weights.items()}
        close(one.forward(dims(), weights, x[member : member + 1])[0], found.output[member : member + 1])
    bare = Transformer(heads=2, skip_scale=0.0, feedforward=0, norm_placement="none", branch_scale=3.0)
    found = backward(bare, dims(depth=1), x, square)
    once = Transformer(heads=2, skip_scale=0.0, feedforward=0, norm_placement="none")
    assert {kind for kind, _ in found.tapped} == {"stream"}
    plain = backward(once, dims(depth=1), x, square)
    close(found.tapped["stream", 0].values, 3 * plain.tapped["stream", 0].values)


def test_dropout_leaves_out_the_share_that_it_says_and_only_in_training():
    shape = dims(dropout=torch.tensor([[0.0], [0.5]], dtype=torch.float64), depth=1, scored=STEPS)
    model = Transformer(heads=2, feedforward=0, skip_scale=0.0, norm_placement="none")
    layout = Layout(model.slots(shape))
    weights = layout.views(0.5 * random(MEMBERS, layout.size, seed=1))
    draws = torch.Generator().manual_seed(0)
    mode = Mode(True, draw=lambda size: torch.rand((MEMBERS, *size), generator=draws))
    (stream,) = model.forward(shape, weights, x, mode)[1]
    zeros = (stream.stack(stream.taps)[0] == 0).double().mean((1, 2))
    assert zeros[0] == 0
    assert 0.35 < zeros[1] < 0.65
    close(model.forward(shape, weights, x)[0], model.forward(dims(depth=1, scored=STEPS), weights, x)[0])


@pytest.mark.parametrize(
    ("fields", "more", "message"),
    [
        ({"heads": 3}, {}, "width 16 is not divisible by 3 heads"),
        ({"deepnorm": True}, {}, "deepnorm needs norm_placement post"),
        ({"deepnorm": True, "norm_placement": "post", "skip_scale": 2.0}, {}, "deepnorm sets skip_scale itself"),
        (
            {"norm_placement": "none"},
            {"normalization": "rms"},
            "norm_placement is none, so normalization rms is not used",
        ),
        ({}, {"normalization": "batch"}, "allowed: none, layer, rms"),
        ({}, {"task": "text", "sequence_length": 8}, "looks into the future .set architecture.causal: true"),
    ],
)
def test_what_does_not_go_together_is_said(fields, more, message):
    with pytest.raises(ValidationError, match=message):
        experiment({"kind": "transformer", **fields}, **{"task": "adding", "sequence_length": 8, "width": 16} | more)


# What the papers say of gradients at initialization: weights by xavier_normal, random features and classes.

SEEDS, SHORT, CLASSES = range(8), Sequence(32, 16), 64


def at_start(model, depth, width, normalization=None):
    """Gradients (by name) of the mean cross entropy over all time steps of every member, and the tapped stream."""
    norm = normalization or NoNormalization()
    shape = Dims(SHORT, CLASSES, SHORT.steps, depth, width, ReLU(), norm)
    values = initialize(XavierNormal(), model.slots(shape), SEEDS)
    model.adjust(shape, values)
    weights = {name: value.requires_grad_() for name, value in values.items()}
    inputs = random(len(SEEDS), 2, SHORT.steps, SHORT.features)
    target = torch.randint(CLASSES, (inputs[..., 0].numel(),), generator=torch.Generator().manual_seed(1))
    made = model.run(shape, weights, inputs)
    output = made.output.requires_grad_()
    loss = functional.cross_entropy(output.flatten(0, -2), target) * len(SEEDS)
    gradients, tapped = made.backward(torch.autograd.grad(loss, output)[0], taps=True)
    return gradients, next(each for each in tapped if each.series.kind == "stream")


def norm(gradients, name):
    """Mean over the seeds of a gradient's norm."""
    return gradients[name].flatten(1).norm(dim=1).mean().item()


@pytest.mark.parametrize(("placement", "low", "high"), [("post", -0.15, 0.15), ("pre", -0.7, -0.35)])
def test_last_gradient_is_flat_in_depth_with_post_and_falls_with_pre_normalization(placement, low, high):
    """Xiong et al. 2020, theorem 1: dL/dW_2 of the last block is O(1), or O(1 / sqrt(depth)): slopes 0 and -1/2."""
    depths, model = (12, 48), Transformer(norm_placement=placement)
    few, many = (norm(at_start(model, depth, 32)[0], f"layers.{depth}.linear2.weight") for depth in depths)
    assert low < np.log(many / few) / np.log(depths[1] / depths[0]) < high


@pytest.mark.parametrize("depth", [6, 24])
def test_deepnorm_gives_first_and_last_block_the_same_gradient(depth):
    """Wang et al. 2022, section 4."""
    gradients, _ = at_start(Transformer(norm_placement="post", deepnorm=True), depth, 32)
    last, first = (norm(gradients, f"layers.{layer}.linear2.weight") for layer in (depth, 1))
    assert last / first == pytest.approx(1, abs=0.1)


def collapse(skip):
    """1 - mean cosine between time steps after each of 4 blocks of attention, and |dL/dW_q| / |dL/dW_v| of the last."""
    model = Transformer(feedforward=0, skip_scale=skip, positions="none", norm_placement="post")
    gradients, stream = at_start(model, 4, 64, RMSNorm())
    unit = functional.normalize(stream.values.unflatten(-1, (SHORT.steps, 64)), dim=-1)
    names = (f"layers.4.self_attn.{which}_proj.weight" for which in "qv")
    query, value = (norm(gradients, name) for name in names)
    return (1 - (unit @ unit.mT).mean((1, 2, 3, 4))).tolist(), query / value


def test_without_skips_all_time_steps_become_one_and_queries_get_no_gradient():
    """Doubly exponential in depth: Dong et al. 2021, section 2. The gradient: Noci et al. 2022, arXiv:2206.03126."""
    bare, ratio = collapse(skip=0.0)
    assert all(later <= earlier**1.5 for earlier, later in pairwise(bare))
    assert ratio < 1e-4
    kept, ratio = collapse(skip=1.0)
    assert kept[-1] > 0.5
    assert ratio > 0.1

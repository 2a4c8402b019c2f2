"""Normalizations of signals are those of torch.nn: outputs, gradients, and running statistics over several steps."""

from functools import partial

import pytest
import torch
from common.networks import random, started
from torch import nn

from gradx.families import parts
from gradx.normalizations import AnyNormalization, BatchNorm, GroupNorm, LayerNorm, RMSNorm
from gradx.tensors.mode import EVALUATION, Mode

MEMBERS, BATCH, CHANNELS, SPACE = 3, 5, 6, (4, 2)
SIGNALS = [kind for kind, part in parts(AnyNormalization).items() if part.of == "signals"]
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-13)

FLAT = [
    (BatchNorm(eps=1e-3, momentum=0.3), lambda: nn.BatchNorm1d(CHANNELS, eps=1e-3, momentum=0.3)),
    (LayerNorm(eps=1e-3), lambda: nn.LayerNorm(CHANNELS, eps=1e-3)),
    (RMSNorm(eps=1e-3), lambda: nn.RMSNorm(CHANNELS, eps=1e-3)),
    (GroupNorm(eps=1e-3, groups=3), lambda: nn.GroupNorm(3, CHANNELS, eps=1e-3)),
]
SPATIAL = [
    (BatchNorm(), lambda: nn.BatchNorm2d(CHANNELS)),
    (LayerNorm(), lambda: nn.GroupNorm(1, CHANNELS)),
    (GroupNorm(groups=2), lambda: nn.GroupNorm(2, CHANNELS)),
    (GroupNorm(groups=CHANNELS), lambda: nn.InstanceNorm2d(CHANNELS, affine=True)),
]
CASES = [(*case, ()) for case in FLAT] + [(*case, SPACE) for case in SPATIAL]


def parameters(part, seed=7):
    slots = part.slots("norm", 1, CHANNELS)
    return {slot.name: random(MEMBERS, *slot.shape, seed=seed + place) for place, slot in enumerate(slots)}


def gradients(output, seed, wanted):
    return torch.autograd.grad(output, wanted, random(*output.shape, seed=seed))


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize(("part", "module", "space"), CASES, ids=lambda case: getattr(case, "kind", ""))
def test_outputs_and_gradients_are_those_of_torch(part, module, space, training):
    """Three steps, so that running statistics add up; signals lie as those of a convolution, the batch first."""
    weights = {name: value.requires_grad_() for name, value in parameters(part).items()}
    mode = Mode(training, started(part.buffers("norm", 1, CHANNELS), MEMBERS))
    theirs = [module().double().train(training) for _ in range(MEMBERS)]
    for step in range(3):
        x = (2 + random(BATCH, MEMBERS, CHANNELS, *space, seed=step)).transpose(0, 1).requires_grad_()
        output = part(x, "norm", weights, mode)
        found = dict(zip(["x", *weights], gradients(output, 9, [x, *weights.values()]), strict=True))
        for member, own in enumerate(theirs):
            with torch.no_grad():
                for name, parameter in own.named_parameters():
                    parameter.copy_(weights[f"norm.{name}"][member])
            given = x[member].detach().requires_grad_()
            expected = own(given)
            close(output[member], expected)
            wanted = [given, *own.parameters()]
            for name, gradient in zip(
                ["x", *(f"norm.{name}" for name, _ in own.named_parameters())],
                torch.autograd.grad(expected, wanted, random(*output.shape, seed=9)[member]),
                strict=True,
            ):
                close(found[name][member], gradient)
            for name, buffer in own.named_buffers():
                if name != "num_batches_tracked":
                    close(mode.buffers[f"norm.{name}"][member], buffer)


@pytest.mark.parametrize("kind", SIGNALS)
@pytest.mark.parametrize("space", [(), SPACE], ids=["flat", "spatial"])
def test_second_derivatives_exist(kind, space):
    """Curvature methods differentiate the gradient once more."""
    part = {"group": GroupNorm(groups=2)}.get(kind) or parts(AnyNormalization)[kind]()
    x = random(1, 4, CHANNELS, *space).requires_grad_()
    weights = {name: value[:1] for name, value in parameters(part).items()}
    assert torch.autograd.gradgradcheck(lambda given: part(given, "norm", weights, Mode(True)), x, fast_mode=True)


@pytest.mark.parametrize("kind", SIGNALS)
def test_weights_start_with_the_gain_and_biases_with_zero(kind):
    part = parts(AnyNormalization)[kind](gain=0.1)
    assert {(slot.role, slot.start) for slot in part.slots("norm", 1, 64)} <= {("gain", 0.1), ("bias", 0.0)}
    weights = started(part.slots("norm", 1, 64), MEMBERS)
    x = random(MEMBERS, 500, 64)
    out = part(x, "norm", weights, Mode(True, started(part.buffers("norm", 1, 64), MEMBERS)))
    assert out.square().mean().sqrt() == pytest.approx(0.1, rel=1e-3)


def test_without_buffers_the_batch_is_used_and_nothing_is_kept():
    part, x = BatchNorm(), random(MEMBERS, BATCH, CHANNELS)
    kept = started(part.buffers("norm", 1, CHANNELS), MEMBERS)
    close(part(x, "norm", parameters(part), Mode(True)), part(x, "norm", parameters(part), Mode(True, kept)))
    with pytest.raises(RuntimeError, match="running_mean"):
        part(x, "norm", parameters(part), EVALUATION)


def test_evaluation_changes_no_buffer():
    part, x = BatchNorm(), random(MEMBERS, BATCH, CHANNELS)
    kept = started(part.buffers("norm", 1, CHANNELS), MEMBERS)
    part(x, "norm", parameters(part), Mode(False, kept))
    assert all(torch.equal(kept[name], value) for name, value in started(part.buffers("norm", 1, 6), MEMBERS).items())


def test_buffers_that_are_parts_of_something_larger_are_updated():
    part, x = BatchNorm(), random(MEMBERS, BATCH, CHANNELS)
    own = started(part.buffers("norm", 1, CHANNELS), MEMBERS)
    whole = torch.cat(list(own.values()), dim=1)
    views = dict(zip(own, whole.split(CHANNELS, dim=1), strict=True))
    for buffers in (own, views):
        part(x, "norm", parameters(part), Mode(True, buffers))
    close(whole, torch.cat(list(own.values()), dim=1))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", SIGNALS)
def test_half_precision_does_not_overflow_where_the_result_does_not(kind, dtype):
    """Squares of 300 are beyond float16."""
    part = parts(AnyNormalization)[kind](**{"groups": 2} if kind == "group" else {})
    weights = {name: value.to(dtype) for name, value in started(part.slots("norm", 1, CHANNELS), 1).items()}
    kept = {name: value.float() for name, value in started(part.buffers("norm", 1, CHANNELS), 1).items()}
    x = 300 * random(1, BATCH, CHANNELS)
    found = part(x.to(dtype), "norm", weights, Mode(True, kept))
    exact = part(x, "norm", {name: value.double() for name, value in weights.items()}, Mode(True))
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), exact, rtol=0.02, atol=0.02)

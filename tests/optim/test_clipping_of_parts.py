"""Clipping parameter by parameter, layer by layer, unit by unit: against torch, and against loops."""

import pytest
import torch
from common.problems import Given, layout, random
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.optim import AdaptiveClipping, LayerwiseNormClipping, ParameterNormClipping

LAYOUT = layout()
entries = st.lists(
    st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=LAYOUT.size, max_size=LAYOUT.size
)
gradients = st.lists(entries, min_size=1, max_size=2).map(torch.tensor)
bounds = st.floats(1e-30, 1e30)


def bound(rule, grad, params=None):
    return rule.bound(grad, grad.double().norm(dim=1), {}, Given(LAYOUT, grad, params))


def by_name(flat):
    return {name: view.detach() for name, view in LAYOUT.views(flat).items()}


def clipped_by_torch(grad, max_norm, blocks):
    """`clip_grad_norm_` on each block of names, its constant 1e-6 taken out again."""
    views = by_name(grad)
    for names in blocks:
        params = [torch.zeros_like(views[name][0]).requires_grad_() for name in names]
        for name, param in zip(names, params, strict=True):
            param.grad = views[name][0].clone()
        norm = torch.nn.utils.clip_grad_norm_(params, max_norm)
        constant = (norm + 1e-6) / norm if norm > max_norm else 1.0
        for name, param in zip(names, params, strict=True):
            views[name] = (param.grad * constant).unsqueeze(0)
    return LAYOUT.flatten(views)


NAMES = [slot.name for slot in LAYOUT.slots]
LAYERS = [[slot.name for slot in LAYOUT.slots if slot.layer == layer] for layer in (1, 2, 3)]


@pytest.mark.parametrize("max_norm", [0.1, 2.0, 3.5, 100.0])
@pytest.mark.parametrize(
    ("rule", "blocks"), [(ParameterNormClipping, [[name] for name in NAMES]), (LayerwiseNormClipping, LAYERS)]
)
def test_blocks_are_clipped_as_by_torch(rule, blocks, max_norm):
    grad = random(1, LAYOUT.size)
    found = bound(rule(max_norm=max_norm), grad)
    torch.testing.assert_close(found.gradient, clipped_by_torch(grad, max_norm, blocks), rtol=1e-12, atol=0)
    sizes = torch.stack([torch.cat([by_name(grad)[name].flatten() for name in names]).norm() for names in blocks])
    assert found.acted.item() == bool((sizes > max_norm).any())


def test_one_block_may_be_clipped_and_another_not():
    grad = torch.ones(1, LAYOUT.size, dtype=torch.float64)
    found = by_name(bound(ParameterNormClipping(max_norm=2.0), grad).gradient)
    assert found["layers.2.weight"].norm().item() == pytest.approx(2.0, rel=1e-14)
    assert torch.equal(found["layers.2.bias"], torch.ones(1, 3, dtype=torch.float64))


def units(name, values):
    """The units of a parameter, one by one: what the paper's eq. 3 calls W_i."""
    if values.ndim == 1:
        return [values]
    return list(values) if values.ndim == 4 else list(values.mT)


def adaptive_twin(grad, params, clipping, eps):
    gradients, weights = by_name(grad.clone()), by_name(params)
    for name, values in gradients.items():
        if not name.startswith("readout"):
            for unit, weight in zip(units(name, values[0]), units(name, weights[name][0]), strict=True):
                limit = clipping * max(weight.norm().item(), eps)
                if unit.norm().item() > limit:
                    unit.mul_(limit / unit.norm().item())
    return LAYOUT.flatten(gradients)


@pytest.mark.parametrize("clipping", [1e-3, 0.3, 1.0, 3.0])
def test_adaptive_clipping_is_the_loop_over_units(clipping):
    grad, params = random(1, LAYOUT.size), random(1, LAYOUT.size, seed=1)
    for view in by_name(params).values():
        view[..., 0] = 0  # the first unit of a linear weight, and weights into others, start at zero
    found = bound(AdaptiveClipping(clipping=clipping), grad, params)
    torch.testing.assert_close(found.gradient, adaptive_twin(grad, params, clipping, 1e-3), rtol=1e-13, atol=0)
    assert found.acted


def test_adaptive_clipping_leaves_the_readout_and_small_gradients_alone():
    grad, params = random(1, LAYOUT.size), 1e6 * random(1, LAYOUT.size, seed=1)
    found = bound(AdaptiveClipping(clipping=1e-9), grad, params)
    for name in ("readout.weight", "readout.bias"):
        assert torch.equal(by_name(found.gradient)[name], by_name(grad)[name])
    found = bound(AdaptiveClipping(clipping=1.0), grad, params)
    assert torch.equal(found.gradient, grad)
    assert (found.coefficient.item(), found.acted.item()) == (1.0, False)


def test_what_one_small_parameter_loses_does_not_show_in_the_coefficient():
    """Why `acted` is told apart: the norm after is that before to the last digit."""
    grad = torch.zeros(1, LAYOUT.size, dtype=torch.float64)
    views = by_name(grad)
    views["layers.2.weight"][..., 0] = 1e-12
    views["readout.weight"].fill_(1.0)
    found = bound(AdaptiveClipping(clipping=1e-12), grad)
    assert found.coefficient.item() == 1.0
    assert found.acted.item()


@settings(deadline=None, max_examples=20)
@given(gradients, bounds)
@pytest.mark.parametrize("rule", [ParameterNormClipping, LayerwiseNormClipping])
def test_clipping_of_blocks_is_idempotent(rule, grad, max_norm):
    once = bound(rule(max_norm=max_norm), grad).gradient
    twice = bound(rule(max_norm=max_norm), once).gradient
    torch.testing.assert_close(twice, once, rtol=1e-6, atol=3e-45)


@settings(deadline=None, max_examples=20)
@given(gradients, st.floats(1e-30, 1e6))
def test_adaptive_clipping_is_idempotent(grad, clipping):
    params = random(len(grad), LAYOUT.size, dtype=torch.float32)
    once = bound(AdaptiveClipping(clipping=clipping), grad, params).gradient
    twice = bound(AdaptiveClipping(clipping=clipping), once, params).gradient
    torch.testing.assert_close(twice, once, rtol=1e-6, atol=3e-45)


@pytest.mark.parametrize(
    "rule", [ParameterNormClipping(max_norm=1.0), LayerwiseNormClipping(max_norm=1.0), AdaptiveClipping(clipping=1.0)]
)
def test_a_block_with_an_infinite_entry_is_left_and_the_others_are_clipped(rule):
    grad, params = 100 * random(1, LAYOUT.size), random(1, LAYOUT.size, seed=1)
    by_name(grad)["conv.weight"][0, 1, 0, 0, 0] = torch.inf
    found = bound(rule, grad, params)
    assert torch.equal(by_name(found.gradient)["conv.weight"][0, 1], by_name(grad)["conv.weight"][0, 1])
    assert (by_name(found.gradient)["layers.2.weight"].norm() <= params.norm()).all()
    assert found.acted.item()
    assert found.coefficient.isnan()

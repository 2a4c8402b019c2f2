"""Clipping: exact at every size of gradient, and equal to torch's where torch is right."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gradx.optim import NoClipping, NormClipping, ValueClipping

entries = st.floats(width=32, allow_nan=False, allow_infinity=False)
gradients = st.lists(st.lists(entries, min_size=4, max_size=4), min_size=1, max_size=3).map(torch.tensor)
bounds = st.floats(1e-30, 1e30)


def norms(grad: Tensor) -> Tensor:
    return grad.double().square().sum(1).sqrt()


def bits(grad: Tensor) -> Tensor:
    return grad.view(torch.int32)


@settings(deadline=None)
@given(gradients, bounds)
def test_norm_after_is_the_smaller_of_norm_and_bound(grad, max_norm):
    before = norms(grad)
    clipped, coefficient, acted = NormClipping(max_norm=max_norm).clip(grad, before)
    assert clipped.dtype == torch.float32
    assert coefficient.dtype == torch.float64
    torch.testing.assert_close(norms(clipped), before.clamp(max=max_norm), rtol=1e-6, atol=0)
    torch.testing.assert_close(coefficient * before, before.clamp(max=max_norm), rtol=1e-12, atol=0)
    within = before <= max_norm
    assert torch.equal(bits(clipped[within]), bits(grad[within]))
    assert (coefficient[within] == 1).all()
    assert torch.equal(acted, before > max_norm)


@settings(deadline=None)
@given(gradients, bounds)
def test_norm_clipping_is_the_float64_product(grad, max_norm):
    """The slow twin: scale in float64, round once. So the direction is kept. Two float32 factors cost two roundings."""
    clipped, coefficient, _ = NormClipping(max_norm=max_norm).clip(grad, norms(grad))
    twin = (grad.double() * coefficient.unsqueeze(1)).float()
    torch.testing.assert_close(clipped, twin, rtol=3e-7, atol=3e-45)


@settings(deadline=None)
@given(gradients, bounds)
def test_norm_clipping_is_idempotent(grad, max_norm):
    rule = NormClipping(max_norm=max_norm)
    once, _, _ = rule.clip(grad, norms(grad))
    twice, _, _ = rule.clip(once, norms(once))
    torch.testing.assert_close(twice, once, rtol=1e-6, atol=3e-45)


@pytest.mark.parametrize("size", [1e-44, 1e-30, 1e-19, 1.0, 1e19, 1e30, 3e38])
@pytest.mark.parametrize("max_norm", [1e-30, 1e-3, 1.0, 1e30])
def test_extreme_entries_meet_the_bound(size, max_norm):
    grad = size * (torch.rand(2, 1000, generator=torch.Generator().manual_seed(0)) - 0.5)
    before = norms(grad)
    clipped, _, _ = NormClipping(max_norm=max_norm).clip(grad, before)
    torch.testing.assert_close(norms(clipped), before.clamp(max=max_norm), rtol=1e-6, atol=0)


def test_a_bound_below_float32_gives_zeros_and_not_nan():
    clipped, _, _ = NormClipping(max_norm=1e-100).clip(
        torch.full((1, 3), 3e38), torch.tensor([5e38], dtype=torch.float64)
    )
    assert torch.equal(clipped, torch.zeros(1, 3))


def test_divergence_passes_norm_clipping_and_leaves_the_others_alone():
    grad = torch.tensor([[3.0, 4.0], [torch.inf, 1.0], [torch.nan, 1.0], [0.0, -0.0]])
    clipped, coefficient, acted = NormClipping(max_norm=1.0).clip(grad, norms(grad))
    assert torch.equal(bits(clipped[1:]), bits(grad[1:]))
    torch.testing.assert_close(clipped[0], torch.tensor([0.6, 0.8]))
    expected = torch.tensor([0.2, torch.nan, torch.nan, 1.0], dtype=torch.float64)
    torch.testing.assert_close(coefficient, expected, rtol=1e-15, atol=0, equal_nan=True)
    assert acted.tolist() == [True, False, False, False]


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 100.0])
def test_norm_clipping_is_torch_without_its_constant(max_norm):
    grad = torch.randn(1, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    param = torch.zeros(50, dtype=torch.float64, requires_grad=True)
    param.grad = grad[0].clone()
    norm = torch.nn.utils.clip_grad_norm_(param, max_norm)
    constant = (norm + 1e-6) / norm if norm > max_norm else 1.0
    clipped, _, _ = NormClipping(max_norm=max_norm).clip(grad, norm.unsqueeze(0))
    torch.testing.assert_close(clipped[0], param.grad * constant, rtol=1e-12, atol=0)


@settings(deadline=None)
@given(st.lists(st.floats(width=32), min_size=4, max_size=4), st.floats(1e-30, 1e30))
def test_value_clipping_is_torch(row, clip_value):
    grad = torch.tensor([row])
    param = torch.zeros(4, requires_grad=True)
    param.grad = grad[0].clone()
    torch.nn.utils.clip_grad_value_(param, clip_value)
    clipped, _, _ = ValueClipping(clip_value=clip_value).clip(grad, norms(grad))
    torch.testing.assert_close(clipped[0], param.grad, rtol=0, atol=0, equal_nan=True)


@settings(deadline=None)
@given(gradients, bounds)
def test_coefficient_of_value_clipping_is_the_ratio_of_norms(grad, clip_value):
    before = norms(grad)
    clipped, coefficient, acted = ValueClipping(clip_value=clip_value).clip(grad, before)
    torch.testing.assert_close(coefficient * before, norms(clipped), rtol=1e-12, atol=0)
    assert torch.equal(acted, (clipped != grad).any(1))
    assert (coefficient[~acted] == 1).all()
    assert (coefficient <= 1).all()


def test_value_clipping_of_nan_and_inf():
    grad = torch.tensor([[torch.inf, 0.5], [torch.nan, 2.0], [0.0, 0.0]])
    clipped, coefficient, acted = ValueClipping(clip_value=1.0).clip(grad, norms(grad))
    torch.testing.assert_close(clipped, torch.tensor([[1.0, 0.5], [torch.nan, 1.0], [0.0, 0.0]]), equal_nan=True)
    expected = torch.tensor([0.0, torch.nan, 1.0], dtype=torch.float64)
    torch.testing.assert_close(coefficient, expected, equal_nan=True)
    assert acted.tolist() == [True, True, False]


def test_the_direction_that_clipping_by_value_leaves_of_gaussian_gradients():
    """sqrt(2 / pi) in the limit: the cosine of a Gaussian vector and its signs. The deviation is 1 / sqrt(entries)."""
    grad = torch.randn(1, 200_000, generator=torch.Generator().manual_seed(0))
    for clip_value, cosine in ((1e-6, math.sqrt(2 / math.pi)), (10.0, 1.0)):
        clipped, _, _ = ValueClipping(clip_value=clip_value).clip(grad, norms(grad))
        found = torch.cosine_similarity(clipped.double(), grad.double()).item()
        assert found == pytest.approx(cosine, abs=0.003)


@pytest.mark.parametrize("clipped_at", [1e-30, 1e-3])
def test_half_precision_is_scaled_as_if_in_float32(clipped_at):
    grad = torch.tensor([[3e4, 4e4, 1e-7]], dtype=torch.float16)
    clipped, _, _ = NormClipping(max_norm=clipped_at).clip(grad, norms(grad))
    assert torch.equal(clipped, (grad.double() * clipped_at / norms(grad)).half())


def test_no_clipping_is_the_identity():
    grad = torch.tensor([[torch.nan, 1e38]])
    clipped, coefficient, acted = NoClipping().clip(grad, norms(grad))
    assert clipped is grad
    assert coefficient.tolist() == [1.0]
    assert acted.tolist() == [False]

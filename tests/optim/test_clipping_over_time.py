"""Clipping with a memory, and clipping of examples: against numpy, plain Python, and closed forms."""

import numpy as np
import pytest
import torch
from common.problems import Given, random, slot
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.optim import AutoClip, NormClipping, PerSampleNormClipping, ZClip
from gradx.tensors.layout import Layout

LAYOUT = Layout([slot("weight", (2, 1))])
norms = st.lists(st.floats(1e-3, 1e3) | st.just(0.0), min_size=1, max_size=30)
INFINITE = (float("inf"), float("nan"))


def bounded(rule, sizes):
    """The norms after clipping gradients of these norms (float64), step by step."""
    state, after = rule.init(1), []
    for size in sizes:
        norm = torch.tensor([size], dtype=torch.float64)
        grad = torch.tensor([[size, 0.0]], dtype=torch.float64)
        found = rule.bound(grad, norm, state, Given(LAYOUT, grad))
        state = found.state
        after.append(found.gradient[0, 0].item())
    return after


@settings(deadline=None, max_examples=25)
@given(norms, st.integers(0, 100).map(float))
def test_autoclip_is_numpys_percentile_of_all_norms_so_far(sizes, percentile):
    seen, expected = [], []
    for size in sizes:
        seen.append(size)
        expected.append(min(size, np.percentile(seen, percentile)))
    found = bounded(AutoClip(clip_percentile=percentile), sizes)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_infinite_norms_pass_autoclip_and_are_forgotten():
    healthy = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0]
    sick = [INFINITE[0], *healthy[:3], INFINITE[1], *healthy[3:]]
    found = bounded(AutoClip(clip_percentile=40.0), sick)
    assert found[0] == float("inf")
    assert np.isnan(found[4])
    assert [*found[1:4], *found[5:]] == bounded(AutoClip(clip_percentile=40.0), healthy)


def test_autoclip_clips_nine_steps_of_ten_by_construction():
    sizes = random(1000).abs().tolist()
    after = bounded(AutoClip(), sizes)
    assert np.mean(np.array(after) < np.array(sizes)) == pytest.approx(0.9, abs=0.03)


def z_twin(sizes, rule):
    """The algorithm in plain numbers; variance and not deviation, the first ones gathered in a list."""
    first, mean, var, after = [], 0.0, 0.0, []
    for size in sizes:
        entering = size
        if len(first) < rule.warmup_steps:
            first.append(size)
            mean, var = np.mean(first), np.var(first)
        else:
            z = (size - mean) / (var**0.5 + rule.eps)
            if z > rule.z_thresh:
                scaled = mean + rule.z_thresh * var**0.5 * rule.z_thresh / z
                entering = mean if rule.clip_option == "mean" else scaled
            mean = rule.alpha * mean + (1 - rule.alpha) * entering
            var = rule.alpha * var + (1 - rule.alpha) * (entering - mean) ** 2
        after.append(entering if rule.max_grad_norm is None else min(entering, rule.max_grad_norm))
    return after


@pytest.mark.parametrize("clip_option", ["adaptive_scaling", "mean"])
@pytest.mark.parametrize("max_grad_norm", [None, 1.5])
def test_zclip_is_its_algorithm_in_plain_numbers(clip_option, max_grad_norm):
    sizes = (1 + 0.3 * random(300)).abs()
    sizes[[40, 90, 91, 200]] *= 50
    rule = ZClip(clip_option=clip_option, max_grad_norm=max_grad_norm, warmup_steps=10)
    found = bounded(rule, sizes.tolist())
    np.testing.assert_allclose(found, z_twin(sizes.tolist(), rule), rtol=1e-12)
    assert found[40] < 3


def test_zclip_clips_one_gaussian_norm_in_a_hundred():
    """P(z > 2.5) = 0.6 %, and a bit more as the running statistics are of about 33 norms."""
    sizes = (10 + random(2000)).tolist()
    after = bounded(ZClip(max_grad_norm=None), sizes)
    assert 0.003 < np.mean(np.array(after) < np.array(sizes)) < 0.03


def test_infinite_norms_pass_zclip_and_are_forgotten():
    healthy = (1 + 0.3 * random(60)).abs().tolist()
    sick = [INFINITE[0], *healthy[:40], INFINITE[1], INFINITE[0], *healthy[40:]]
    rule = ZClip(warmup_steps=5)
    found = bounded(rule, sick)
    assert [found[0], found[42]] == [float("inf")] * 2
    assert np.isnan(found[41])
    assert [*found[1:41], *found[43:]] == bounded(rule, healthy)


def test_zclip_knows_spread_where_squares_are_out_of_range():
    sizes = (1 + 0.3 * random(100)).abs()
    sizes[60] *= 50
    rule = ZClip(max_grad_norm=None, eps=0.0)
    expected = bounded(rule, sizes.tolist())
    assert expected[60] < 5
    for scale in (1e-200, 1e200):
        np.testing.assert_allclose(bounded(rule, (scale * sizes).tolist()), scale * np.array(expected), rtol=1e-9)


def per_sample(rule, examples):
    examples = torch.as_tensor(examples, dtype=torch.float64)
    grad = examples.mean(1)
    return rule.bound(grad, grad.norm(dim=1), {}, Given(LAYOUT, grad, the_examples=examples))


def test_clipping_examples_turns_the_sign_of_a_skewed_average():
    """+5 one time in four, -1 three times: 0.5 on average, -0.5 with each clipped at 1. The length is the same."""
    found = per_sample(PerSampleNormClipping(max_norm=1.0), [[[5.0, 0.0], [-1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]]])
    assert found.gradient.tolist() == [[-0.5, 0.0]]
    assert found.coefficient.tolist() == [1.0]
    assert found.acted.tolist() == [True]


def test_clipping_examples_can_lengthen_the_gradient():
    found = per_sample(PerSampleNormClipping(max_norm=1.0), [[[10.0, 0.0], [-5.0, 0.0], [-4.0, 0.0]]])
    assert found.gradient[0].tolist() == pytest.approx([-1 / 3, 0.0])
    assert found.coefficient.tolist() == pytest.approx([1.0])
    found = per_sample(PerSampleNormClipping(max_norm=1.0), [[[10.0, 0.0], [-5.0, 0.0], [-5.0, 0.0]]])
    assert (found.coefficient.tolist(), found.acted.tolist()) == ([float("inf")], [True])


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 2.0, 100.0])
def test_per_sample_clipping_is_norm_clipping_of_each_example(max_norm):
    examples = random(3, 8, 2)
    found = per_sample(PerSampleNormClipping(max_norm=max_norm), examples)
    rows = examples.flatten(0, 1)
    each, _, acted = NormClipping(max_norm=max_norm).clip(rows, rows.norm(dim=1))
    torch.testing.assert_close(found.gradient, each.view(3, 8, 2).mean(1), rtol=1e-13, atol=0)
    assert torch.equal(found.acted, acted.view(3, 8).any(1))
    assert (found.gradient.norm(dim=1) <= max_norm * (1 + 1e-12)).all()


def test_examples_within_bounds_leave_the_gradient_bit_for_bit():
    grad, examples = random(2, 2), random(2, 5, 2)
    found = PerSampleNormClipping(max_norm=1e9).bound(grad, grad.norm(dim=1), {}, Given(LAYOUT, grad, None, examples))
    assert torch.equal(found.gradient, grad)


@pytest.mark.parametrize(
    ("key", "value"), [("normalization", "batch"), ("regularization", "l2"), ("regularization", {"kind": "omega"})]
)
def test_what_does_not_go_with_examples_apart(key, value):
    found = list(PerSampleNormClipping.misfits({"clipping": "per_sample_norm", key: value}))
    assert [path for path, _ in found] == [("clipping",)]
    assert not list(PerSampleNormClipping.misfits({key: {"kind": "max_norm"}}))
    assert not list(PerSampleNormClipping.misfits({key: 3}))

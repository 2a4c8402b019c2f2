"""Published and closed-form values of the mean-field theory, and random networks as the slow twin."""

from functools import partial
from itertools import pairwise
from math import asin, inf, pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.theory.meanfield import chi, critical, fixed_point, line, on_the_line, variance


def sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def relu(z):
    return np.maximum(z, 0)


def by_torch(function, order, z):
    """`function` or its derivative at z, by autograd."""
    x = torch.from_numpy(z).requires_grad_()
    y = function(x)
    return (torch.autograd.grad(y.sum(), x)[0] if order else y).detach().numpy()


def pair(function):
    return partial(by_torch, function, 0), partial(by_torch, function, 1)


TANH = np.tanh, lambda z: 1 - np.tanh(z) ** 2
SIGMOID = sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))
RELU = relu, lambda z: (z > 0).astype(float)
IDENTITY = (lambda z: z), np.ones_like
ERF, GELU, SILU, SOFTPLUS, SIN = map(
    pair, (torch.erf, torch.nn.functional.gelu, torch.nn.functional.silu, torch.nn.functional.softplus, torch.sin)
)


def rate(functions, weight_variance, bias_variance):
    """chi_1 at the fixed point."""
    q = fixed_point(functions[0], weight_variance, bias_variance)
    return chi(functions[1], q if 0 < q < inf else 1e-10, weight_variance)


@pytest.mark.parametrize(("weight", "expected"), [(1, 0.7590), (1.5, 0.9386), (1.760955, 1.0), (4, 1.3424)])
def test_rates_of_tanh(weight, expected):
    assert rate(TANH, weight, 0.05) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("bias", "weight", "q"), [(0.01, 1.424205, 0.2733), (0.05, 1.760955, 0.5700), (0.5, 2.843167, 1.9710)]
)
def test_the_critical_line_of_tanh(bias, weight, q):
    found = critical(*TANH, bias)
    assert found.weight_variance == pytest.approx(weight, abs=1e-6)
    assert found.q == pytest.approx(q, abs=5e-5)


@pytest.mark.parametrize(
    ("functions", "weight"), [(TANH, 1), (ERF, pi / 4), (SIN, 1), (IDENTITY, 1), (RELU, 2)], ids=lambda x: str(x)[:8]
)
def test_critical_weights_without_biases(functions, weight):
    assert critical(*functions, 0.0).weight_variance == pytest.approx(weight, rel=1e-6)


@pytest.mark.parametrize("bias", [0.0, 0.01, 0.05, 0.5, 3.0])
def test_the_critical_line_of_erf_in_closed_form(bias):
    """sigma_w^2 = pi sqrt(1 + 4 q) / 4 and q = sigma_w^2 (2 / pi) asin(2 q / (1 + 2 q)) + sigma_b^2."""
    found = critical(*ERF, bias)
    weight, q = found.weight_variance, found.q
    assert weight == pytest.approx(pi * sqrt(1 + 4 * q) / 4, rel=1e-8)
    assert weight * 2 / pi * asin(2 * q / (1 + 2 * q)) + bias == pytest.approx(q, rel=1e-8)
    stability = weight * 4 / pi / ((1 + 2 * q) * sqrt(1 + 4 * q))  # by differentiating the right-hand side
    assert found.stability == pytest.approx(stability, rel=1e-5)


@pytest.mark.parametrize(("std", "expected"), [(1, 0.05572), (2, 0.17158), (8, 0.79482), (10.149, 1.0)])
def test_rates_of_the_sigmoid(std, expected):
    assert rate(SIGMOID, std**2, 0) == pytest.approx(expected, abs=1e-4)


def test_the_sigmoid_is_critical_at_10_149():
    assert sqrt(critical(*SIGMOID, 0.0).weight_variance) == pytest.approx(10.149, abs=5e-4)


@pytest.mark.parametrize(("std", "tolerance"), [(16, 3e-2), (60, 7e-3)])
def test_saturated_tanh_explodes(std, tolerance):
    """chi tends to 4 sigma_w / (3 sqrt(2 pi)) from above: q is less than sigma_w^2 by a share of 1 / sigma_w."""
    asymptote = 4 * std / (3 * sqrt(2 * pi))
    assert asymptote < rate(TANH, std**2, 0) == pytest.approx(asymptote, rel=tolerance)


@pytest.mark.parametrize("q", [1e-4, 1.0, 300.0])
def test_relu_has_the_same_rate_for_every_variance(q):
    assert chi(RELU[1], q, 2.0) == pytest.approx(1, rel=1e-12)
    assert chi(RELU[1], q, 1.0) == pytest.approx(1 / 2, rel=1e-12)  # Xavier
    assert chi(lambda z: np.where(z > 0, 1, 0.3), q, 1.7) == pytest.approx(1.7 * (1 + 0.3**2) / 2, rel=1e-12)


@pytest.mark.parametrize(
    ("functions", "expected"),
    [(RELU, 1 / 6), (TANH, 1 / 3), (IDENTITY, 1 / 3), (SIGMOID, 0.02001), (GELU, 1 / 12), (SILU, 1 / 12)],
    ids=["relu", "tanh", "identity", "sigmoid", "gelu", "silu"],
)
def test_rates_of_torchs_default_weights(functions, expected):
    assert rate(functions, 1 / 3, 0) == pytest.approx(expected, rel=5e-4)


@pytest.mark.parametrize("bias", [0.0, 0.1])
def test_relu_keeps_its_weights_and_loses_its_fixed_point(bias):
    found = critical(*RELU, bias)
    assert found.weight_variance == pytest.approx(2, rel=1e-12)
    assert found.q == (inf if bias else 1)


def test_softplus_is_never_critical():
    assert all(point.bias_variance < 0 for point in line(*SOFTPLUS))
    assert critical(*SOFTPLUS, 0.0) is None


@pytest.mark.parametrize(
    ("functions", "bias", "weight"),
    [(GELU, 0.17292239, 1.98305826), (SILU, 0.55514317, 1.98800468)],
    ids=["gelu", "silu"],
)
def test_gelu_and_silu_are_half_stable_where_published(functions, bias, weight):
    """Roberts, Yaida, Hanin 2021, arXiv:2106.10165, section 5.3.4: both susceptibilities are 1 there.

    Below that bias the fixed point is unstable: there is no critical network; above there is one.
    """
    for share, there in ((0.98, False), (1.02, True)):
        found = critical(*functions, bias * share)
        assert (found is not None) == there
        if found is not None:
            assert found.weight_variance == pytest.approx(weight, rel=2e-2)
            assert 0.95 < found.stability < 1
    points = [point for point in line(*functions) if point.q > 0.1]
    turns = [one for one, other in pairwise(points) if one.stability > 1 > other.stability]
    assert len(turns) == 1
    low, high = turns[0].q, 1.3 * turns[0].q
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if on_the_line(*functions, middle).stability > 1 else (low, middle)
    edge = on_the_line(*functions, low)
    assert edge.bias_variance == pytest.approx(bias, rel=1e-6)
    assert edge.weight_variance == pytest.approx(weight, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.001, 4))
def test_points_of_the_line_are_fixed_and_critical(bias):
    found = critical(*TANH, bias)
    assert variance(TANH[0], found.q, found.weight_variance, bias) == pytest.approx(found.q, rel=1e-9)
    assert chi(TANH[1], found.q, found.weight_variance) == pytest.approx(1, rel=1e-9)
    assert fixed_point(TANH[0], found.weight_variance, bias) == pytest.approx(found.q, rel=1e-9)


@pytest.mark.parametrize(("weight", "expected"), [(0.9, 0.0), (1.0, 0.0)])
def test_variances_fall_to_zero_in_the_ordered_phase(weight, expected):
    assert fixed_point(np.tanh, weight, 0.0) == pytest.approx(expected, abs=2e-4)


def test_variances_without_bound():
    assert fixed_point(relu, 2.1, 0.0) == inf
    assert fixed_point(relu, 1.9, 0.0) == 0.0


def test_a_wide_random_network_does_what_theory_says():
    """Slow twin: 30 layers of 500 tanh units, averaged over the last 20; 7 % are 3 standard errors of the squares."""
    generator = np.random.default_rng(0)
    weight, bias, n = 2.5, 0.1, 500
    z, squares, rates = generator.normal(size=n), [], []
    for _ in range(30):
        matrix = generator.normal(size=(n, n)) * sqrt(weight / n)
        gradient = generator.normal(size=n)
        back = matrix.T @ gradient * TANH[1](z)
        rates.append(back @ back / (gradient @ gradient))
        z = matrix @ np.tanh(z) + sqrt(bias) * generator.normal(size=n)
        squares.append(np.mean(z**2))
    q = fixed_point(np.tanh, weight, bias)
    assert np.mean(squares[10:]) == pytest.approx(q, rel=0.07)
    assert np.mean(rates[10:]) == pytest.approx(chi(TANH[1], q, weight), rel=0.07)

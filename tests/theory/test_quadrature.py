"""Gaussian expectations against closed forms, for smooth and kinked functions and small and large variances."""

from math import asin, exp, pi, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.theory.quadrature import expectation

VARIANCES = [1e-8, 1e-3, 0.3, 1.0, 2.0, 50.0, 1e4]


def erf(z):
    """By its derivative's integral, exact to rounding: 200 Gauss-Legendre nodes between 0 and min(z, 7)."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    end = np.clip(z, -7, 7)[:, None] / 2
    return (np.exp(-((end * (nodes + 1)) ** 2)) @ weights) * end[:, 0] * 2 / sqrt(pi)


@pytest.mark.parametrize("q", VARIANCES)
@pytest.mark.parametrize("power", [0, 2, 4, 6])
def test_moments(q, power):
    expected = q ** (power / 2) * {0: 1, 2: 1, 4: 3, 6: 15}[power]
    assert expectation(lambda z: z**power, q) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("q", VARIANCES)
def test_odd_functions_vanish(q):
    assert abs(expectation(np.tanh, q)) < 1e-14


@pytest.mark.parametrize("q", VARIANCES)
def test_erf_in_closed_form(q):
    assert expectation(lambda z: erf(z) ** 2, q) == pytest.approx(2 / pi * asin(2 * q / (1 + 2 * q)), rel=1e-8)
    slope = expectation(lambda z: 4 / pi * np.exp(-2 * z**2), q)
    assert slope == pytest.approx(4 / pi / sqrt(1 + 4 * q), rel=1e-8)


@pytest.mark.parametrize("q", VARIANCES)
def test_steps_and_kinks_at_whole_numbers(q):
    std = sqrt(q)
    assert expectation(lambda z: (z > 0).astype(float), q) == pytest.approx(0.5, rel=1e-12)
    assert expectation(lambda z: np.maximum(z, 0), q) == pytest.approx(std / sqrt(2 * pi), rel=1e-12)
    assert expectation(lambda z: np.maximum(z, 0) ** 2, q) == pytest.approx(q / 2, rel=1e-12)
    inside = 2 * NormalDist().cdf(1 / std) - 1
    assert expectation(lambda z: (abs(z) < 1).astype(float), q) == pytest.approx(inside, rel=1e-10)


@given(st.floats(0.01, 500), st.floats(-2, 2))
def test_a_wave_of_any_frequency(q, frequency):
    expected = exp(-q * frequency**2 / 2)
    assert expectation(lambda z: np.cos(frequency * z), q) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("q", [0.05, 0.5, 2.0])
def test_gauss_hermite_agrees_where_it_is_good(q):
    nodes, weights = np.polynomial.hermite_e.hermegauss(201)
    expected = np.tanh(sqrt(q) * nodes) ** 2 @ weights / weights.sum()
    assert expectation(lambda z: np.tanh(z) ** 2, q) == pytest.approx(expected, rel=1e-10)


def test_the_narrow_slope_of_saturated_units_is_not_missed():
    """E sech^4 z over N(0, q) tends to (4/3) / sqrt(2 pi q); 21 Gauss-Hermite nodes see almost nothing of it."""
    q = 1e4
    expected = 4 / 3 / sqrt(2 * pi * q)
    assert expectation(lambda z: (1 - np.tanh(z) ** 2) ** 2, q) == pytest.approx(expected, rel=1e-4)

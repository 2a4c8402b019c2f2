"""Quantiles of Student's t against the printed table, tail areas against closed forms and the density."""

from math import atan, gamma, inf, isclose, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.base.student import student_p, student_t

# 97.5 % quantiles, four digits: Abramowitz, Stegun 1964, table 26.10
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 10: 2.228, 15: 2.131, 20: 2.086}
TABLE |= {30: 2.042, 40: 2.021, 60: 2.000, 120: 1.980}


@pytest.mark.parametrize(("degrees", "quantile"), TABLE.items())
def test_student_t_is_that_of_the_table(degrees, quantile):
    assert student_t(degrees) == pytest.approx(quantile, rel=3e-4)  # the table's digits


def test_student_t_becomes_normal():
    assert student_t(10**6) == pytest.approx(1.959964, rel=1e-5)


EXACT = {1: 12.70620474, 2: 4.30265273, 3: 3.18244631, 4: 2.77644511, 5: 2.57058184, 10: 2.22813885, 30: 2.04227246}
"""97.5 % quantiles to eight decimals."""


@pytest.mark.parametrize(("degrees", "quantile"), EXACT.items())
def test_student_t_to_eight_decimals(degrees: int, quantile: float) -> None:
    assert student_t(degrees) == pytest.approx(quantile, abs=6e-9)


@pytest.mark.parametrize("degrees", [150, 200, 201, 1000])
def test_both_ways_to_the_quantile_agree(degrees: int) -> None:
    assert student_p(student_t(degrees), degrees) == pytest.approx(0.05, rel=1e-8)


@pytest.mark.parametrize(("degrees", "quantile"), EXACT.items())
def test_student_p_inverts_the_table(degrees: int, quantile: float) -> None:
    assert student_p(quantile, degrees) == pytest.approx(0.05, rel=1e-7)


@given(st.floats(-1e4, 1e4))
def test_student_p_in_closed_form(t: float) -> None:
    assert isclose(student_p(t, 1), 1 - 2 / pi * atan(abs(t)), abs_tol=1e-14)  # Cauchy
    assert isclose(student_p(t, 2), 1 - abs(t) / sqrt(2 + t * t), abs_tol=1e-14)


@pytest.mark.parametrize("degrees", range(1, 13))
@pytest.mark.parametrize("t", [0.1, 1.0, 2.5, 6.0])
def test_student_p_is_what_the_density_leaves(t: float, degrees: int) -> None:
    """By Simpson's rule over -t to t in 2000 pieces."""
    scale = gamma((degrees + 1) / 2) / (sqrt(degrees * pi) * gamma(degrees / 2))
    heights = [scale * (1 + (x * t / 2000) ** 2 / degrees) ** (-(degrees + 1) / 2) for x in range(2001)]
    area = t / 2000 / 3 * (heights[0] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2]) + heights[-1])
    assert student_p(t, degrees) == pytest.approx(1 - 2 * area, abs=1e-12)


@given(st.floats(0, 100), st.floats(0, 100), st.integers(1, 60))
def test_student_p_falls_with_the_distance(t: float, other: float, degrees: int) -> None:
    near, far = sorted((t, other))
    assert 0 <= student_p(far, degrees) <= student_p(near, degrees) + 1e-13 <= 1 + 1e-13
    assert student_p(-t, degrees) == student_p(t, degrees)


@pytest.mark.parametrize("degrees", [1, 2, 7, 8])
def test_student_p_at_the_ends(degrees: int) -> None:
    assert student_p(0.0, degrees) == 1.0
    assert student_p(inf, degrees) == pytest.approx(0.0, abs=1e-15)


def test_student_p_becomes_normal() -> None:
    assert student_p(1.959964, 10**5) == pytest.approx(0.05, rel=1e-4)

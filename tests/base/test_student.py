"""Quantiles of Student's t against the printed table."""

import pytest

from gradx.base.student import student_t

# 97.5 % quantiles, four digits: Abramowitz, Stegun 1964, table 26.10
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 10: 2.228, 15: 2.131, 20: 2.086}
TABLE |= {30: 2.042, 40: 2.021, 60: 2.000, 120: 1.980}


@pytest.mark.parametrize(("degrees", "quantile"), TABLE.items())
def test_student_t_is_that_of_the_table(degrees, quantile):
    assert student_t(degrees) == pytest.approx(quantile, rel=2e-4 if degrees <= 3 else 5e-3)


def test_student_t_becomes_normal():
    assert student_t(10**6) == pytest.approx(1.959964, rel=1e-5)

"""Texts of cells."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.html.cells import cell, digits_of, number


@given(st.floats(-1e300, 1e300))
def test_a_number_is_as_near_as_three_digits_allow(value):
    whole = value.is_integer() and abs(value) < 10_000
    assert abs(float(number(value)) - value) <= (0 if whole else 0.00501 * abs(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123456, "0.0123"), (1e-20, "1e-20"), (123456.0, "1.23e5"), (12345678, "12345678"), (300.0, "300"),
        (0.0, "0"), (-1.5, "-1.5"), (99999.9, "1e5"), (12345.6, "12300"), (2.125, "2.13"),
        (inf, "inf"), (-inf, "-inf"), (nan, "nan"),
    ],
)  # fmt: skip
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "number", "-"), (True, "text", "yes"), (False, "word", "no"), (0.1234567, "spec", "0.1235"),
        (1e7, "spec", "10000000"), ("vanishing", "word", "▼ vanishing"), ("vanishing", "text", "vanishing"),
        ("else", "word", "else"), (nan, "number", "nan"),
    ],
)  # fmt: skip
def test_cells(value, kind, text):
    assert cell(value, kind, 4) == text


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=20, unique=True))
def test_digits_tell_values_apart(values):
    digits = digits_of(values)
    assert len({f"{value:.{digits}g}" for value in values}) == len(values)

"""Contrast as WCAG defines it, and letters that can be read on any colour."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.colours import contrast, ends, ink

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == 1
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@given(COLOURS, COLOURS)
def test_it_is_the_same_both_ways(one: str, other: str) -> None:
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21.000001


@given(COLOURS)
def test_every_colour_has_an_ink(colour: str) -> None:
    assert contrast(ink(colour), colour) >= 4.5


@pytest.mark.parametrize(
    ("values", "log", "centre", "expected"),
    [
        ([0.6, 2.01], True, 1.0, (0.4, 2.5)), ([0.6, 1.31], True, 1.0, (0.5, 2.0)), ([1.0], True, 1.0, (0.8, 1.25)),
        ([1e-7, 3.0], True, 1.0, (1e-7, 1e7)), ([-1.2, 0.3], False, 0.0, (-1.5, 1.5)),
        ([0.234, 2.31], False, None, (0.0, 2.5)), ([3e-5, 0.7], True, None, (2e-5, 1.0)),
        ([nan, inf, None, 0.0, 1.0, 30.0], True, None, (1.0, 50.0)), ([nan], False, None, (0.0, 1.0)),
    ],
)  # fmt: skip
def test_ends_of_a_scale_are_round(values, log, centre, expected) -> None:
    assert ends(values, log, centre) == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)), st.booleans(), st.sampled_from([None, 0.0, 1.0]))
def test_values_lie_between_the_ends(values: list[float], log: bool, centre: float | None) -> None:
    low, high = ends(values, log, centre)
    assert low < high
    assert high - low < inf
    placed = [value for value in values if (value > 0 or not log) and abs(value) < 1e307]
    room = 1e-6 * (high - low)
    assert all(low - room <= value <= high + room for value in placed)

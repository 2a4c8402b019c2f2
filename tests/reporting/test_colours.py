"""Contrast as WCAG defines it, and letters that can be read on any colour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.colours import contrast, ink

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

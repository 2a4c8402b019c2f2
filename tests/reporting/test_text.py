"""Numbers and texts for people: few digits, distinct values distinct, nothing that a terminal acts on."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gradx.reporting.text import clipped, count, duration, number, rate, shown, spec_texts


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.3, "0.3 s"), (37, "37 s"), (59.7, "1 min"), (200, "3 min"), (7200, "2.0 h"), (360_000, "4.2 days")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(813.4, "813 runs/s"), (14.2, "14 runs/s"), (9.97, "10 runs/s"), (1.26, "1.3 runs/s"), (0.25, "15 runs/min"),
     (0.01, "36 runs/h"), (1e-5, "0.036 runs/h")],
)  # fmt: skip
def test_rate(per_second: float, text: str) -> None:
    assert rate(per_second) == text


def test_no_negative_zero() -> None:
    assert (number(-0.0), number(-1e-9, 3), number(None)) == ("0", "-1e-09", "-")


def test_count() -> None:
    assert [count(1, "run"), count(12345, "run"), count(0, "entry", "entries")] == ["1 run", "12,345 runs", "0 entries"]


def test_values_of_a_spec() -> None:
    assert spec_texts([0.1, 0.30000000000000004, 1e-8, 2.0]) == ["0.1", "0.3", "1e-08", "2"]
    assert spec_texts([1.00001, 1.00002]) == ["1.00001", "1.00002"]
    assert spec_texts([None, True, "tanh", 16384, 16384.0, 2**60]) == [
        "-", "true", "tanh", "16384", "16384", "1152921504606846976",
    ]  # fmt: skip


@given(st.lists(st.floats(allow_nan=False), max_size=20))
def test_values_that_differ_look_different(values: list[float]) -> None:
    assert len(set(spec_texts(values))) == len(set(values))


@given(st.text(), st.integers(1, 30), st.booleans())
def test_clipped_text_fits(text: str, columns: int, ascii_only: bool) -> None:
    safe = shown(text, ascii_only)
    cut = clipped(safe, columns, ascii_only)
    assert cell_len(cut) <= columns
    assert safe.isprintable()
    assert cut == safe or cell_len(safe) > columns
    assert not ascii_only or cut.isascii()


def test_not_a_number_is_said() -> None:
    assert spec_texts([nan]) == ["nan"]


def test_factors_are_told_in_ascii_too() -> None:
    assert shown("growth × 1.38", ascii_only=True) == "growth x 1.38"

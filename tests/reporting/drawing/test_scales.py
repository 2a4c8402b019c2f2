"""Ranges and ticks: all values within, round places in ascending order, labels that differ; texts cut to their room."""

from itertools import pairwise
from math import isclose, log10

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from gradx.reporting.drawing.scales import fitting, numbered, span, ticks
from gradx.reporting.drawing.texts import distinct, lines_of, plain, width_of

ABOVE_ZERO = st.floats(min_value=5e-324, allow_nan=False, allow_infinity=False)


@given(st.lists(ABOVE_ZERO, min_size=1, max_size=9))
def test_a_log_range_holds_all_and_a_decade_at_least(values: list[float]) -> None:
    low, high = span(values, True)
    assert 0 < low <= min(values)
    assert max(values) <= high * 1.02  # the largest doubles are beyond the highest power
    assert log10(high) - log10(low) > 0.99 or max(values) > 1e307 or min(values) < 1e-322


@given(st.lists(st.floats(-1e306, 1e306), min_size=1, max_size=9))
def test_a_linear_range_holds_all(values: list[float]) -> None:
    low, high = span(values, False)
    assert low <= min(values) <= max(values) <= high
    assert low < high


@given(st.floats(-300, 300), st.floats(0.01, 600), st.integers(3, 12))
def test_ticks_of_a_log_axis(exponent: float, decades: float, most: int) -> None:
    assume(exponent + decades < 305)
    low, high = 10.0**exponent, 10.0 ** (exponent + decades)
    places, labels = ticks(low, high, True, most)
    assert places == sorted(set(places))
    assert all(low * 0.999999 <= place <= high * 1.000001 for place in places)
    assert 1 <= len(places) <= most + 1
    assert len(set(labels)) == len(labels)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(3, 12))
def test_ticks_of_a_linear_axis(low: float, wide: float, most: int) -> None:
    places, labels = ticks(low, low + wide, False, most)
    assert 1 <= len(places) <= most + 1
    assert all(low <= place <= low + wide for place in places)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("low", "high", "log", "labels"),
    [
        (0.05, 2000, True, ["0.1", "1", "10", "100", "1000"]),
        (0.8, 13, True, ["1", "2", "5", "10"]),
        (0.93, 1.08, True, ["0.95", "1", "1.05"]),
        (1e-9, 1e-4, True, [rf"$\mathdefault{{10^{{-{k}}}}}$" for k in (9, 8, 7, 6, 5, 4)]),
        (0, 1, False, ["0", "0.25", "0.5", "0.75", "1"]),
        (-3, 3, False, ["−2", "0", "2"]),
    ],
)
def test_ticks_people_expect(low: float, high: float, log: bool, labels: list[str]) -> None:
    assert ticks(low, high, log, 6 if log else 5)[1] == labels


def test_ticks_of_whole_numbers() -> None:
    assert ticks(0.5, 3.5, False, 9, integer=True)[0] == [1, 2, 3]


def test_numbers_of_an_axis() -> None:
    assert numbered([-0.0, 1e-5, 30.000000000000004, -2.5, 1e30]) == ["0", "1e−5", "30", "−2.5", "1e30"]


@given(st.lists(st.floats(0, 1000), max_size=30), st.floats(1, 50))
def test_chosen_labels_have_room(places: list[float], width: float) -> None:
    places.sort()
    chosen = fitting(places, [width] * len(places), 2.0)
    kept = [places[place] for place in chosen]
    assert chosen[:1] == ([0] if places else [])
    assert all(b - a >= width + 2 - 1e-9 for a, b in pairwise(kept))


@given(st.text(max_size=300), st.floats(30, 400))
def test_texts_have_their_room_and_are_never_mathematics(text: str, room: float) -> None:
    cut = plain(text, room)
    assert cut.count("$") == cut.count(r"\$")
    assert width_of(cut.replace(r"\$", "$"), 9.0) <= room + 1e-9
    assert all(char.isprintable() for char in cut)
    assert len(plain(text)) >= len(text)


def test_a_long_text_keeps_both_ends() -> None:
    cut = plain("orthogonal " * 20 + "seed 7", 100)
    assert cut.startswith("ortho")
    assert cut.endswith("seed 7")
    assert "…" in cut


def test_texts_that_differ_in_the_middle_are_numbered() -> None:
    texts = ["a" * 60 + str(number) + "a" * 60 for number in range(3)]
    assert [text[:3] for text in distinct(texts, 100, 9.0)] == ["1: ", "2: ", "3: "]
    assert distinct(["a", "a", "b"], 100, 9.0) == ["a", "a", "b"]  # alike before they were cut


def test_width_is_that_of_the_letters() -> None:
    for text in ("gradient norm (L2)", "▼ 0.123", "Ж…∞"):
        drawn, _, _ = text_to_path.get_text_width_height_descent(
            text, FontProperties(family=["DejaVu Sans"], size=9), False
        )
        assert isclose(width_of(text, 9.0), drawn, rel_tol=0.05)


def test_lines_break_at_blanks() -> None:
    assert lines_of("one two three", width_of("one two ", 9.0), 9.0, 3) == "one two\nthree"
    assert lines_of("word " * 50, 100, 9.0, 2).count("\n") == 1
    assert lines_of("", 100, 9.0, 2) == ""

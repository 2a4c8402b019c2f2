"""Lines of a chart as text: what goes up looks so, what has no place on the scale is marked, any width is kept."""

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gradx.reporting.elements import Axis, LineChart, Series
from gradx.reporting.terminal.layout import laid_out
from gradx.reporting.terminal.sparks import sparks


def chart(*lines: list[float | None], log: bool = True, words: tuple[str, ...] = ()) -> LineChart:
    series = [Series(f"line {place}", list(range(len(values))), values) for place, values in enumerate(lines)]
    return LineChart("key", "title", Axis("depth", words=words), Axis("growth", log=log), series)


def courses(made: LineChart, width: int = 80, ascii_only: bool = False) -> list[str]:
    found = sparks(made, 8, width, ascii_only)
    assert found is not None
    return [text for text, _ in found.columns[1].cells]


def test_equal_ratios_are_equal_steps_on_a_logarithmic_scale() -> None:
    assert courses(chart([10.0**exponent for exponent in range(8)])) == ["".join(c * 4 for c in "▁▂▃▄▅▆▇█")]
    assert courses(chart([float(value) for value in range(8)], log=False)) == ["".join(c * 4 for c in "▁▂▃▄▅▆▇█")]
    assert courses(chart([1.0, 1.0])) == ["▄▄▄▄▄▄▄▄"]


def test_all_lines_have_one_scale() -> None:
    low, high = courses(chart([1.0, 2.0], [1e6, 2e6]))
    assert set(low) == {"▁"}
    assert set(high) == {"█", "▇"} or set(high) == {"█"}


def test_what_has_no_place_is_marked() -> None:
    made = chart([1.0, 0.0, inf, nan, None, 10.0])
    assert courses(made) == ["▁▁▁▁0000∞∞∞∞????    ████"]
    assert courses(made, ascii_only=True) == ["....0000iiii????    ####"]
    note = sparks(made, 8, 80).note  # type: ignore[union-attr]
    assert "0: exactly zero; ∞: infinite; ?: not a number; blank: missing" in note
    assert courses(chart([0.0, 1.0], log=False)) == ["▁▁▁▁████"]
    assert courses(chart([-inf, 1.0], log=False)) == ["----▄▄▄▄"]
    assert courses(chart([nan, nan])) == ["????????"]


def test_a_mark_among_many_places_stays_visible() -> None:
    values: list[float | None] = [1.0] * 1000
    values[777] = nan
    assert courses(chart(values))[0].count("?") == 1


def test_ends_axis_and_further_lines() -> None:
    made = sparks(chart([0.5, None], *[[1.0, 2.0]] * 9), 8, 80)
    assert made is not None
    assert [column.heading for column in made.columns] == ["", "depth 0 … 1", "first", "last"]
    assert [column.cells[0][0] for column in made.columns[2:]] == ["0.5", "-"]
    assert made.note.endswith("2 more lines")
    worded = sparks(chart([1.0, 2.0], words=("tanh", "relu")), 8, 80)
    assert worded is not None
    assert worded.columns[1].heading == "depth: tanh, relu"


def test_nothing_to_draw() -> None:
    assert sparks(chart(), 8, 80) is None
    assert sparks(chart([1.0]), 8, 80) is None


@given(
    st.lists(st.lists(st.none() | st.floats(), min_size=2, max_size=120), min_size=1, max_size=9),
    st.integers(40, 240),
    st.booleans(),
    st.booleans(),
)
def test_any_values_fit_any_width(lines: list, width: int, log: bool, ascii_only: bool) -> None:
    made = sparks(chart(*lines, log=log), 8, width, ascii_only)
    assert made is not None
    for line in laid_out(made.columns, width, ascii_only).lines:
        assert cell_len(line.plain) <= width
        assert not ascii_only or line.plain.isascii()


@pytest.mark.parametrize("value", [5e-324, 1.7e308])
def test_the_ends_of_float64(value: float) -> None:
    assert len(courses(chart([value, 1.0]))[0]) == 8


def test_the_note_names_the_average() -> None:
    series = [Series("a", [0.0, 1.0], [1.0, 2.0])]
    chart = LineChart("k", "t", Axis("x"), Axis("growth"), series, caption="Geometric mean over seeds; band: range.")
    drawn = sparks(chart, 8, 80)
    assert drawn is not None
    assert drawn.note.startswith("growth, geometric mean over seeds; ")
    assert "each column" not in drawn.note
    many = [float(place) for place in range(200)]
    drawn = sparks(replace(chart, series=[Series("a", many, many)]), 8, 80)
    assert drawn is not None
    assert "each column the mean of several places" in drawn.note

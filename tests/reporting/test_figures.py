"""Figures: a labelled line for each entry, special values at the edge, the limits of float32, reproducible files."""

from math import inf, nan

import pandas as pd
import pytest

from gradx.reporting.figures import overview, profiles, save


def entry(label: str, values: list[float]) -> tuple[str, pd.DataFrame]:
    return label, pd.DataFrame({"index": range(1, len(values) + 1), "value": values})


FALLING = entry("falling", [10.0**-k for k in range(30, 0, -1)])
FLAT = entry("flat $x_1$", [1.0, 1.1, 0.9])


def labelled(axes) -> list[str]:
    return [line.get_label() for line in axes.get_lines() if not line.get_label().startswith("_")]


def test_a_line_and_a_name_for_each_entry() -> None:
    (axes,) = profiles([FALLING, FLAT], "depth", "Title").axes
    assert labelled(axes) == ["falling", r"flat \$x_1\$"]
    assert len(axes.get_legend().get_texts()) == 2
    styles = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in axes.get_lines()[:2]}
    assert len(styles) == 2
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel().startswith("layer")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1e-30, 1.0], ["read 0"]),
        ([1e25, 1.0], ["read inf"]),
        ([1e-30, 1e30], ["read 0", "read inf"]),
        ([1.0, 2.0], []),
    ],
)
def test_the_limits_of_float32_norms_are_marked_where_values_come_near(values, words) -> None:
    (axes,) = profiles([entry("a", values)], "time").axes
    texts = [text.get_text() for text in axes.texts]
    assert [text[-len(word) :] for text, word in zip(texts, words, strict=True)] == words


def test_zero_inf_and_nan_stand_at_the_edge_and_missing_is_a_gap() -> None:
    frame = pd.DataFrame({"index": [1, 2, 3, 4, 6], "value": [0.0, 1.0, inf, nan, 2.0]})
    (axes,) = profiles([("a", frame)], "depth").axes
    line, *marks = axes.get_lines()
    assert {mark.get_marker(): mark.get_xdata().tolist() for mark in marks} == {
        "$0$": [1],
        r"$\infty$": [3],
        "$?$": [4],
    }
    assert [bool(value > 0) for value in line.get_ydata()] == [False, True, False, False, False, True]
    assert line.get_markevery() == [1, 5]  # both stand alone: without a marker they could not be seen


def test_a_flat_profile_is_not_stretched() -> None:
    low, high = profiles([FLAT], "depth").axes[0].get_ylim()
    assert high / low >= 99


def test_overview_has_depth_at_the_left_and_time_at_the_right() -> None:
    left, right = overview([FALLING], [FLAT, FALLING]).axes
    assert (left.get_xlabel().split()[0], right.get_xlabel().split()[0]) == ("layer", "time")
    assert (len(labelled(left)), len(labelled(right))) == (1, 2)


def test_nothing_measured_is_said() -> None:
    (axes,) = profiles([], "depth").axes
    assert [text.get_text() for text in axes.texts] == ["nothing was measured"]


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_same_figure_gives_the_same_bytes(tmp_path, suffix) -> None:
    paths = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for path in paths:
        save(overview([FALLING], [FLAT]), path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second


def test_other_formats_are_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match=r"cannot write '.gif' \(allowed: .svg, .pdf, .png\)"):
        save(profiles([FLAT], "depth"), tmp_path / "a.gif")

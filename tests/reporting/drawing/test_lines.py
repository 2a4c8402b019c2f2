"""Line charts: a labelled line for each series, special values at the edge, limits, events, words, nothing covered."""

from math import inf, log10, nan

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from reporting.drawing.charts import ABOVE, BELOW, FALLING, FLAT, HOSTILE, apart, boxes, legend, lines, values

from gradx.reporting.colours import contrast
from gradx.reporting.drawing import figure
from gradx.reporting.drawing.style import COLOURS
from gradx.reporting.elements import Axis, Event, Series


def test_a_line_and_a_name_for_each_series() -> None:
    drawn = figure(lines(FALLING, Series("flat $x_1$", FLAT.x, FLAT.y)))
    assert legend(drawn) == ["falling", r"flat \$x_1\$"]
    (axes,) = drawn.axes
    styles = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in axes.get_lines()}
    assert len(styles) == 2
    assert (axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()) == ("log", "layer", "norm, log scale")


def test_twenty_lines_are_told_apart_by_marker_and_by_colour_with_style() -> None:
    (axes,) = figure(lines(*(values(1.0, 2.0 + k, label=str(k)) for k in range(20)))).axes
    found = axes.get_lines()
    assert len({(line.get_color(), line.get_linestyle(), line.get_marker()) for line in found}) == 20
    assert len({(line.get_linestyle(), line.get_marker()) for line in found}) >= 14  # without colours


@pytest.mark.parametrize(
    ("given", "words"),
    [([1e-30, 1.0], ["read 0"]), ([1e25, 1.0], ["read inf"]), ([1e-30, 1e30], ["read 0", "read inf"]), ([1, 2], [])],
)
def test_limits_are_marked_where_values_come_near(given, words) -> None:
    (axes,) = figure(lines(values(*given), limits=[BELOW, ABOVE])).axes
    texts = [text.get_text() for text in axes.texts]
    assert [text[-len(word) :] for text, word in zip(texts, words, strict=True)] == words
    low, high = axes.get_ylim()
    assert all(low < limit.value < high for limit, word in ((BELOW, "read 0"), (ABOVE, "read inf")) if word in words)


def test_zero_inf_and_nan_stand_at_the_edge_and_missing_is_a_gap() -> None:
    drawn = figure(lines(values(0.0, 1.0, inf, nan, None, 2.0, -1.0)))
    line, *marks = drawn.axes[0].get_lines()
    assert {mark.get_marker(): mark.get_xdata().tolist() for mark in marks} == {
        "$0$": [1], r"$\infty$": [3], "$?$": [4], "$-$": [7],
    }  # fmt: skip
    assert [bool(value > 0) for value in line.get_ydata()] == [False, True, False, False, False, True, False]
    assert line.get_markevery() == [1, 5]  # both stand alone: without a marker they could not be seen
    assert legend(drawn) == ["a", "zero", "below 0", "NaN", "inf"]


def test_on_a_linear_axis_zero_is_a_value() -> None:
    drawn = figure(lines(values(0.0, -1.0, inf, nan, -inf), log=False))
    line, *marks = drawn.axes[0].get_lines()
    assert np.isfinite(line.get_ydata()).tolist() == [True, True, False, False, False]
    assert {mark.get_marker(): mark.get_xdata().tolist() for mark in marks} == {
        r"$\infty$": [3], "$?$": [4], r"$-\infty$": [5],
    }  # fmt: skip


def test_marks_at_one_place_stand_above_each_other() -> None:
    drawn = figure(lines(*(values(nan, 1.0, label=label) for label in "abc")))
    marks = [line for line in drawn.axes[0].get_lines() if line.get_marker() == "$?$"]
    heights = [mark.get_ydata()[0] for mark in marks]
    assert len(set(heights)) == 3
    assert min(abs(a - b) for a in heights for b in heights if a != b) > 0.02


@pytest.mark.parametrize("worst", [inf, -inf])
def test_nan_stands_at_the_edge_that_it_counts_as(worst: float) -> None:
    (axes,) = figure(lines(values(1.0, nan), worst=worst)).axes
    (mark,) = [line for line in axes.get_lines() if line.get_marker() == "$?$"]
    assert (mark.get_ydata()[0] > 0.8, mark.get_ydata()[0] < 0.2) == (worst > 0, worst < 0)


def test_a_flat_line_is_not_stretched() -> None:
    low, high = figure(lines(FLAT)).axes[0].get_ylim()
    assert high / low >= 9.99


def test_a_prediction_is_dashed_without_markers_over_the_others() -> None:
    measured, theory = (
        figure(lines(FALLING, Series("theory", FALLING.x, FALLING.y, predicted=True))).axes[0].get_lines()
    )
    assert (theory.get_marker(), theory.get_linestyle(), measured.get_marker()) == ("none", "--", "o")
    assert theory.get_zorder() > measured.get_zorder()
    assert theory.get_color() != measured.get_color()


def test_chance_takes_no_colour_of_a_series() -> None:
    measured = [values(1.0, 2.0, label=label) for label in "abcdefgh"]
    chance = Series("chance", measured[0].x, measured[0].y, predicted=True)
    *drawn, last = figure(lines(*measured, chance)).axes[0].get_lines()
    assert last.get_color() not in COLOURS
    assert len({(line.get_color(), line.get_marker()) for line in drawn}) == 8


def test_predictions_for_each_line_have_its_colour() -> None:
    measured = [values(1.0, 2.0, label=label) for label in "ab"]
    theories = [Series(f"theory of {one.label}", one.x, one.y, predicted=True) for one in measured]
    drawn = figure(lines(*measured, *theories)).axes[0].get_lines()
    assert [line.get_color() for line in drawn[:2]] == [line.get_color() for line in drawn[2:]]


def test_where_all_values_lie_beyond_a_limit_it_is_still_shown() -> None:
    low, high = figure(lines(values(1e30, 1e32), limits=[ABOVE])).axes[0].get_ylim()
    assert low <= ABOVE.value < high


@pytest.mark.parametrize(("low", "high"), [([0.1, 0.2, 0.3], [10.0, 20.0, 30.0]), ([0.0, 0.2, 0.3], [1.0, inf, 30.0])])
def test_a_band_holds_what_lies_between_its_ends(low, high) -> None:
    (axes,) = figure(lines(values(1.0, 1.0, 1.0, low=low, high=high))).axes
    bottom, top = axes.get_ylim()
    corners = np.concatenate([band.get_paths()[0].vertices[:, 1] for band in axes.collections])
    assert (corners.min(), corners.max()) == (max(min(low), bottom), min(max(high), top))


def test_a_point_without_neighbours_has_a_bar() -> None:
    (axes,) = figure(lines(values(1.0, None, 2.0, low=[0.5, None, 1.0], high=[2.0, None, 3.0]))).axes
    bars = axes.collections[-1].get_segments()
    assert [bar[:, 1].tolist() for bar in bars] == [[0.5, 2.0], [1.0, 3.0]]


def test_nothing_measured_is_said() -> None:
    for chart in (lines(), lines(values()), lines(values(None, None))):
        drawn = figure(chart)
        assert [text.get_text() for text in drawn.axes[0].texts] == ["nothing was measured"]
        assert not drawn.axes[0].axison


def test_where_all_is_nan_there_is_no_scale() -> None:
    (axes,) = figure(lines(values(nan, nan))).axes
    assert axes.get_yticks().tolist() == []


def test_events_have_a_line_and_words_that_nothing_crosses() -> None:
    events = [Event(50.0, "diverged"), Event(51.0, "warm-up ends"), Event(52.0, "again"), Event(99.0, "near the end")]
    drawn = figure(lines(Series("a", range(100), [1.0] * 100), events=events, x=Axis("step")))
    (axes,) = drawn.axes
    assert {text.get_text() for text in axes.texts} == {event.label for event in events}
    title = boxes(drawn, [axes._left_title])
    assert apart([*map(Text.get_window_extent, axes.texts), *title])  # without the lines down to the axes


@pytest.mark.parametrize("width", [3.4, 7.0])
def test_many_events_say_what_they_can_and_count_the_rest(width) -> None:
    events = [Event(float(step), f"seed {step} diverged") for step in range(0, 100, 4)] + [Event(7.0, "x")] * 3
    drawn = figure(lines(Series("a", range(100), [1.0] * 100), events=events, x=Axis("step")), width)
    boxes(drawn, [])
    texts = drawn.axes[0].texts
    assert 0 < len(texts) < 26
    assert apart(list(map(Text.get_window_extent, texts)))
    said = sum(3 if "×3" in text.get_text() else 1 for text in texts)
    assert legend(drawn)[-1] == f"{28 - said} more events"


def test_words_stand_below_and_nothing_joins_them() -> None:
    names = ["sigmoid", "tanh", "relu"]
    chart = lines(*(Series(label, range(3), [1.0, 2.0, 3.0]) for label in "ab"), x=Axis("activation", words=names))
    (axes,) = figure(chart).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == names
    first, second = axes.get_lines()
    assert first.get_linestyle() == "None"
    assert (first.get_xdata() < second.get_xdata()).all()  # beside each other, not over


@pytest.mark.parametrize("width", [3.4, 7.0])
@pytest.mark.parametrize("amount", [3, 20, 60])
def test_long_words_do_not_cover_each_other(width, amount) -> None:
    axis = Axis("architecture", words=[f"bidirectional_lstm_with_layer_norm_{k}" for k in range(amount)])
    drawn = figure(lines(Series("a", range(amount), [1.0] * amount), x=axis), width)
    labels = drawn.axes[0].get_xticklabels()
    assert len({label.get_text() for label in labels}) == len(labels) > 1
    found = boxes(drawn, labels)
    turned = labels[0].get_rotation()
    assert turned in (0, 35, 90)
    if turned != 35:  # the rectangles around oblique texts always cover each other
        assert apart(found)


def test_zero_has_a_place_beside_a_log_axis() -> None:
    chart = lines(Series("a", [0.0, 1e-5, 1e-3], [1.0, 2.0, 3.0]), x=Axis("weight decay", log=True))
    (axes,) = figure(chart).axes
    line = axes.get_lines()[0]
    assert 0 < line.get_xdata()[0] < 1e-5
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1e−5", "0.001"]
    assert axes.get_xscale() == "log"


def test_the_reference_is_a_line_where_it_is_near() -> None:
    for y, shown in (([0.9, 0.95], True), ([1e-9, 1e-8], False)):
        (axes,) = figure(lines(values(*y), reference=1.0)).axes
        assert ([1.0, 1.0] in [list(line.get_ydata()) for line in axes.get_lines()]) == shown


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize(
    "y", [[5e-324, 1.0, 1.7e308], [-1.7e308, 0.0, 1.7e308], [-inf, inf, nan], [0.0, 0.0], [1e-300, 1e-310], [7.0]]
)
def test_any_numbers_can_be_drawn(y, log) -> None:
    drawn = figure(lines(values(*y), values(*y[::-1], label="b"), log=log, limits=[BELOW, ABOVE], reference=1.0), 3.4)
    boxes(drawn, [])
    low, high = drawn.axes[0].get_ylim()
    assert -inf < low < high < inf


@pytest.mark.parametrize("width", [3.4, 7.0])
def test_hostile_texts_are_drawn_within_the_figure(width) -> None:
    series = [values(1.0, 2.0, label=text) for text in HOSTILE if text]
    chart = lines(*series, x=Axis(HOSTILE[0]), events=[Event(1.5, text) for text in HOSTILE])
    drawn = figure(chart, width)
    (axes,) = drawn.axes
    (box,) = drawn.legends
    edges = boxes(drawn, [*box.get_texts(), axes.xaxis.label, axes._left_title, *axes.get_xticklabels()])
    right, top = drawn.get_size_inches() * drawn.dpi
    assert all(each.x0 >= -1 and each.x1 <= right + 1 and each.y0 >= -1 and each.y1 <= top + 1 for each in edges)
    assert apart(edges)
    assert len(set(legend(drawn))) == len(legend(drawn)) >= len(series)


def test_the_legend_never_covers_the_axes_and_letters_can_be_read() -> None:
    for width in (3.4, 7.0):
        drawn = figure(lines(*(values(1.0, 2.0, label=f"series {k}") for k in range(20))), width)
        texts = [*drawn.legends[0].get_texts(), *drawn.axes[0].get_xticklabels(), drawn.axes[0].xaxis.label]
        panel, box = boxes(drawn, [drawn.axes[0], drawn.legends[0]])
        assert box.y1 <= panel.y0 + 1
        assert panel.height > 60
        assert all(text.get_fontsize() >= 8 for text in texts)


def test_a_height_is_kept_as_long_as_there_is_room() -> None:
    assert figure(lines(FALLING), 7.0, 5.0).get_figheight() == pytest.approx(5.0)
    assert figure(lines(FALLING), 7.0, 0.5).get_figheight() > 1


def test_limits_hold_the_marks_and_the_line() -> None:
    """Marks at the bottom stand below every value."""
    (axes,) = figure(lines(values(0.0, 1e-3, 1.0, nan), worst=-inf)).axes
    low, high = axes.get_ylim()
    share = (log10(1e-3) - log10(low)) / (log10(high) - log10(low))
    assert all(share > line.get_ydata()[0] for line in axes.get_lines()[1:])


@pytest.mark.parametrize("log", [True, False])
def test_the_axis_ends_where_the_chart_says(log: bool) -> None:
    (axes,) = figure(lines(values(1.0, 2.0), values(1.0, 1e20, label="b"), log=log, top=6.0)).axes
    assert 2.0 < axes.get_ylim()[1] < 1e3
    assert max(axes.get_lines()[1].get_ydata()) == 1e20


def test_lines_stand_out_from_paper() -> None:
    assert min(contrast(colour, "#ffffff") for colour in COLOURS) >= 3  # WCAG 2.2, 1.4.11


def bands(drawn: Figure) -> dict[float, tuple[float, float]]:
    """The height of each filled area by its opacity."""
    found = [band for band in drawn.axes[0].collections if isinstance(band, PolyCollection)]
    heights = [band.get_paths()[0].vertices[:, 1] for band in found]
    return {round(band.get_alpha(), 3): (min(y), max(y)) for band, y in zip(found, heights, strict=True)}


@pytest.mark.parametrize("worst", [inf, -inf])
def test_a_band_without_an_end_is_lighter_beyond_its_line(worst: float) -> None:
    """Over the neighbours that have none, and not towards those that have one: there nothing was measured."""
    low, high = [1.0, min(worst, 1.0), min(worst, 1.0), 1.0], [4.0, max(worst, 4.0), max(worst, 4.0), 4.0]
    drawn = figure(lines(Series("a", [1, 2, 3, 4], [2.0] * 4, low, high), log=False))
    edges = drawn.axes[0].get_ylim()
    assert bands(drawn) == {0.2: (1.0, 4.0), 0.067: (2.0, edges[1]) if worst > 0 else (edges[0], 2.0)}
    (_, light) = [band for band in drawn.axes[0].collections if isinstance(band, PolyCollection)]
    assert (min(light.get_paths()[0].vertices[:, 0]), max(light.get_paths()[0].vertices[:, 0])) == (2.0, 3.0)
    assert set(bands(figure(lines(values(1.0, 2.0, low=[1, 1], high=[2, 3]), log=False)))) == {0.2}


@pytest.mark.parametrize("worst", [inf, -inf])
def test_a_place_alone_without_an_end_is_a_bar(worst: float) -> None:
    low, high = [1.0, min(worst, 1.0), 1.0], [4.0, max(worst, 4.0), 4.0]
    drawn = figure(lines(Series("a", [1, 2, 3], [2.0] * 3, low, high), log=False))
    edges = drawn.axes[0].get_ylim()
    assert set(bands(drawn)) == {0.2}
    (bar,) = [band for band in drawn.axes[0].collections if isinstance(band, LineCollection)]
    ends = (2.0, edges[1]) if worst > 0 else (edges[0], 2.0)
    assert [path.vertices.tolist() for path in bar.get_paths()] == [[[2.0, ends[0]], [2.0, ends[1]]]]


def test_a_band_does_not_go_on_to_where_no_seed_is_a_number() -> None:
    """From 0.1 to all inf there is neither a line nor a band."""
    drawn = figure(lines(Series("a", [1, 2, 3], [2.0, 2.0, inf], [1.0, 1.0, inf], [4.0, inf, inf]), log=False))
    found = [band for band in drawn.axes[0].collections if isinstance(band, PolyCollection)]
    assert [max(band.get_paths()[0].vertices[:, 0]) for band in found] == [2.0]

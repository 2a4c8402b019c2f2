"""Heat maps: equal distances look equal, what is no number on the scale has its sign, texts can be read."""

from math import inf, nan

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from reporting.drawing.charts import HOSTILE, LONG, apart, boxes, heat, legend

from gradx.reporting.colours import contrast, ink
from gradx.reporting.drawing import figure
from gradx.reporting.drawing.cells import cells_of
from gradx.reporting.elements import Axis, HeatMap


def written(drawn) -> list[str]:
    return [text.get_text() for text in drawn.axes[0].texts]


def test_numbers_go_up_and_texts_go_down() -> None:
    cells = [[1.0, 2.0], [3.0, 4.0]]
    low, high = figure(heat(cells, rows=[5, 10])).axes[0].get_ylim()
    assert low < high
    low, high = figure(heat(cells, rows=["tanh", "relu"])).axes[0].get_ylim()
    assert low > high


def test_every_cell_has_its_number_at_its_place() -> None:
    axes = figure(heat([[0.1, 1e-8], [3.0, 4.0]])).axes[0]
    assert {text.get_position(): text.get_text() for text in axes.texts} == {
        (0, 0): "0.1", (1, 0): "1e−8", (0, 1): "3", (1, 1): "4",
    }  # fmt: skip


def test_many_cells_have_no_numbers_and_an_image() -> None:
    many = figure(heat([[1.0 + x + y for x in range(60)] for y in range(60)])).axes[0]
    assert (len(many.texts), many.collections[0].get_rasterized()) == (0, True)


@pytest.mark.parametrize("log", [True, False])
def test_the_centre_is_pale_and_equal_distances_are_equally_far_from_it(log) -> None:
    values = [0.25, 1.0, 4.0] if log else [-2.0, 1.0, 4.0]
    found = cells_of(heat([[*values, 2.0]], log=log, centre=1.0))
    places = [float(found.norm(value)) for value in found.scaled[0]]
    assert places == pytest.approx([0.0, 0.5, 1.0, 0.75 if log else 1 / 6 + 0.5])
    below, centre, above, _ = (found.map(place) for place in places)
    assert min(centre[:3]) > 0.9
    assert below[2] > below[0]  # blue
    assert above[0] > above[2]  # red


def test_without_a_centre_colours_only_become_lighter() -> None:
    found = cells_of(heat([[1.0, 10.0, 100.0]]))
    assert [float(found.norm(value)) for value in found.scaled[0]] == pytest.approx([0.0, 0.5, 1.0])
    lightness = [sum(found.map(float(found.norm(value)))[:3]) for value in found.scaled[0]]
    assert lightness == sorted(lightness)


def test_zero_inf_nan_and_missing_are_four_different_things() -> None:
    drawn = figure(heat([[1.0, 0.0, inf, nan, None, -1.0, -inf]]))
    assert written(drawn) == ["1", "0", "∞", "NaN", "", "< 0", "−∞"]
    assert legend(drawn) == ["missing"]
    kinds = cells_of(heat([[1.0, 0.0, inf, nan, None]])).kinds
    assert len({(kind.colour, kind.hatch) for kind in kinds}) == len({kind.hatch for kind in kinds}) == 4


def test_in_many_cells_they_are_hatched_and_explained() -> None:
    cells = [[1.0 + x for x in range(20)] for _ in range(20)]
    cells[3][4:8] = [0.0, inf, nan, None]
    drawn = figure(heat(cells))
    assert legend(drawn) == ["∞ inf", "0", "NaN", "missing"]
    hatched = [found for found in drawn.axes[0].collections if found.get_hatch()]
    assert sorted(len(found.get_paths()) for found in hatched) == [1, 1, 1, 1]
    boxes_ = [found.get_paths()[0].get_extents() for found in hatched]
    assert {(box.x0, box.x1, box.y0, box.y1) for box in boxes_} == {(x - 0.5, x + 0.5, 2.5, 3.5) for x in (4, 5, 6, 7)}


def test_on_a_linear_scale_zero_is_a_number() -> None:
    assert cells_of(heat([[0.0, -1.0]], log=False)).kinds == []


def test_words_have_symbols_and_colours_of_their_own() -> None:
    words = [["vanishing", "exploding", "stable"], ["diverged", "", "odd"]]
    chart = heat([[0.5, None, 1.0], [nan, None, None]], words=words)
    drawn = figure(chart)
    assert written(drawn) == ["▼ 0.5", "▲", "● 1", "✖", "", "odd"]
    assert legend(drawn) == ["▼ vanishing", "▲ exploding", "● stable", "✖ diverged", "odd", "missing"]
    found = cells_of(chart).kinds
    assert len({kind.colour for kind in found}) == len(found)
    assert len(drawn.axes) == 1  # no scale of colours


def test_what_is_written_can_be_read() -> None:
    """A contrast of 4.5 or more on every colour that any cell can have."""
    for chart in (heat([[1.0]], centre=1.0), heat([[1.0]])):
        colours = cells_of(chart).map(np.linspace(0, 1, 256))
        assert min(contrast(ink(to_hex(colour)), to_hex(colour)) for colour in colours) >= 4.5
    words = cells_of(
        heat([[None] * 6], words=[["vanishing", "exploding", "stable", "diverged", "failed", "odd"]])
    ).kinds
    assert min(contrast(ink(kind.colour), kind.colour) for kind in words) >= 4.5


@pytest.mark.parametrize("cells", [[[None, None]], [[None]]])
def test_nothing_measured_is_said(cells) -> None:
    assert written(figure(heat(cells))) == ["nothing was measured"]


def test_all_nan_is_measured() -> None:
    drawn = figure(heat([[nan, nan]]))
    assert written(drawn) == ["NaN", "NaN"]
    assert len(drawn.axes) == 1


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("cells", [[5e-324, 1.0, 1.7e308], [-1.7e308, 0.0, 1.7e308], [1.0, 1.0], [0.0, 0.0]])
@pytest.mark.parametrize("centre", [None, 0.0, 1.0])
def test_any_numbers_can_be_drawn(cells, log, centre) -> None:
    boxes(figure(heat([cells], log=log, centre=centre), 3.4), [])


@pytest.mark.parametrize("width", [3.4, 7.0])
@pytest.mark.parametrize(("rows", "columns"), [(4, 6), (100, 700), (1, 1)])
def test_ticks_do_not_cover_each_other(width, rows, columns) -> None:
    cells = [[1.0 + x + y for x in range(columns)] for y in range(rows)]
    drawn = figure(heat(cells, columns=[1000 * k for k in range(columns)]), width)
    axes, bar = drawn.axes
    for labels in (axes.get_xticklabels(), axes.get_yticklabels(), bar.get_yticklabels()):
        assert apart(boxes(drawn, labels))
        assert len(labels) >= 1
        assert all(label.get_fontsize() >= 8 for label in labels)


@pytest.mark.parametrize("width", [3.4, 7.0])
def test_hostile_texts_are_drawn_within_the_figure(width) -> None:
    names = [text for text in HOSTILE if text]
    cells = [[1.0 + x + y for x in range(len(names))] for y in range(len(names))]
    drawn = figure(HeatMap("a", LONG, Axis(LONG), Axis(LONG), names, names, cells, Axis(LONG)), width)
    axes = drawn.axes[0]
    edges = boxes(drawn, [axes.xaxis.label, axes.yaxis.label, axes._left_title, *axes.get_yticklabels()])
    right, top = drawn.get_size_inches() * drawn.dpi
    assert all(each.x0 >= -1 and each.x1 <= right + 1 and each.y0 >= -1 and each.y1 <= top + 1 for each in edges)
    assert apart(edges)


def test_numbers_stay_within_their_cells() -> None:
    drawn = figure(heat([[0.123456 * (x + 1) for x in range(10)] for _ in range(5)]))
    axes = drawn.axes[0]
    (panel,) = boxes(drawn, [axes])
    assert axes.texts
    assert all(Text.get_window_extent(text).width <= panel.width / 10 for text in axes.texts)

"""`figure`: a chart as a matplotlib figure."""

from matplotlib.figure import Figure

from gradx.reporting.drawing.frame import LEADING, POINTS, points_of
from gradx.reporting.drawing.heat import draw_heat
from gradx.reporting.drawing.lines import draw_lines
from gradx.reporting.drawing.style import GREY, WIDTH, styled
from gradx.reporting.drawing.texts import lacking, plain
from gradx.reporting.elements import Chart, LineChart


def figure(chart: Chart, width: float = WIDTH, height: float | None = None) -> Figure:
    """A chart, without its caption. It belongs to nobody: no window, no global state.

    Args:
        width: inches: 7 for a page, 3.4 for one of two columns.
        height: inches; by default what suits the chart, and never less than its legend and labels need.
    """
    with styled(width):
        made = Figure(figsize=(width, width), layout="constrained")
        made.set_label(chart.title)
        if isinstance(chart, LineChart):
            draw_lines(made, chart, height)
        else:
            draw_heat(made, chart, height)
        if note := lacking(_texts(chart)):
            _note(made, note)
    return made


def _note(figure: Figure, text: str) -> None:
    """A line above everything, and the room for it."""
    width, letters = points_of(figure)
    tall = figure.get_figheight() * POINTS + LEADING * letters
    figure.set_figheight(tall / POINTS)
    figure.set_layout_engine("constrained", rect=(0, 0, 1, 1 - LEADING * letters / tall))
    said = plain(text, width - 2 * letters, letters)
    figure.text(letters / width, 1 - 0.2 * letters / tall, said, va="top", color=GREY, style="italic")


def _texts(chart: Chart) -> list[str]:
    """All that is written in a chart by others than us."""
    found = [chart.title, chart.x.label, chart.y.label]
    if isinstance(chart, LineChart):
        besides = [*(each.label for each in chart.limits), *(each.label for each in chart.events)]
        return [*found, *chart.x.words, *(each.label for each in chart.series), *besides]
    names = [str(each) for each in [*chart.columns, *chart.rows]]
    return [*found, chart.value.label, *names, *{word for row in chart.words for word in row}]

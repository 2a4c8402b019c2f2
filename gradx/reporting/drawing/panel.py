"""`figure`: a chart as a matplotlib figure."""

from matplotlib.figure import Figure

from gradx.reporting.drawing.heat import draw_heat
from gradx.reporting.drawing.lines import draw_lines
from gradx.reporting.drawing.style import WIDTH, styled
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
    return made

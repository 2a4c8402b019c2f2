"""`gradient_map`: the gradient norm by layer or time step, and by step of training, as a heat map of one run."""

from collections.abc import Mapping

from gradx.reporting.elements import Axis, HeatMap
from gradx.reporting.runs.profiles import along
from gradx.reporting.runs.readings import Readings
from gradx.reporting.runs.units import UNITS, Direction
from gradx.reporting.text import count
from gradx.reporting.views.picking import evenly

ROWS, COLUMNS = 24, 40  # at most


def gradient_map(
    measured: Mapping[str, Readings], direction: Direction, rows: int = ROWS, columns: int = COLUMNS
) -> HeatMap | None:
    """Rows are layers or time steps, columns sampled steps; None with fewer than two of either.

    Args:
        measured: quantity to the rows of one run.
        rows, columns: at most so many, evenly chosen.
    """
    found, tap = along(measured, direction)
    positions, steps = sorted(set(found.index.tolist())), sorted(set(found.step.tolist()))
    if len(positions) < 2 or len(steps) < 2:
        return None
    places = zip(found.index.tolist(), found.step.tolist(), found.value.tolist(), strict=True)
    values = {(position, step): value for position, step, value in places}
    kept, shown = evenly(positions, rows), evenly(steps, columns)
    unit = UNITS[direction]
    notes = [
        f"{len(some)} of {count(len(every), what)}, evenly chosen"
        for some, every, what in ((kept, positions, unit), (shown, steps, "sampled step"))
        if len(some) < len(every)
    ]
    caption = f"Of the {tap}; the loss is at the last {unit}."
    return HeatMap(
        key=f"gradient-{direction}-step",
        title=f"Gradient norm by {unit} and step",
        x=Axis("step", integer=True),
        y=Axis(unit, integer=True),
        columns=shown,
        rows=kept,
        cells=[[values.get((position, step)) for step in shown] for position in kept],
        value=Axis("gradient norm (L2)", log=True),
        caption=f"{caption} {'; '.join(notes)}." if notes else caption,
    )

"""`sections`: results of a sweep over one of its axes, with a line for each value of another and bands over seeds."""

from collections.abc import Mapping, Sequence
from math import isfinite, isnan
from typing import Any

from gradx.reporting.elements import Axis, LineChart, Section, Series
from gradx.reporting.runs.asked import MOST_PLACES
from gradx.reporting.runs.differing import is_numeric, or_none
from gradx.reporting.runs.groups import SEED
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.text import count
from gradx.reporting.views.averaging import Averaging, averaging
from gradx.reporting.views.choosing import (
    LINES,
    across,
    beside,
    line_labels,
    numeric_scale,
    outcomes_of,
    pooled,
    scale,
    slug,
    value_labels,
    without_missing,
    worst,
)
from gradx.reporting.views.picking import evenly

MOST_LINES = LINES.stop - 1
RATIO_DECADES = 1.0  # from which on factors, and losses, which fall by factors, are drawn on a logarithmic axis

Cells = dict[tuple[Any, Any], list[Mapping[str, Any]]]


def sections(material: Material) -> list[Section]:
    """One chart for each of the results that the axes change, the most important first, against those that do most."""
    places: dict[tuple[str, str | None], None] = {}
    charts = []
    for outcome in outcomes_of(material):
        x = across(material, outcome)
        by = beside(material, x, outcome) if x else None
        if x and (chart := against(material, outcome, x, by)):
            charts.append(chart)
            places[x, by] = None
    if not charts:
        return []
    (x, by), *others = places
    title = "Results against the axes" if others else f"Results against {x}" + (f" by {by}" if by else "")
    return [Section("against", title, "What changes along the axis, and for which line.", charts)]


def against(material: Material, outcome: Outcome, x: str, by: str | None = None) -> LineChart | None:
    """`outcome` over `x`, a line for each value of `by`; None where no two values of x have it, or too many have room.

    Numbers of x lie where they belong, anything else side by side in its author's order.
    """
    places = material.values(x)
    numeric = is_numeric(places)
    places = without_missing(places)
    if len(places) > MOST_PLACES:
        return None
    left_out = sum(or_none(value) is None for value in material.columns[x]) if numeric else 0
    kinds = material.values(by) if by else [None]
    lines, others = evenly(kinds, MOST_LINES), len(kinds)
    cells = _cells(material.rows, x, by)
    here = set(places)
    shown = {key: rows for key, rows in cells.items() if key[1] in lines and key[0] in here}
    numbers = {key: values for key, rows in shown.items() if (values := outcome.values(rows))}
    if not numbers or len({key[0] for key in numbers}) < 2:
        return None
    together = pooled(list(shown.values()), [name for name in material.names if name not in (x, by)])
    extreme = worst(outcome, material.rows)
    way = averaging(outcome, list(numbers.values()), bool(together), extreme)
    where = places if numeric else range(len(places))
    labels = line_labels(material, by, lines) if by else [outcome.label]
    series = [_series(label, kind, places, where, numbers, way) for label, kind in zip(labels, lines, strict=True)]
    seeds = ["seeds"] if pooled(list(shown.values()), [SEED]) else []
    notes = [way.said([*together, *seeds])] + ([f"{len(lines)} of {others} lines"] if others > len(lines) else [])
    odd = way.way == "median" and way.banded and any(isnan(value) for values in numbers.values() for value in values)
    notes += [f"NaN counts as {'beyond' if extreme > 0 else 'below'} every number"] if odd else []
    notes += [f"{count(left_out, 'run')} without {x} left out"] if left_out else []
    caption = "; ".join([note for note in notes if note] + [f"{sum(map(len, numbers.values()))} runs"])
    return LineChart(
        key=f"against-{slug(outcome.key)}",
        title=f"{outcome.label[:1].upper()}{outcome.label[1:]} against {x}" + (f" by {by}" if by else ""),
        x=_across(x, places, numeric),
        y=_up(outcome, series),
        series=[one for one in series if one.x],
        caption=f"{caption[:1].upper()}{caption[1:]}.",
        reference=outcome.centre,
        worst=extreme,
    )


def _cells(rows: Sequence[Mapping[str, Any]], x: str, by: str | None) -> Cells:
    """The runs by their place and line."""
    found: Cells = {}
    for row in rows:
        found.setdefault((or_none(row.get(x)), or_none(row.get(by)) if by else None), []).append(row)
    return found


def _series(
    label: str,
    kind: Any,
    places: Sequence[Any],
    where: Sequence[float],
    numbers: Mapping[tuple[Any, Any], Sequence[float]],
    way: Averaging,
) -> Series:
    pairs = [(at, way.of(numbers.get((place, kind), ()))) for place, at in zip(places, where, strict=True)]
    points = [(float(at), *found) for at, found in pairs if found is not None]
    x, y, low, high = (list(column) for column in zip(*points, strict=True)) if points else ([], [], [], [])
    return Series(label, x, y, low, high) if way.banded else Series(label, x, y)


def _across(name: str, places: Sequence[Any], numeric: bool) -> Axis:
    if not numeric:
        return Axis(name, words=value_labels(None, places))
    return numeric_scale(name, places)


def _up(outcome: Outcome, series: Sequence[Series]) -> Axis:
    values = [value for one in series for value in (*one.y, *one.low, *one.high) if value is not None]
    finite = [value for value in values if isfinite(value)]
    factors = outcome.scale == "ratio" or outcome.key.startswith("loss.")
    decades = {"decades": RATIO_DECADES} if factors else {}
    return Axis(outcome.label) if outcome.scale == "share" else scale(outcome.label, finite, **decades)

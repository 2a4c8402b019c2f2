"""`sections`: what differs between directories of results, and what that does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradx.reporting.elements import Chart, Column, LineChart, Section, Table
from gradx.reporting.runs.comparison import Comparison, Pairing
from gradx.reporting.runs.differing import is_numeric
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import outcome_of, untrained_note
from gradx.reporting.runs.paired import Difference
from gradx.reporting.runs.pointwise import pointwise
from gradx.reporting.text import count
from gradx.reporting.views.against import against
from gradx.reporting.views.choosing import without_missing
from gradx.reporting.views.effects import effects_table, judgement
from gradx.reporting.views.picking import SIDE
from gradx.reporting.views.sides import curves

CHARTS = 3
OUTCOMES_SHOWN = 4  # of the table of combinations
ROWS = 40  # of it


def sections(comparison: Comparison) -> list[Section]:
    """What is compared, what differs in the specs, what that does, and where."""
    made = [_compared(comparison)]
    if comparison.effects:
        rows = [row for side in comparison.sides for row in side.rows]
        notes = list(filter(None, [untrained_note(rows)]))
        table = effects_table("differences", "Paired differences", comparison.effects, notes)
        made.append(Section("differences", "What it does", judgement(comparison.effects), [table]))
    charts = list(_charts(comparison))
    if charts:
        made.append(Section("sides", "Side by side", "The runs that are paired, a line for each side.", charts))
    made += curves(comparison)
    places = [found for number, pairing in enumerate(comparison.pairings) if (found := _places(pairing, number))]
    if places:
        note = "The same paired differences at each point of the common axes."
        made.append(Section("places", "Where it does it", note, places))
    return made


def _compared(comparison: Comparison) -> Section:
    sides, pairings = comparison.sides, comparison.pairings
    rows = [side.material.rows for side in sides]
    words = ("finished", "diverged", "failed")
    counts = [[sum(row.get("status") == word for row in each) for each in rows] for word in words]
    columns = [
        Column("side", "side", [side.label for side in sides]),
        Column("path", "path", [", ".join(map(str, side.material.paths)) for side in sides]),
        Column("runs", "runs", [len(each) for each in rows], "number"),
        *(Column(word, word, each, "number") for word, each in zip(words, counts, strict=True) if any(each)),
        Column("pairs", "pairs", [None, *(pairing.pairs for pairing in pairings)], "number"),
    ]
    notes = [f"Each against the first, {sides[0].label}."] if len(sides) > 2 else []
    notes += [note for pairing in pairings for note in pairing.notes]
    keys = [contrast.key for contrast in comparison.contrasts]
    contrasts = [Column("key", "key", keys)]
    contrasts += [
        Column(f"side{place + 1}", side.label, [contrast.values[place] for contrast in comparison.contrasts])
        for place, side in enumerate(sides)
    ]
    elements: list[Chart | Table] = [Table("compared", "What is compared", columns, notes)]
    elements += [Table("contrasts", "What differs in the specs", contrasts)] if keys else []
    pairs = ", ".join(count(pairing.pairs, "pair") for pairing in pairings)
    same = " Their specs are the same." if not keys and all(rows) else ""
    return Section("compared", " and ".join(side.label for side in sides), f"{pairs} of runs.{same}", elements)


def _places(pairing: Pairing, number: int) -> Table | None:
    """The differences at each combination of the common axes; None where there is only one, or nothing differs."""
    found = pointwise(pairing, ROWS, OUTCOMES_SHOWN)
    if found is None:
        return None
    columns = [
        Column(axis, axis, [key[place] for key in found.points], "spec") for place, axis in enumerate(found.axes)
    ]
    for outcome, parts in found.differences.items():
        columns.append(Column(outcome.key, outcome.label, list(map(_cell, parts))))
    columns.append(Column("pairs", "pairs", found.pairs, "number"))
    notes = ["Mean paired difference and its 95 % interval over seeds, not adjusted for many comparisons."]
    notes += [f"{count(found.left, 'more combination')} not shown."] if found.left else []
    title = f"{pairing.after.label} against {pairing.before.label} at each combination"
    return Table(f"places-{number + 1}", title, columns, notes)


def _cell(part: Difference | None) -> str:
    if part is None:
        return "-"
    return f"{part.text} ({part.interval})" if part.interval else part.text or part.note


def _charts(comparison: Comparison) -> list[LineChart]:
    """The outcomes that differ most, over the common axis."""
    made = _together(comparison)
    x = _across(made, comparison.pairings)
    if x is None:
        return []
    keys = list(dict.fromkeys(effect.outcome.key for effect in comparison.effects))[:CHARTS]
    drawn = (outcome_of(key) for key in keys)
    charts = (against(made, outcome, x, SIDE) for outcome in drawn)
    place = {side.label: number for number, side in enumerate(comparison.sides)}
    return [
        replace(
            chart,
            key=chart.key.replace("against", "compared"),
            series=sorted(chart.series, key=lambda series: place.get(series.label, len(place))),
        )
        for chart in charts
        if chart is not None
    ]


def _together(comparison: Comparison) -> Material:
    """The paired runs of all sides, each with the label of its side."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for pairing in comparison.pairings:
        for cell in pairing.cells:
            for side, places in ((pairing.before, cell.before), (pairing.after, cell.after)):
                for place in places:
                    row = pairing.rows[place]
                    found[side.label, row["run"]] = {**row, SIDE: side.label}
    sources = [source for side in comparison.sides for source in side.material.sources]
    return Material([], sources, list(found.values()), len(found))


def _across(made: Material, pairings: Sequence[Pairing]) -> str | None:
    """The common axis with most values, numbers before words; None where there is none: seeds are no axis."""
    axes = list(dict.fromkeys(axis for pairing in pairings for axis in pairing.axes))
    if not axes:
        return None
    return max(axes, key=lambda axis: (is_numeric(made.values(axis)), len(without_missing(made.values(axis)))))

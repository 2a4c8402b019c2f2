"""Panels of single runs: as many as the page has room for, evenly chosen; the others are a command away."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from gradx.reporting.elements import Section
from gradx.reporting.encoding import encoded
from gradx.reporting.html.embedding import embedded
from gradx.reporting.views.picking import evenly

Rows = Sequence[Mapping[str, Any]]
Panels = Callable[[Rows], Sequence[Sequence[Section]]]
"""For each of some runs the sections about it."""

BUDGET = 500_000  # bytes of all panels together
MOST = 100  # panels: each costs the time to read a trace
DIGITS = 4
SAMPLE = 3  # panels from which the size of the others is guessed


def drawn_panels(rows: Rows, panels: Panels, budget: int = BUDGET) -> dict[int, Markup]:
    """The data of panels by the places of their runs: of all runs, or of those at equal distances that fit."""
    found = _data(evenly(range(len(rows)), SAMPLE), rows, panels)
    mean = sum(map(len, found.values())) / max(len(found), 1)
    wanted = evenly(range(len(rows)), min(MOST, len(rows), int(budget / mean) if mean else MOST))
    found |= _data([place for place in wanted if place not in found], rows, panels)
    return _fitting(found, budget)


def _data(places: Sequence[int], rows: Rows, panels: Panels) -> dict[int, Markup]:
    if not places:
        return {}
    made = panels([rows[place] for place in places])
    return {place: embedded(encoded(list(sections), DIGITS)) for place, sections in zip(places, made, strict=True)}


def _fitting(found: Mapping[int, Markup], budget: int) -> dict[int, Markup]:
    """Those that fit, in the order of the runs; one that says nothing is left out."""
    kept, used = {}, 0
    for place in sorted(found):
        if len(found[place]) > len("[]") and used + len(found[place]) <= budget:
            kept[place] = found[place]
            used += len(found[place])
    return kept

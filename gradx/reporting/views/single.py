"""`panel`: everything of one run: its profiles, its training, and both together as heat maps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradx.reporting.elements import Section
from gradx.reporting.runs.differing import is_missing
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.profiles import QUANTITIES
from gradx.reporting.runs.readings import split
from gradx.reporting.runs.units import Direction
from gradx.reporting.views import profiles, training
from gradx.reporting.views.gradient_map import gradient_map
from gradx.reporting.views.picking import Line, Picked
from gradx.reporting.views.profiles import Traces

if TYPE_CHECKING:
    import pandas as pd

POINTS = 32  # of a line
ROWS, COLUMNS = 12, 16  # of a heat map: a page holds many panels
DIRECTIONS: tuple[Direction, ...] = ("depth", "time")
WANTED = (*profiles.wanted("depth"), *profiles.wanted("time"), *training.WANTED)
"""The quantities of the trace that a panel is made of."""

_PLANES = (*QUANTITIES["depth"], *QUANTITIES["time"])
_OVER: Mapping[Direction, str] = {"depth": "over depth", "time": "through time"}


def sections(material: Material) -> list[Section]:
    """Of a report about one run, the heat maps: what no other view shows."""
    runs = {row["run"] for row in material.rows}  # several experiments may share the one run
    if len(runs) != 1:
        return []
    (run,) = runs
    measured = split(material.trace([run], _PLANES)).get(run, {})
    maps = [found for direction in DIRECTIONS if (found := gradient_map(measured, direction))]
    return [Section("gradient-step", "Gradient over training", "", maps)] if maps else []


def panel(material: Material, row: Mapping[str, Any], trace: "pd.DataFrame | None" = None) -> list[Section]:
    """All sections of a run; those of a failed one say why.

    Args:
        row: of `runs/`.
        trace: rows of this and any other runs, where they have been read already (see `panels`).
    """
    if trace is None:
        return panels(material, [row])[0]
    return _panel(row, split(trace[trace["run"] == row["run"]]))


def panels(material: Material, rows: Sequence[Mapping[str, Any]]) -> list[list[Section]]:
    """The panels of several runs, whose traces are read once."""
    traces = split(material.trace([row["run"] for row in rows], WANTED))
    return [_panel(row, traces) for row in rows]


def _panel(row: Mapping[str, Any], traces: Traces) -> list[Section]:
    pick = Picked([Line("", [row])])
    along = (_gradient(pick, traces, direction) for direction in DIRECTIONS)
    found = [_outcome(row), *along, training.section(pick, traces, POINTS)]
    return [_keyed(section, str(row["run"])) for section in found if section is not None]


def _outcome(row: Mapping[str, Any]) -> Section:
    """Verdicts with their evidence; of a failed run why it did."""
    status = str(row.get("status") or "finished")
    if status == "failed":
        return Section("outcome", "Failed", str(row.get("error") or "no reason was given").strip())
    said = [
        f"{row[key]} {_OVER[direction]}: {row.get(f'evidence.{direction}') or 'no evidence'}."
        for direction in DIRECTIONS
        if not is_missing(row.get(key := f"verdict.{direction}"))
    ]
    return Section("outcome", status.capitalize(), " ".join(said) or "No verdict: there was nothing to compare along.")


def _gradient(pick: Picked, traces: Traces, direction: Direction) -> Section | None:
    """The profiles of one direction, and the heat map of it over the steps."""
    section = profiles.section(pick, traces, direction, most=POINTS)
    if section is None:
        return None
    one = gradient_map(traces.get(pick.runs[0], {}), direction, ROWS, COLUMNS)
    return replace(section, elements=[*section.elements, *([one] if one else [])])


def _keyed(section: Section, run: str) -> Section:
    """With the run in every key: a page has many panels."""
    elements = [replace(element, key=f"run-{run}-{element.key}") for element in section.elements]
    return replace(section, key=f"run-{run}-{section.key}", elements=elements)

"""`curves`: the gradient profiles and training curves of what is compared, with lines for each side in one chart."""

from collections.abc import Mapping, Sequence
from typing import Any

from gradx.reporting.elements import Section
from gradx.reporting.runs.comparison import Comparison, Side
from gradx.reporting.runs.differing import columns_of, differing
from gradx.reporting.runs.groups import SEED, Group, groups
from gradx.reporting.runs.readings import Readings, split
from gradx.reporting.text import count
from gradx.reporting.views import profiles, training
from gradx.reporting.views.picking import MOST, MOST_SEEDS, SIDE, Line, Picked, evenly, few_of, labels

DIRECTIONS = profiles.TITLES
WANTED = (*(quantity for direction in DIRECTIONS for quantity in profiles.wanted(direction)), *training.WANTED)


def curves(comparison: Comparison) -> list[Section]:
    """Sections about the runs that are paired; none where no runs are."""
    pick = _picked(comparison)
    if not pick.lines:
        return []
    traces = _traces(comparison, pick)
    made = (profiles.section(pick, traces, direction) for direction in DIRECTIONS)
    return [found for found in (*made, training.section(pick, traces)) if found]


def _picked(comparison: Comparison) -> Picked:
    """A line for each side at each combination of what differs within a side, at the same few of them for all."""
    rows = [row for row in _paired(comparison) if row.get("status") != "failed"]
    names = [SIDE, *_within(rows)]
    found = groups(rows, names)
    few = _few(found, len(comparison.sides))
    told = labels([group.key for group in few], names)
    lines = [Line(label, evenly(group.rows, MOST_SEEDS)) for label, group in zip(told, few, strict=True)]
    notes = [f"{len(few)} of {count(len(found), 'line')}, evenly chosen"] if len(few) < len(found) else []
    if any(len(line.rows) < len(group.rows) for line, group in zip(lines, few, strict=True)):
        notes.append(f"at most {MOST_SEEDS} seeds of each, evenly chosen")
    return Picked(lines, ", ".join(notes))


def _within(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys, without the seed, in which the runs of some side differ."""
    sides: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        sides.setdefault(row[SIDE], []).append(row)
    found = (name for members in sides.values() for name in differing(columns_of(members)) if name != SEED)
    return list(dict.fromkeys(found))


def _few(found: Sequence[Group], sides: int) -> list[Group]:
    """The groups at few enough combinations that each side has a line at each."""
    places: dict[tuple[Any, ...], list[Group]] = {}
    for group in found:
        places.setdefault(group.key[1:], []).append(group)
    firsts = [Group(key, members[0].rows) for key, members in places.items()]
    few = few_of(firsts, range(len(firsts[0].key)), max(MOST // sides, 1)) if firsts else []
    kept = {group.key for group in few}
    return [group for group in found if group.key[1:] in kept]


def _paired(comparison: Comparison) -> list[Mapping[str, Any]]:
    """The paired runs of each side, once: with its label, and ids that no run of another side has."""
    found: dict[str, dict[str, Any]] = {}
    for pairing in comparison.pairings:
        for cell in pairing.cells:
            for side, places in ((pairing.before, cell.before), (pairing.after, cell.after)):
                for row in (pairing.rows[place] for place in places):
                    run = _run(comparison.sides, side, row["run"])
                    found[run] = {**row, "run": run, SIDE: side.label}
    order = {side.label: number for number, side in enumerate(comparison.sides)}
    return sorted(found.values(), key=lambda row: order[row[SIDE]])


def _traces(comparison: Comparison, pick: Picked) -> dict[str, Mapping[str, Readings]]:
    """Of each side from its own directory: two may hold the same run, measured on two machines."""
    drawn = set(pick.runs)
    found: dict[str, Mapping[str, Readings]] = {}
    for side in comparison.sides:
        wanted = {row["run"]: run for row in side.rows if (run := _run(comparison.sides, side, row["run"])) in drawn}
        read = split(side.material.trace(list(wanted), WANTED)) if wanted else {}
        found |= {wanted[run]: measured for run, measured in read.items()}
    return found


def _run(sides: Sequence[Side], side: Side, run: str) -> str:
    return f"{[each.label for each in sides].index(side.label)}-{run}"

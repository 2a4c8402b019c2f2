"""`compared`: the runs of two or more directories, paired by their specs, and by how much their outcomes differ."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from gradx.base.document import visible
from gradx.base.errors import Problem, SpecError
from gradx.reporting.runs.averaged import averaged, parts_of
from gradx.reporting.runs.differing import SPEC, columns_of, differing, is_missing, or_none
from gradx.reporting.runs.effects import Effect, compared_outcomes, ordered, with_results
from gradx.reporting.runs.groups import SEED
from gradx.reporting.runs.matching import Cell, Matching
from gradx.reporting.runs.material import NAME, Material, each_path
from gradx.reporting.runs.paired import difference, values_of
from gradx.reporting.text import count, spec_texts

FEW = 3  # runs that are named
VALUES = 4  # of one key that are listed

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Side:
    """What is compared: the runs in and under one directory.

    Attributes:
        label: as much of the path as tells the sides apart.
        rows: each run that has results once.
    """

    label: str
    material: Material
    rows: Sequence[Row]

    def values(self, key: str) -> list[Any]:
        """Of a column, None where a run has none; nothing without runs."""
        found = self.material.values(key)
        return found or ([None] if self.material.rows else [])


@dataclass(frozen=True)
class Contrast:
    """A key of the specs, of the environment, or the name, whose values differ between sides; a text for each."""

    key: str
    values: Sequence[str]


@dataclass(frozen=True)
class Pairing:
    """A side against the first.

    Attributes:
        rows: of both, the first side's before the other's.
        treatments: the keys that have one value on each side, but not the same: what is compared.
        names: the keys by which runs are paired, besides the seed.
        cells: the pairs, by the places of their runs in `rows`.
        notes: what could not be paired, and why.
    """

    before: Side
    after: Side
    rows: Sequence[Row]
    treatments: Sequence[str]
    names: Sequence[str]
    cells: Sequence[Cell]
    notes: Sequence[str]

    @property
    def pairs(self) -> int:
        """How many there are, as `Cell.pairs`."""
        return sum(cell.pairs for cell in self.cells)

    @property
    def axes(self) -> list[str]:
        """The keys in which pairs differ from each other, without the seed."""
        columns = columns_of([self.rows[cell.before[0]] for cell in self.cells])
        return [name for name in self.names if len({or_none(value) for value in columns.get(name, ())}) > 1]


@dataclass(frozen=True)
class Comparison:
    """Two sides or more; the others against the first.

    Attributes:
        contrasts: what differs in the specs.
        effects: what it does, p adjusted for all of them, the strongest first.
    """

    sides: Sequence[Side]
    contrasts: Sequence[Contrast]
    pairings: Sequence[Pairing]
    effects: Sequence[Effect]


def compared(made: Material) -> Comparison:
    """The runs in and under each path of a report with those of the first.

    Raises SpecError for fewer than two, or a directory that is given twice: all would be the same, or its runs be
    compared more often than there are.
    """
    if len(made.paths) < 2:
        raise SpecError("a comparison needs two directories or more")
    same = [(one, other) for one, other in combinations(made.paths, 2) if one.resolve() == other.resolve()]
    if same:
        raise SpecError([Problem(visible(f"{one} and {other} are the same directory")) for one, other in same])
    named = zip(labels(made.paths), each_path(made), strict=True)
    sides = [Side(label, one, with_results(one.rows)) for label, one in named]
    pairings = [_pairing(sides[0], side) for side in sides[1:]]
    found = [effect for pairing in pairings for effect in _effects(pairing)]
    return Comparison(sides, list(_contrasts(sides)), pairings, ordered(found))


def labels(paths: Sequence[Path]) -> list[str]:
    """As much of the end of each path as tells them apart."""
    parts = [path.absolute().parts for path in paths]
    depth = 1
    while len({part[-depth:] for part in parts}) < len(set(parts)):
        depth += 1
    return [str(Path(*part[-depth:])) for part in parts]


def _contrasts(sides: Sequence[Side]) -> Iterator[Contrast]:
    """By the order of an experiment: its keys, those of its data, then those of the environment."""
    order = {head: place for place, head in enumerate((NAME, *SPEC))}
    names = dict.fromkeys(name for side in sides for name in side.material.columns)
    keys = [name for name in names if name.partition(".")[0] in order]
    full = [side for side in sides if side.material.rows]
    for key in sorted(keys, key=lambda key: order[key.partition(".")[0]]):
        values = [side.values(key) for side in full]
        if len({frozenset(each) for each in values}) > 1:
            yield Contrast(key, [_listed(side.values(key)) for side in sides])
    environments = [_environment(side) for side in sides]
    for key in dict.fromkeys(key for each in environments for key in each):
        texts = [", ".join(each.get(key, ["-"])) for each in environments]
        if len({text for text, side in zip(texts, sides, strict=True) if side in full}) > 1:
            yield Contrast(f"environment.{key}", texts)


def _listed(values: Sequence[Any]) -> str:
    texts = spec_texts(values) if values else ["-"]
    return ", ".join(texts[:VALUES]) + (f" and {len(texts) - VALUES} more" if len(texts) > VALUES else "")


def _environment(side: Side) -> dict[str, list[str]]:
    """What the environments of a side say, each value once."""
    found: dict[str, list[str]] = {}
    for source in side.material.sources:
        try:
            said = json.loads(source.environment)
        except (ValueError, RecursionError):
            continue
        for key, value in said.items() if isinstance(said, dict) else ():
            text = "-" if value is None else str(value)
            if text not in found.setdefault(str(key), []):
                found[str(key)].append(text)
    return found


def _pairing(before: Side, after: Side) -> Pairing:
    rows = [*before.rows, *after.rows]
    places = range(len(before.rows)), range(len(before.rows), len(rows))
    columns = columns_of(rows)
    telling = [name for name in differing(columns) if name != SEED]
    values = {name: [{or_none(columns[name][place]) for place in side} for side in places] for name in telling}
    treatments = [name for name in telling if all(len(each) == 1 for each in values[name])]
    matching = Matching(rows, [name for name in telling if name not in treatments])
    cells = matching.matched(*places)
    notes = list(_notes(before, after, rows, matching, cells))
    if cells and len(treatments) > 1:
        what = f"{after.label} differs from {before.label} in {', '.join(treatments)}"
        notes.insert(0, f"{what}: what is measured is the effect of all of them together.")
    return Pairing(before, after, rows, treatments, matching.names, cells, notes)


def _notes(before: Side, after: Side, rows: Sequence[Row], matching: Matching, cells: Sequence[Cell]) -> Iterator[str]:
    """What a reader must know of the pairs."""
    for side in (before, after):
        if not side.rows:
            yield f"{side.label} has no runs with results."
    if not before.rows or not after.rows:
        return
    if not cells:
        yield _apart(before, after, matching, len(before.rows))
        return
    ends = (0, len(before.rows), len(rows))
    paired = [{place for cell in cells for place in cell.before}, {place for cell in cells for place in cell.after}]
    for number, side in enumerate((before, after)):
        alone = [place for place in range(*ends[number : number + 2]) if place not in paired[number]]
        if alone:
            named = "; ".join(_named(rows[place], matching.names) for place in alone[:FEW])
            more = f" and {len(alone) - FEW} more" if len(alone) > FEW else ""
            yield f"{count(len(alone), 'run')} of {side.label} without a partner: {named}{more}."
    if any(len(cell.before) > 1 or len(cell.after) > 1 for cell in cells):
        shared = matching.shared(range(ends[1]), range(ends[1], ends[2]))
        lacking = [name for name in matching.names if name not in shared]
        why = f"one side has no {', '.join(lacking)}" if lacking else "they have the same spec and seed"
        yield f"Several runs stand against one, as {why}: their mean counts."


def _apart(before: Side, after: Side, matching: Matching, first: int) -> str:
    """Which keys keep all runs of two sides apart."""
    shared = matching.shared(range(first), range(first, first + len(after.rows)))
    found = []
    for name in (*shared, SEED):
        column = matching.columns[name]
        if not set(column[:first]) & set(column[first:]):
            found.append(f"{name} ({_listed(before.values(name))} and {_listed(after.values(name))})")
    why = (
        f"they have no {' and no '.join(found)} in common"
        if found
        else f"no combination of {', '.join((*shared, SEED))} is in both"
    )
    hint = "; a filter that leaves each side one value makes a key part of what is compared" if found else ""
    return f"No run of {after.label} pairs with one of {before.label}: {why}{hint}."


def _named(row: Row, names: Sequence[str]) -> str:
    """A run by what tells it from others of the comparison."""
    keys = [name for name in (*names, SEED) if not is_missing(row.get(name))]
    texts = [f"{key} {text}" for key in keys for text in spec_texts([row[key]])]
    return f"{', '.join(texts)} ({row['run']})" if texts else str(row["run"])


def _effects(pairing: Pairing) -> list[Effect]:
    outcomes = (values_of(pairing.rows, outcome) for outcome in compared_outcomes(pairing.rows, None))
    over = parts_of(columns_of(pairing.rows), pairing.names, pairing.cells)
    found = (averaged(made, values, over) for values in outcomes if (made := difference(values, pairing.cells)))
    return [Effect("", pairing.before.label, pairing.after.label, each) for each in found]

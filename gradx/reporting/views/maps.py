"""`sections`: heat maps of a sweep over two of its axes: growth, losses, shares and verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradx.reporting.elements import Axis, HeatMap, Section
from gradx.reporting.runs.differing import is_numeric, or_none
from gradx.reporting.runs.groups import AXES, SEED, Group
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.runs.outcomes import Outcome, outcome_of
from gradx.reporting.runs.planes import MOST_MAPS, is_plane
from gradx.reporting.text import count, spec_texts
from gradx.reporting.views.averaging import middle_of
from gradx.reporting.views.choosing import (
    kinds_of,
    matters,
    numeric_scale,
    outcomes_of,
    pooled,
    slug,
    without_missing,
)
from gradx.reporting.views.colouring import colouring

MOST = 200  # values of an axis
MOST_KINDS = 8  # values of an axis whose kinds are told
OUTCOMES_BESIDE = 2  # results that are drawn where there is a map for each value of the other axes

Cells = Mapping[tuple[Any, Any], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Plane:
    """Runs by two of their keys.

    Attributes:
        x, y: what goes across and up.
        columns, rows: the values of both.
        cells: the runs of each place.
        together: in what else the runs of a place differ.
        every: all runs of the report: one scale of colours is for all of them.
        besides: where the other axes stand, for people; "" where these do not matter.
        notes: which kinds the values of x or y go with.
    """

    x: str
    y: str
    columns: Sequence[Any]
    rows: Sequence[Any]
    cells: Cells
    together: Sequence[str]
    every: Sequence[Mapping[str, Any]]
    besides: str = ""
    notes: Sequence[str] = ()

    @property
    def caption(self) -> str:
        """What is put together in a cell, and how many runs there are."""
        runs = count(sum(map(len, self.cells.values())), "run")
        said = f"over {', '.join(self.together)}; {runs}" if self.together else runs
        return "; ".join([said, *self.notes])

    def grid(self, values: Mapping[tuple[Any, Any], Any], gap: Any = None) -> tuple[list[Any], list[Any], list[Any]]:
        """Columns, rows and cells without those that hold nothing at all."""
        known = {place for place, value in values.items() if value != gap}
        columns = [column for column in self.columns if any((column, row) in known for row in self.rows)]
        rows = [row for row in self.rows if any((column, row) in known for column in columns)]
        return columns, rows, [[values.get((column, row), gap) for column in columns] for row in rows]


def sections(material: Material) -> list[Section]:
    """A map for each of the results that the axes change, and one of the verdicts; nothing without two axes."""
    found = planes(material)
    if not found:
        return []
    outcomes = outcomes_of(material)[: OUTCOMES_BESIDE if len(found) > 1 else None]
    drawn = [heat_map(one, outcome, place) for outcome in outcomes for place, one in enumerate(found)]
    drawn += [verdict_map(one, axis, place) for axis in AXES for place, one in enumerate(found)]
    maps = [one for one in drawn if one]
    title = f"Maps over {found[0].x} and {found[0].y}"
    return [Section("maps", title, "What happens where in the plane of two axes.", maps)] if maps else []


def planes(material: Material) -> list[Plane]:
    """The plane of two axes, or a plane for each combination of the others where there are few of these."""
    pair = _pair(material)
    if pair is None:
        return []
    whole = _plane(material, material.rows, *pair)
    others = [name for name in whole.together if name in material.names]
    parts: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in material.rows:
        parts.setdefault(tuple(or_none(row.get(name)) for name in others), []).append(row)
    if not 1 < len(parts) <= MOST_MAPS:
        return [whole]
    texts = [spec_texts([key[place] for key in parts]) for place in range(len(others))]
    besides = [", ".join(map(" ".join, zip(others, point, strict=True))) for point in zip(*texts, strict=True)]
    return [_plane(material, rows, *pair, text) for rows, text in zip(parts.values(), besides, strict=True)]


def heat_map(plane: Plane, outcome: Outcome, place: int = 0) -> HeatMap | None:
    """A result over a plane: shares, else medians. None where it is nearly nowhere known, or one number."""
    found = {at: middle_of(outcome, runs) for at, runs in plane.cells.items()}
    columns, rows, cells = plane.grid(found)
    known = [value for line in cells for value in line if value is not None]
    if not is_plane(len(rows), len(columns), len(known)) or len(set(map(str, known))) < 2:
        return None
    log, bounds = colouring(outcome, plane.every)
    way = "Shares" if outcome.scale == "share" else "Medians"
    return HeatMap(
        key=_key(outcome.key, place),
        title=_title(outcome.label, plane),
        x=_axis(plane.x, columns),
        y=_axis(plane.y, rows),
        columns=columns,
        rows=rows,
        cells=cells,
        value=Axis(outcome.label, log=log),
        centre=outcome.centre,
        bounds=bounds,
        caption=f"{way if plane.together else 'A run in each cell;'} {plane.caption}.",
    )


def verdict_map(plane: Plane, axis: str, place: int = 0) -> HeatMap | None:
    """The most frequent verdict for each place, with the median of the growth behind it; None where all are alike."""
    words = {at: Group(at, runs).frequent_verdict(axis) for at, runs in plane.cells.items()}
    columns, rows, verdicts = plane.grid(words, "")
    filled = sum(map(bool, words.values()))
    if len(set(words.values()) - {""}) < 2 or not is_plane(len(rows), len(columns), filled):
        return None
    growth = outcome_of(f"growth.{axis}")
    found = {at: middle_of(growth, runs) for at, runs in plane.cells.items()}
    where = growth.label.removeprefix("growth ")
    way = "Most frequent verdict and median of the growth" if plane.together else "Verdict and growth of one run;"
    return HeatMap(
        key=_key(f"verdict.{axis}", place),
        title=_title(f"verdict {where}", plane),
        x=_axis(plane.x, columns),
        y=_axis(plane.y, rows),
        columns=columns,
        rows=rows,
        cells=[[found.get((column, row)) for column in columns] for row in rows],
        value=Axis(growth.label, log=True),
        centre=growth.centre,
        words=verdicts,
        caption=f"{way} {plane.caption}.",
    )


def _pair(material: Material) -> tuple[str, str] | None:
    """The keys asked for, else the two axes with most values, numeric ones first, whose plane is filled.

    Two that both change what the report is about go before others.
    """
    asked = material.presentation
    if asked.x and asked.by and asked.x != asked.by and _is_worth_it(material, asked.x, asked.by):
        return asked.x, asked.by
    if len(material.values(NAME)) > 1:
        return None  # each experiment has its own axes
    sizes = {name: len(material.values(name)) for name in material.names}
    ranked = sorted(sizes, key=lambda name: (not is_numeric(material.values(name)), -sizes[name]))
    pairs = [(x, y) for place, x in enumerate(ranked) for y in ranked[place + 1 :]]
    for about in outcomes_of(material, 1):
        pairs.sort(key=lambda pair: not all(matters(material, name, about) for name in pair))
    return next((pair for pair in pairs if _is_worth_it(material, *pair)), None)


def _is_worth_it(material: Material, x: str, y: str) -> bool:
    columns, rows = (len(without_missing(material.values(name))) for name in (x, y))
    filled = {(or_none(row.get(x)), or_none(row.get(y))) for row in material.rows}
    return max(columns, rows) <= MOST and is_plane(rows, columns, len(filled))


def _plane(material: Material, runs: Sequence[Mapping[str, Any]], x: str, y: str, besides: str = "") -> Plane:
    cells: dict[tuple[Any, Any], list[Mapping[str, Any]]] = {}
    columns, rows = (without_missing(material.values(name)) for name in (x, y))
    places = set(columns), set(rows)
    for run in runs:
        at = or_none(run.get(x)), or_none(run.get(y))
        if at[0] in places[0] and at[1] in places[1]:
            cells.setdefault(at, []).append(run)
    others = pooled(list(cells.values()), [name for name in material.names if name not in (x, y)])
    seeds = ["seeds"] if pooled(list(cells.values()), [SEED]) else []
    notes = [note for name in (x, y) if (note := _kinds_said(material, name))]
    return Plane(x, y, columns, rows, cells, [*others, *seeds], material.rows, besides, notes)


def _kinds_said(material: Material, name: str) -> str:
    """`optimizer.lr 0.001 adam, 0.01 adam, 0.05 sgd`; "" where they do not differ or follow, or are many."""
    found = kinds_of(material, name)
    if not 0 < len(found) <= MOST_KINDS:
        return ""
    values = without_missing(material.values(name))
    parts = [f"{text} {found[value]}" for value, text in zip(values, spec_texts(values), strict=True)]
    return f"{name} {', '.join(parts)}"


def _axis(name: str, values: Sequence[Any]) -> Axis:
    return numeric_scale(name, values) if is_numeric(values) else Axis(name)


def _key(what: str, place: int) -> str:
    return f"map-{slug(what)}" + (f"-{place + 1}" if place else "")


def _title(what: str, plane: Plane) -> str:
    beside = f" ({plane.besides})" if plane.besides else ""
    return f"{what[:1].upper()}{what[1:]} over {plane.x} and {plane.y}{beside}"

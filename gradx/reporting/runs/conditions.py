"""`conditions`: under which conditions on the axes runs come to which end, as the end of a sentence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, compress
from math import comb, log
from typing import Any

from gradx.reporting.runs.contingency import ALL, EXACTLY, LEAST, ONLY, Contingency, Statement
from gradx.reporting.runs.counts import distinct
from gradx.reporting.runs.differing import or_none
from gradx.reporting.runs.material import FEW_EXPERIMENTS, NAME, Material
from gradx.reporting.text import count

CHANCE = 0.05  # of saying anything of one axis, or of two, where ends are dealt to the runs at random
MOST_BESIDE = 3  # axes that are named as changing with another


@dataclass(frozen=True)
class Conditions:
    """Where runs come to which end.

    Attributes:
        texts: by end: `exactly those with depth >= 20`, `only with init.gain >= 2 and depth 40`, `including all with
            clipping none; optimizer.lr differs as well`. Values are as they were written: escape them for the medium.
        axes: all that are named.
    """

    texts: Mapping[Any, str]
    axes: frozenset[str]


def conditions(material: Material, ends: Sequence[Any], told: Sequence[Any]) -> Conditions | None:
    """What the axis that explains most says of the ends of runs; None where none says anything.

    That is the axis whose statements together hold least often where the ends are dealt to the runs at random. It is
    named if one of them, times how many there could be, has a chance of at most CHANCE: by the union bound random ends
    are spoken of no more often than that. It is also named where its values tell an end from the others without
    exception, if one of all axes would do so with a chance of at most CHANCE; and, as soon as there are LEAST runs on
    each side, if there is no other: of a single axis that is no finding but a list of the runs. Where no axis is, two
    are that do so together, within the same bound. Of many experiments, whose runs differ in more than an axis, only
    exceptionless axes are told.

    Args:
        ends: of each row, such as its verdict; None where it is not known.
        told: those that are told, by importance.
    """
    runs = _Runs.of(material, ends)
    occurring = Counter(end for end in runs.ends if end is not None)
    told = [end for end in told if min(occurring[end], occurring.total() - occurring[end]) >= LEAST]
    if not told:
        return None
    axes = runs.axes()
    many = len(material.values(NAME)) > FEW_EXPERIMENTS
    of_each = {axis.name: [each for each in axis.statements(told) if each.plain or not many] for axis in axes}
    several = len(occurring) if len(occurring) > 2 else 1  # of two ends once
    looks = sum(axis.parts for axis in axes) * 2 * several

    def counts(each: Statement) -> bool:
        if each.chance <= log(CHANCE / looks) or not each.plain:
            return each.chance <= log(CHANCE / looks)
        different = runs.different(axes)
        exact = sum(axis.exact(occurring[each.end]) for axis in different)
        return len(different) == 1 or each.chance <= log(CHANCE / (exact * several))

    named = [axis for axis in axes if any(map(counts, of_each[axis.name]))]
    best = min(named, key=lambda axis: axis.chance(told), default=None)  # the first of those that say as much
    if best is None and not many:
        both = len(occurring) * sum(one.parts * other.parts for one, other in combinations(axes, 2))
        best = _of_two(runs, axes, [end for end in told if both / CHANCE <= comb(occurring.total(), occurring[end])])
    return _said(runs, best, of_each[best.name], told, many) if best else None


@dataclass(frozen=True)
class _Runs:
    """Runs, each once, and their ends.

    Attributes:
        columns: by axis; None where a run has no value.
        orders: the values of each axis in their order.
    """

    ends: Sequence[Any]
    columns: Mapping[str, Sequence[Any]]
    orders: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, material: Material, ends: Sequence[Any]) -> "_Runs":
        """Of the rows with these ends: of a run that is in several experiments one counts."""
        if "conditions" not in material.made:
            kept = set(map(id, distinct(material.rows)))
            once = [id(row) in kept for row in material.rows]
            names = [name for name in material.names if name != NAME]
            columns = {name: list(map(or_none, compress(material.columns[name], once))) for name in names}
            material.made["conditions"] = once, columns, {name: material.values(name) for name in names}
        once, columns, orders = material.made["conditions"]
        return cls(list(compress(ends, once)), columns, orders)

    def axes(self) -> list[Contingency]:
        """Those of which each run has a value, and not all the same."""
        found = (Contingency.of(name, self.orders[name], self.columns[name], self.ends) for name in self.columns)
        return [axis for axis in found if axis]

    def different(self, axes: Sequence[Contingency]) -> list[Contingency]:
        """One of those with which the same runs can be named: a task, and the length that goes with it."""
        found: dict[tuple[bool, tuple[int, ...]], Contingency] = {}
        for axis in axes:
            ordered = axis.numeric and len(axis.values) > 2  # ranges: the order of the values matters, either way round
            values = list(axis.values if ordered else dict.fromkeys(self.columns[axis.name]))
            place = {value: number for number, value in enumerate(values)}
            upwards = tuple(place[value] for value in self.columns[axis.name])
            downwards = tuple(len(values) - 1 - number for number in upwards)
            found.setdefault((ordered, min(upwards, downwards) if ordered else upwards), axis)
        return list(found.values())

    def inside(self, axis: Contingency, part: Sequence[int]) -> list[bool]:
        """Whether each has one of these values."""
        values = {axis.values[place] for place in part}
        return [value in values for value in self.columns[axis.name]]

    def among(self, flags: Sequence[bool]) -> "_Runs":
        columns = {name: list(compress(column, flags)) for name, column in self.columns.items()}
        return _Runs(list(compress(self.ends, flags)), columns, self.orders)

    def beside(self, axis: Contingency, part: Sequence[int]) -> list[str]:
        """The axes that change with a part of this one, and may be the cause as well as it."""
        flags = self.inside(axis, part)
        others = [name for name in self.columns if not f"{name}.".startswith(f"{axis.name}.")]
        return [name for name in others if _divides(self.columns[name], flags)]


@dataclass(frozen=True)
class _Text:
    """What is said of an end: of a part of an axis, or of a part of it and one of another.

    Attributes:
        beside: the axes that change with them, and may be the cause as well.
        other: the second axis.
    """

    kind: str
    text: str
    beside: Sequence[str]
    other: str = ""


def _said(
    runs: _Runs, axis: Contingency, found: Sequence[Statement], told: Sequence[Any], many: bool
) -> Conditions | None:
    """What the axis says of each end and what was said of others does not; with a second axis where that says more.

    That an axis is named is no coincidence; of what it says each has a chance of at most CHANCE.
    """
    known = _Known(axis)
    exact: set[Any] = set()
    texts: dict[Any, str] = {}
    named = {axis.name}
    for end in told:
        mine = [each for each in found if each.end == end and each.counts(log(CHANCE))]
        new = [each for each in mine if known.lacks(each)]
        if len(told) > 1:
            new = sorted(new, key=lambda each: each.chance)[:1]
        if set(axis.total) - exact == {end}:
            continue  # all the others
        finer = not many and not any(each.kind == EXACTLY for each in mine)
        said = _with_second(runs, axis, end) if finer else None
        said = said or (_text(runs, axis, new) if new else None)
        known.learn(new)
        if said:
            beside = [name for name in dict.fromkeys(said.beside) if name not in named]
            named.update(filter(None, [*beside, said.other]))
            exact |= {end} if said.kind == EXACTLY else set()
            texts[end] = said.text + _as_well(beside)
    return Conditions(texts, frozenset(named)) if texts else None


def _of_two(runs: _Runs, axes: Sequence[Contingency], told: Sequence[Any]) -> Contingency | None:
    """The first of two axes that tell an end from the others without exception, each with a part of its own."""
    for end in told:
        parts = [(axis, runs.inside(axis, part)) for axis in axes if (part := axis.only(end))]
        for (axis, first), (_, second) in combinations(parts, 2):
            rows = zip(first, second, runs.ends, strict=True)
            if all((here and there) == (found == end) for here, there, found in rows):
                return axis
    return None


class _Known:
    """What a reader knows of an axis: which ends there may still be at each value."""

    def __init__(self, axis: Contingency) -> None:
        self._open = [set(axis.total) for _ in axis.values]
        self._excluded: list[set[int]] = []  # the values at which an end does not come, as they were told

    def lacks(self, said: Statement) -> bool:
        """Whether it is new: that all runs with some values do it is, unless no others were said to do something."""
        if said.kind == ALL and set(said.part) not in self._excluded:
            return True
        return self._after(said) != self._open

    def learn(self, said: Sequence[Statement]) -> None:
        for each in said:
            self._open = self._after(each)
            if each.kind != ALL:
                self._excluded.append(set(range(len(self._open))) - set(each.part))

    def _after(self, said: Statement) -> list[set[Any]]:
        left, part = [], set(said.part)
        for place, ends in enumerate(self._open):
            if place in part:
                left.append(ends if said.kind == ONLY else ends & {said.end})
            else:
                left.append(ends if said.kind == ALL else ends - {said.end})
        return left


def _text(runs: _Runs, axis: Contingency, said: Sequence[Statement]) -> _Text:
    beside = [name for each in said for name in runs.beside(axis, each.part)]
    return _Text(said[0].kind, ", ".join(f"{each.kind} {axis.text(each.part)}" for each in said), beside)


def _with_second(runs: _Runs, axis: Contingency, end: Any) -> _Text | None:
    """Of the values at which an end comes, with which of a second axis it does, if not with all of them.

    As with the first, the chance of this, times how many could be said, is at most CHANCE.
    """
    part = axis.only(end)
    if not part:
        return None
    inside = runs.among(runs.inside(axis, part))
    axes = [other for other in inside.axes() if other.name != axis.name]
    axes = [other for other in axes if other.total.total() - other.total[end] >= LEAST]
    looks = sum(other.parts for other in axes)
    pairs = [(other, each) for other in axes for each in other.statements([end]) if each.kind != ALL]
    pairs = [(other, each) for other, each in pairs if each.chance <= log(CHANCE / looks)]
    if not pairs:
        return None
    other, said = min(pairs, key=lambda pair: pair[1].chance)
    beside = [*runs.beside(axis, part), *inside.beside(other, said.part)]
    return _Text(said.kind, f"{said.kind} {axis.text(part)} and {other.text(said.part)}", beside, other.name)


def _divides(values: Sequence[Any], flags: Sequence[bool]) -> bool:
    """Whether no value of an axis, each of which several runs have, stands on both sides."""
    return len(set(zip(values, flags, strict=True))) == len(set(values)) <= len(values) / LEAST


def _as_well(names: Sequence[str]) -> str:
    """`; optimizer.lr differs as well`."""
    more = [count(len(names) - MOST_BESIDE, "more key")] if len(names) > MOST_BESIDE else []
    listed = [*names[:MOST_BESIDE], *more]
    said = " and ".join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))
    return f"; {said} {'differs' if len(names) == 1 else 'differ'} as well" if names else ""

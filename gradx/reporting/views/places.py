"""`places`: where along the axes runs come to which end, as the end of a sentence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, log
from typing import Any

from gradx.reporting.runs.counts import distinct
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.text import count
from gradx.reporting.views.choosing import FEW_EXPERIMENTS
from gradx.reporting.views.parts import ALL, EXACTLY, LEAST, ONLY, Axis, Statement, column

CHANCE = 0.05  # of saying anything of one axis, or of two, where ends are dealt to the runs at random
MOST_BESIDE = 3  # axes that are named as changing with another


@dataclass(frozen=True)
class Places:
    """Where runs come to which end.

    Attributes:
        texts: by end: `exactly those with depth >= 20`, `only with init.gain >= 2 and depth 40`, `including all with
            clipping none; optimizer.lr differs as well`. Values are as they were written: escape them for the medium.
        axes: all that are named.
    """

    texts: Mapping[Any, str]
    axes: frozenset[str]


def places(material: Material, ends: Sequence[Any], told: Sequence[Any]) -> Places | None:
    """What the axis that explains most says of the ends of runs; None where none says anything.

    That is the axis whose statements together hold least often where the ends are dealt to the runs at random. It is
    named if one of them, times how many there could be, has a chance of at most CHANCE: by the union bound random ends
    are spoken of no more often than that. It is also named where its values tell an end from the others without
    exception, as soon as there are LEAST runs on each side. Where no axis is, two are that do so together, within the
    same bound. Of many experiments, whose runs differ in more than an axis, only exceptionless axes are told.

    Args:
        ends: of each row, such as its verdict; None where it is not known.
        told: those that are told, by importance.
    """
    kept = set(map(id, distinct(material.rows)))
    once = [id(row) in kept for row in material.rows]
    occurring = Counter(end for end, here in zip(ends, once, strict=True) if here and end is not None)
    told = [end for end in told if min(occurring[end], occurring.total() - occurring[end]) >= LEAST]
    if not told:
        return None
    axes = [axis for name in material.names if name != NAME and (axis := Axis.of(material, name, ends, once))]
    many = len(material.values(NAME)) > FEW_EXPERIMENTS
    of_each = {axis.name: [each for each in axis.statements(told) if each.plain or not many] for axis in axes}
    looks = sum(axis.parts for axis in axes) * 2 * (len(occurring) if len(occurring) > 2 else 1)  # of two ends once
    named = [axis for axis in axes if any(each.counts(log(CHANCE / looks)) for each in of_each[axis.name])]
    best = min(named, key=lambda axis: axis.chance(told), default=None)  # the first of those that say as much
    runs = _Runs(material, ends, once)
    if best is None and not many:
        looks = len(occurring) * sum(one.parts * other.parts for one, other in combinations(axes, 2))
        best = _of_two(runs, axes, [end for end in told if looks / CHANCE <= comb(occurring.total(), occurring[end])])
    return _said(runs, best, of_each[best.name], told, many) if best else None


@dataclass(frozen=True)
class _Runs:
    """Runs and their ends.

    Attributes:
        once: whether a row counts: of a run that is in several experiments one does.
    """

    material: Material
    ends: Sequence[Any]
    once: Sequence[bool]


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


def _said(runs: _Runs, axis: Axis, found: Sequence[Statement], told: Sequence[Any], many: bool) -> Places | None:
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
    return Places(texts, frozenset(named)) if texts else None


def _of_two(runs: _Runs, axes: Sequence[Axis], told: Sequence[Any]) -> Axis | None:
    """The first of two axes that tell an end from the others without exception, each with a part of its own."""
    for end in told:
        parts = [(axis, axis.inside(runs.material, part)) for axis in axes if (part := axis.only(end))]
        for (axis, first), (_, second) in combinations(parts, 2):
            inside = [here and there for here, there in zip(first, second, strict=True)]
            rows = zip(inside, runs.ends, runs.once, strict=True)
            if all(here == (found == end) for here, found, once in rows if once):
                return axis
    return None


class _Known:
    """What a reader knows of an axis: which ends there may still be at each value."""

    def __init__(self, axis: Axis) -> None:
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


def _text(runs: _Runs, axis: Axis, said: Sequence[Statement]) -> _Text:
    parts = [axis.inside(runs.material, each.part) for each in said]
    beside = [name for part in parts for name in _beside(runs.material, axis.name, part, runs.once)]
    return _Text(said[0].kind, ", ".join(f"{each.kind} {axis.text(each.part)}" for each in said), beside)


def _with_second(runs: _Runs, axis: Axis, end: Any) -> _Text | None:
    """Of the values at which an end comes, with which of a second axis it does, if not with all of them.

    As with the first, the chance of this, times how many could be said, is at most CHANCE.
    """
    part = axis.only(end)
    if not part:
        return None
    material, first = runs.material, axis.inside(runs.material, part)
    inside = [here and once for here, once in zip(first, runs.once, strict=True)]
    names = [name for name in material.names if name not in (NAME, axis.name)]
    axes = [other for name in names if (other := Axis.of(material, name, runs.ends, inside))]
    axes = [other for other in axes if other.total.total() - other.total[end] >= LEAST]
    looks = sum(other.parts for other in axes)
    pairs = [(other, each) for other in axes for each in other.statements([end]) if each.kind != ALL]
    pairs = [(other, each) for other, each in pairs if each.chance <= log(CHANCE / looks)]
    if not pairs:
        return None
    other, said = min(pairs, key=lambda pair: pair[1].chance)
    beside = [
        *_beside(material, axis.name, first, runs.once),
        *_beside(material, other.name, other.inside(material, said.part), inside),
    ]
    text = f"{said.kind} {axis.text(part)} and {other.text(said.part)}"
    return _Text(said.kind, text, beside, other.name)


def _beside(material: Material, name: str, flags: Sequence[bool], among: Sequence[bool]) -> list[str]:
    """The axes that change with a part of this one among some runs, and may be the cause as well as it."""
    others = [other for other in material.names if other not in (NAME, name)]
    others = [other for other in others if not f"{other}.".startswith(f"{name}.")]
    return [other for other in others if _divides(column(material, other), flags, among)]


def _divides(values: Sequence[Any], flags: Sequence[bool], among: Sequence[bool]) -> bool:
    """Whether no value of an axis, each of which several runs have, stands on both sides."""
    rows = [(value, flag) for value, flag, here in zip(values, flags, among, strict=True) if here]
    return len(set(rows)) == len({value for value, _ in rows}) <= len(rows) / LEAST


def _as_well(names: Sequence[str]) -> str:
    """`; optimizer.lr differs as well`."""
    more = [count(len(names) - MOST_BESIDE, "more key")] if len(names) > MOST_BESIDE else []
    listed = [*names[:MOST_BESIDE], *more]
    said = " and ".join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))
    return f"; {said} {'differs' if len(names) == 1 else 'differ'} as well" if names else ""

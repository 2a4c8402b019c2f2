"""`picked`: the few groups of runs that lines are drawn of, with labels that tell them apart."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

from gradx.reporting.runs.groups import Group
from gradx.reporting.runs.material import Material
from gradx.reporting.text import count, is_number, spec_texts

MOST = 8  # lines in a chart that can be told apart
MOST_SEEDS = 32  # of a group whose traces are read
MOST_NAMED = 3  # keys in a label that follow from others, too
NAME = "name"  # of an experiment
SIDE = "side"  # of a comparison
BARE = (NAME, SIDE, "architecture", "activation", "task", "optimizer", "dtype")  # values that say what they are

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """A group of runs that differ only in their seeds; `label` is "" where it is the only one.

    Attributes:
        alike: how many groups it stands for.
    """

    label: str
    rows: Sequence[Mapping[str, Any]]
    alike: int = 1

    @property
    def runs(self) -> list[str]:
        """Their ids."""
        return [row["run"] for row in self.rows]


@dataclass(frozen=True)
class Picked:
    """What lines are drawn of, and `note`: which of how many those are, "" where they are all."""

    lines: Sequence[Line]
    note: str = ""

    @property
    def runs(self) -> list[str]:
        return [run for line in self.lines for run in line.runs]

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        return [row for line in self.lines for row in line.rows]


def picked(material: Material, most: int = MOST, alike: Callable[[Group], Hashable] = id) -> Picked:
    """At most so many groups with runs that have not failed, evenly chosen along every axis, and evenly some seeds.

    Args:
        alike: what groups share whose lines would be one and the same: the first of them stands for all.
    """
    whole = [(group, [row for row in group.rows if row.get("status") != "failed"]) for group in material.groups]
    alive = {id(group): rows for group, rows in whole if rows}
    amounts = Counter(alike(group) for group, rows in whole if rows)
    first = {alike(group): group for group, rows in reversed(whole) if rows}
    groups = [group for group, _ in whole if first.get(alike(group)) is group]
    names = _needed({name: [group.key[place] for group in groups] for place, name in enumerate(material.names)})
    columns = [place for place, name in enumerate(material.names) if name in names]
    few = few_of(groups, columns, most)
    told = _told(few, groups, material.names)
    lines = [
        Line(label, evenly(alive[id(group)], MOST_SEEDS), amounts[alike(group)])
        for label, group in zip(told, few, strict=True)
    ]
    notes = [_chosen(few, groups, material.names, columns)] if len(few) < len(groups) else []
    if any(len(line.rows) < len(alive[id(group)]) for line, group in zip(lines, few, strict=True)):
        notes.append(f"at most {MOST_SEEDS} seeds of each, evenly chosen")
    return Picked(lines, ", ".join(notes))


def evenly(values: Sequence[T], most: int) -> list[T]:
    """At most so many of them, the first and the last among them; of one the last."""
    if len(values) <= most:
        return list(values)
    if most == 1:
        return [values[-1]]
    return [values[round(place * (len(values) - 1) / (most - 1))] for place in range(most)]


def few_of(groups: Sequence[Group], columns: Sequence[int], most: int) -> list[Group]:
    """A grid of fewer values of each axis where that leaves enough of them, otherwise every nth group.

    Numbers give way before words: what lies between two depths can be guessed, what lies between two architectures
    cannot.

    Args:
        columns: places of the axes in the keys of the groups.
    """
    if len(groups) <= most:
        return list(groups)
    keys = [tuple(group.key[place] for place in columns) for group in groups]
    axes = [list(dict.fromkeys(values)) for values in zip(*keys, strict=True)]
    numeric = [all(is_number(value) for value in axis) for axis in axes]
    sizes = [min(len(axis), most) for axis in axes]
    while True:
        kept = [set(evenly(axis, size)) for axis, size in zip(axes, sizes, strict=True)]
        found = [
            group
            for group, key in zip(groups, keys, strict=True)
            if all(value in values for value, values in zip(key, kept, strict=True))
        ]
        if len(found) <= most or max(sizes) == 1:
            break
        order = [(size > 1, number, size) for size, number in zip(sizes, numeric, strict=True)]
        sizes[order.index(max(order))] -= 1
    is_grid = most // 2 <= len(found) <= most and prod(sizes) <= 2 * len(found)
    return found if is_grid else evenly(groups, most)


def labels(keys: Sequence[Sequence[Any]], names: Sequence[str]) -> list[str]:
    """All in which these keys differ: `tanh, depth 20`; "" for a single one."""
    columns = {name: [key[place] for key in keys] for place, name in enumerate(names)}
    various = [name for name, values in columns.items() if len(set(values)) > 1]
    parts: list[list[str]] = [[] for _ in keys]
    for name in various:
        for of_key, value, text in zip(parts, columns[name], spec_texts(columns[name]), strict=True):
            if value is not None:
                of_key.append(text if name in BARE else f"{name} {text}")
    found = [", ".join(of_key) for of_key in parts]
    return [f"{label} ({place})" if found.count(label) > 1 else label for place, label in enumerate(found, 1)]


def _told(few: Sequence[Group], groups: Sequence[Group], names: Sequence[str]) -> list[str]:
    """Labels: all in which the groups drawn differ; where that is much, without what follows from other keys.

    Experiments that differ in more than their names have these, and the keys in which their own runs differ.
    """
    if NAME in names and len({group.key[names.index(NAME)] for group in few}) > 1:
        at = names.index(NAME)
        own = [[other.key for other in groups if other.key[at] == group.key[at]] for group in few]
        keys = [_own(group.key, keys, names) for group, keys in zip(few, own, strict=True)]
        return labels(keys, names)
    various = [name for place, name in enumerate(names) if len({group.key[place] for group in few}) > 1]
    if len(various) > MOST_NAMED:
        needed = _needed({name: [group.key[place] for group in groups] for place, name in enumerate(names)})
        various = [name for name in various if name in needed]
    return labels([[group.key[names.index(name)] for name in various] for group in few], various)


def _own(key: Sequence[Any], keys: Sequence[Sequence[Any]], names: Sequence[str]) -> list[Any]:
    """Of a key its name and the values that tell it from others of its experiment; None for the rest."""
    needed = _needed({name: [other[place] for other in keys] for place, name in enumerate(names)})
    return [value if name == NAME or name in needed else None for value, name in zip(key, names, strict=True)]


def _chosen(few: Sequence[Group], groups: Sequence[Group], names: Sequence[str], columns: Sequence[int]) -> str:
    """How many of them are left, and what they now have in common."""
    shared = [place for place in columns if len({group.key[place] for group in few}) == 1]
    common = [f"{names[place]} {spec_texts([few[0].key[place]])[0]}" for place in shared]
    text = f"{len(few)} of {count(len(groups), 'combination')}, evenly chosen"
    return f"{text}, all with {' and '.join(common)}" if common else text


def _needed(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Of these names the first that tell apart what those before them do not."""
    found: list[str] = []
    told: set[tuple[Any, ...]] = {()}
    for name in columns:
        more = set(zip(*(columns[one] for one in (*found, name)), strict=True))
        if len(more) > len(told):
            found, told = [*found, name], more
    return found

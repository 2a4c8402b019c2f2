"""`picked`: the few groups of runs that lines are drawn of, with labels that tell them apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

from gradx.reporting.runs.groups import Group
from gradx.reporting.runs.material import Material
from gradx.reporting.text import count, spec_texts

MOST = 8  # lines in a chart that can be told apart
MOST_SEEDS = 32  # of a group whose traces are read
MOST_NAMED = 3  # keys in a label, if fewer are enough
BARE = ("name", "architecture", "activation", "task", "optimizer", "dtype")  # values that say what they are

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """A group of runs that differ only in their seeds; `label` is "" where it is the only one."""

    label: str
    rows: Sequence[Mapping[str, Any]]

    @property
    def runs(self) -> list[str]:
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


def picked(material: Material, most: int = MOST) -> Picked:
    """At most so many groups with runs that have not failed, evenly chosen along every axis, and evenly some seeds."""
    whole = [(group, [row for row in group.rows if row.get("status") != "failed"]) for group in material.groups]
    alive = {id(group): rows for group, rows in whole if rows}
    groups = [group for group, rows in whole if rows]
    names = _needed({name: [group.key[place] for group in groups] for place, name in enumerate(material.names)})
    columns = [place for place, name in enumerate(material.names) if name in names]
    few = few_of(groups, columns, most)
    told = labels([[group.key[place] for place in columns] for group in few], names)
    lines = [Line(label, evenly(alive[id(group)], MOST_SEEDS)) for label, group in zip(told, few, strict=True)]
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
    numeric = [all(_is_number(value) for value in axis) for axis in axes]
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
    """What tells these keys apart: `tanh, depth 20`; "" for a single one.

    All names in which they differ where those are few, otherwise no more than it takes.
    """
    columns = {name: [key[place] for key in keys] for place, name in enumerate(names)}
    various = [name for name, values in columns.items() if len(set(values)) > 1]
    if len(various) > MOST_NAMED:
        various = _needed(columns)
    parts: list[list[str]] = [[] for _ in keys]
    for name in various:
        for of_key, value, text in zip(parts, columns[name], spec_texts(columns[name]), strict=True):
            if value is not None:
                of_key.append(text if name in BARE else f"{name} {text}")
    found = [", ".join(of_key) for of_key in parts]
    return [f"{label} ({place})" if found.count(label) > 1 else label for place, label in enumerate(found, 1)]


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


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""`Axes`: a `sweep:` block that has been checked, and its points."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, NamedTuple

from gradx.base.document import Document, KeyPath
from gradx.base.override import Assignment, assigned
from gradx.base.yaml import Reading

Cell = tuple[str, Any, KeyPath]  # a path, a value for it, and the place of that value in the document
Row = tuple[Cell, ...]


class Point(NamedTuple):
    """One point: a value for each path, which overrides what the rest of the spec says there."""

    values: dict[str, Any]
    rows: Sequence[Row]  # where they come from

    @property
    def marks(self) -> dict[str, KeyPath]:
        """Where each value stands: a key of the document's `values`."""
        return {path: place for row in self.rows for path, _, place in row}


@dataclass(frozen=True)
class Axis:
    """One factor of the product: the values of one path, or of several that go together."""

    kind: Literal["grid", "zip", "list"]
    rows: Sequence[Row]
    forms: Mapping[str, Any] = field(default_factory=dict)  # the form that a path's values were given as

    @property
    def paths(self) -> list[str]:
        """In the order of their appearance."""
        return list(dict.fromkeys(path for row in self.rows for path, _, _ in row))

    def without(self, path: str) -> "Axis | None":
        """The axis without one of its paths; rows that are equal then count once. None if nothing is left."""
        cut = (tuple(cell for cell in row if cell[0] != path) for row in self.rows)
        rows = list({meaning(row): row for row in cut}.values())
        whole = len(rows) == len(self.rows)
        forms = {each: form for each, form in self.forms.items() if whole and each != path}
        left = Axis(self.kind, rows, forms)
        return left if left.paths else None

    def data(self) -> Any:
        """As it stands under `grid`, `zip` or `list`."""
        if self.kind == "list":
            return [{path: value for path, value, _ in row} for row in self.rows]
        columns: dict[str, list[Any]] = {}
        for path, value, _ in (cell for row in self.rows for cell in row):
            columns.setdefault(path, []).append(value)
        return columns | dict(self.forms)


@dataclass(frozen=True)
class Axes:
    """What a spec sweeps: blocks of axes. `gradx.axes.read` makes it."""

    blocks: Sequence[Sequence[Axis]]

    @property
    def paths(self) -> list[str]:
        """All that is swept, in the order of appearance."""
        return list(dict.fromkeys(path for block in self.blocks for axis in block for path in axis.paths))

    @property
    def count(self) -> int:
        """The number of points; one that stands in two blocks counts twice."""
        return sum(math.prod(len(axis.rows) for axis in block) for block in self.blocks)

    def points(self) -> Iterator[Point]:
        """Every point, block after block."""
        for block in self.blocks:
            for rows in product(*(axis.rows for axis in block)):
                yield Point({path: value for row in rows for path, value, _ in row}, rows)

    def axes(self) -> dict[str, list[Any]]:
        """The different values of each path, in the order of appearance."""
        found: dict[str, dict[Any, Any]] = {path: {} for path in self.paths}
        for path, value, _ in (cell for block in self.blocks for axis in block for row in axis.rows for cell in row):
            found[path].setdefault(same(value), value)
        return {path: list(values.values()) for path, values in found.items()}

    def data(self) -> Any:
        """Plain data that `gradx.axes.read` reads as the same points."""
        blocks = [_data(block) for block in self.blocks]
        return blocks[0] if len(blocks) == 1 else blocks


def located(document: Document, point: Point) -> Document:
    """The spec at a point, with the places of its values: for saying what is wrong there.

    Raises SpecError where a path leads nowhere (`depth.x`).
    """
    for path, place in sorted(point.marks.items(), key=lambda item: len(item[0])):  # `init` before `init.gain`
        value, mark = point.values[path], document.values[place]
        below = isinstance(value, dict | list)  # else the value is one of a form, whose parts are not the value's
        keys, values = (
            {each[len(place) :]: mark for each, mark in marks.items() if below and each[: len(place)] == place}
            for marks in (document.keys, document.values)
        )
        keys.pop((), None)
        segments = [(segment, mark) for segment in path.split(".")]
        document = assigned(document, Assignment(segments, [Reading(value, keys, values | {(): mark}, None)]))
    return document


def _data(block: Sequence[Axis]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for axis in block:
        if axis.kind == "grid":
            found.setdefault("grid", {}).update(axis.data())
        else:
            found[axis.kind] = axis.data()
    return found or {"list": [{}]}  # a block of which all is pinned is one point


def meaning(row: Row) -> frozenset[tuple[str, Any]]:
    """Equal for rows that make the same points."""
    return frozenset((path, same(value)) for path, value, _ in row)


def same(value: Any) -> Any:
    """Equal for values that mean the same: 1 and 1.0, sgd and {kind: sgd}; not for 1 and true."""
    if isinstance(value, bool):
        return ("truth", value)
    if isinstance(value, dict):
        items = frozenset((name, same(each)) for name, each in value.items())
        return same(value["kind"]) if set(value) == {"kind"} else items
    if isinstance(value, list):
        return ("list", *map(same, value))
    return value

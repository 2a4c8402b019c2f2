"""Reads and checks the block `sweep:` of a document; every mistake is found, each at its place."""

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gradx.axes.forms import SHAPES, FormError, expand, is_form
from gradx.axes.points import Axes, Axis, Cell, Row, meaning, same
from gradx.base.document import Document, KeyPath, Mark, shown
from gradx.base.errors import Problem, SpecError
from gradx.base.override import SEGMENT

MAX_POINTS = 1_000_000
KINDS = ("grid", "zip", "list")
NOT_SWEPT = {
    "name": "it does not change a run",
    "expect": "it does not change a run",
    "claim": "it does not change a run",
    "control": "it does not change a run",
    "report": "it does not change a run",
    "sweep": "a sweep has no sweeps within",
}


def read(document: Document) -> tuple[Document, Axes | None]:
    """The document without its `sweep:`, and the axes in there; None where there are none.

    The places of the values stay in the document. Raises SpecError with every mistake.
    """
    if "sweep" not in document.data:
        return document, None
    given, checker = document.data["sweep"], Checker(document)
    axes = Axes(checker.blocks(given, ("sweep",)))
    if message := too_many(axes):
        checker.wrong(("sweep",), message, at_key=True)
    checker.end()
    return replace(document, data={key: value for key, value in document.data.items() if key != "sweep"}), axes


@dataclass
class Checker:
    """Turns raw data into axes and collects what is wrong with them."""

    document: Document
    problems: list[tuple[Mark, Problem]] = field(default_factory=list)

    def end(self) -> None:
        """Raises SpecError if anything was wrong."""
        if self.problems:
            raise SpecError([problem for _, problem in sorted(self.problems, key=lambda found: found[0])])

    def wrong(self, place: KeyPath, message: str, at_key: bool = False) -> None:
        """Notes a mistake at a value or key, or at what is nearest around it."""
        marks = self.document.keys if at_key else self.document.values
        around = (place[:end] for end in range(len(place), -1, -1))
        mark = next((marks[each] for each in around if each in marks), (1, 1))
        self.problems.append((mark, self.document.problem(mark, message, place)))

    def blocks(self, given: Any, place: KeyPath) -> list[list[Axis]]:
        """A block, or a list of them."""
        if not isinstance(given, list):
            return [self.block(given, place)]
        if not given:
            self.wrong(place, "an empty list of blocks sweeps nothing")
        return [self.block(each, (*place, index)) for index, each in enumerate(given)]

    def block(self, given: Any, place: KeyPath) -> list[Axis]:
        """The axes of one block."""
        if not isinstance(given, dict) or not given:
            what = "an empty mapping" if isinstance(given, dict) else shown(given)
            self.wrong(place, f"must be a mapping with grid, zip or list, or a list of such mappings (got {what})")
            return []
        for key in given.keys() - set(KINDS):
            hint = _hint(key, KINDS) or "; an axis belongs under grid"
            self.wrong((*place, key), f"unknown key {shown(key)}{hint} (allowed here: {', '.join(KINDS)})", True)
        axes = self._grid(given["grid"], (*place, "grid")) if "grid" in given else []
        axes += self._zip(given["zip"], (*place, "zip")) if "zip" in given else []
        axes += self._list(given["list"], (*place, "list")) if "list" in given else []
        seen: set[str] = set()
        for axis in axes:
            for path in axis.paths:
                if path in seen:
                    cell = next(cell for row in axis.rows for cell in row if cell[0] == path)
                    self.wrong(cell[2], f"{path!r} is swept twice in this block")
            seen.update(axis.paths)
        for cell, path in overlaps(axes):
            self.wrong(cell[2], f"this value says what {path} is, which is swept, too: keep one of them")
        return axes

    def values(self, given: Any, place: KeyPath, path: str) -> list[Cell]:
        """The values of the axis `path`, given as a list or a form."""
        if isinstance(given, dict):
            try:
                return [(path, value, place) for value in expand(given, path)]
            except FormError as error:
                for inner, message in error.mistakes:
                    self.wrong((*place, *inner), message, message.startswith("unknown key"))
        elif not isinstance(given, list):
            self.wrong(place, f"must be a list of values or one of {SHAPES} (got {shown(given)})")
        elif not given:
            self.wrong(place, "an empty axis: write at least one value")
        else:
            cells = [(path, value, (*place, index)) for index, value in enumerate(given)]
            for _, value, where in cells:
                self.single(value, where)
            return cells
        return []

    def different(self, axis: Axis, place: KeyPath) -> Axis:
        """Checks that no two rows of an axis make the same points."""
        seen: set[Any] = set()
        for row in axis.rows:
            means = same(row[0][1]) if axis.kind == "grid" else meaning(row)
            if means in seen:
                what = ", ".join(f"{path} {shown(value)}" for path, value, _ in row)
                self.wrong(row[0][2] if row else place, f"{what or '{}'} stands here twice: the runs would coincide")
            seen.add(means)
        return axis

    def path(self, path: str, place: KeyPath) -> bool:
        """Checks that `path` is one that can be swept."""
        if not all(SEGMENT.fullmatch(segment) for segment in path.split(".")):
            self.wrong(place, f"{shown(path)} is not a path like depth or init.gain", True)
            return False
        if reason := NOT_SWEPT.get(path.split(".")[0]):
            self.wrong(place, f"{shown(path)} cannot be swept: {reason}", True)
            return False
        return True

    def single(self, value: Any, place: KeyPath) -> None:
        """Checks that `value` is one value and not a form, and that there is no NaN or inf anywhere in it."""
        if is_form(value):
            self.wrong(place, "must be a single value: a form stands for a whole axis, as in seed: {range: [0, 5]}")
        elif isinstance(value, float) and not math.isfinite(value):
            self.wrong(place, f"must be a finite number (got {shown(value)})")
        elif isinstance(value, dict | list):
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
                self.single(inner, (*place, key))

    def _grid(self, given: Any, place: KeyPath) -> list[Axis]:
        found = []
        for path, values, where in self._each(given, place):
            rows = [(cell,) for cell in self.values(values, where, path)]
            if rows:
                found.append(self.different(Axis("grid", rows, _forms({path: values})), place))
        return found

    def _zip(self, given: Any, place: KeyPath) -> list[Axis]:
        columns = [self.values(values, where, path) for path, values, where in self._each(given, place)]
        if not columns or not all(columns):
            return []
        first = columns[0]
        for column in columns:
            if len(column) != len(first):
                message = f"{len(column)} values, but {first[0][0]} has {len(first)}: zip pairs them one by one"
                self.wrong((*place, column[0][0]), message)
        return [self.different(Axis("zip", list(zip(*columns, strict=False)), _forms(given)), place)]

    def _list(self, given: Any, place: KeyPath) -> list[Axis]:
        if not isinstance(given, list) or not given:
            what = "an empty list" if given == [] else shown(given)
            self.wrong(place, f"must be a list of points like {{depth: 2, width: 64}} (got {what})")
            return []
        rows: list[Row] = []
        for index, point in enumerate(given):
            row = tuple(self._each(point, (*place, index))) if point != {} else ()  # {}: what the rest of the spec says
            for _, value, where in row:
                self.single(value, where)
            rows.append(row)
        return [self.different(Axis("list", rows), place)]

    def _each(self, given: Any, place: KeyPath) -> Iterator[Cell]:
        """The paths in a mapping, each with what is given for it and where that stands."""
        if not isinstance(given, dict) or not given:
            what = "an empty mapping" if isinstance(given, dict) else shown(given)
            self.wrong(place, f"must be a mapping of paths like {{init.gain: ...}} (got {what})")
            return
        for path, value in given.items():
            if self.path(path, (*place, path)):
                yield path, value, (*place, path)


def too_many(axes: Axes) -> str | None:
    """What to say where there are more points than a sweep may have."""
    if axes.count <= MAX_POINTS:
        return None
    sizes = " + ".join(" x ".join(str(len(axis.rows)) for axis in block) for block in axes.blocks)
    return f"{sizes} = {axes.count:,} points; at most {MAX_POINTS:,} are allowed"


def overlaps(axes: Sequence[Axis]) -> list[tuple[Cell, str]]:
    """Values that hold what another axis of the block sets: `optimizer: [{kind: sgd, lr: 1}]` beside `optimizer.lr`."""
    paths = dict.fromkeys(path for axis in axes for path in axis.paths)
    inner = [(outer, path) for outer in paths for path in paths if path.startswith(f"{outer}.")]
    cells = [cell for axis in axes for row in axis.rows for cell in row if inner]
    return [
        (cell, path)
        for outer, path in inner
        for cell in cells
        if cell[0] == outer and _holds(cell[1], path.removeprefix(f"{outer}.").split("."))
    ]


def _holds(value: Any, path: Sequence[str]) -> bool:
    """Whether a value says what stands at `path` in it; a name says its kind."""
    if not path:
        return True
    if isinstance(value, str):
        return list(path) == ["kind"]
    return isinstance(value, dict) and path[0] in value and _holds(value[path[0]], path[1:])


def _forms(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {path: values for path, values in columns.items() if isinstance(values, dict)}


def _hint(word: str, options: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, options, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""

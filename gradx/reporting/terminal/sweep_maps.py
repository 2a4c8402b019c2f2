"""`heat_maps`: the growth or the verdicts of a sweep with two numeric axes, one down and one across."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradx.reporting.runs.groups import AXES, Group
from gradx.reporting.runs.planes import MOST_MAPS, is_plane
from gradx.reporting.symbols import outcome
from gradx.reporting.terminal.layout import Column, laid_out
from gradx.reporting.text import Styled, count, is_number, number, spec_texts

MOST_ROWS = 60


@dataclass(frozen=True)
class Map:
    """The groups of a plane, by their place down and across.

    Attributes:
        axis: depth or time.
        down, across: names of the axes.
        besides: where the other axes stand, for people.
        cells: by the values of both axes.
    """

    axis: str
    down: str
    across: str
    besides: str
    cells: Mapping[tuple[Any, Any], Group]

    @property
    def rows(self) -> list[Any]:
        """From the top: numbers go up, as in every other map of a report."""
        return sorted({row for row, _ in self.cells}, reverse=True)

    @property
    def columns(self) -> list[Any]:
        return sorted({column for _, column in self.cells})

    def drawn(self, width: int, ascii_only: bool = False) -> tuple[list[Column], str] | None:
        """As columns with a caption: medians of the growth with symbols, else the symbols alone, if these have room."""
        alone = f"most frequent verdict; {count(len(self.columns), 'value')} of {self.across} across"
        for columns, caption in (
            (self._numbers(), "median of the growth, and most frequent verdict"),
            (self._symbols(" "), alone),
            (self._symbols(""), alone),
        ):
            layout = laid_out(columns, None, ascii_only)
            if max(line.cell_len for line in layout.lines) <= width:
                return columns, caption
        return None

    def words(self) -> list[str]:
        """The verdicts that occur as the most frequent of a cell."""
        return list(dict.fromkeys(word for cell in self.cells.values() if (word := cell.frequent_verdict(self.axis))))

    def _numbers(self) -> list[Column]:
        found = [self._labels()]
        for text, column in zip(spec_texts(self.columns), self.columns, strict=True):
            cells = [_number(self.cells.get((row, column)), self.axis) for row in self.rows]
            found.append(Column(text, cells, right=True))
        return found

    def _symbols(self, between: str) -> list[Column]:
        def line(row: Any) -> Styled:
            cells = (self.cells.get((row, column)) for column in self.columns)
            words = (cell.frequent_verdict(self.axis) if cell else "" for cell in cells)
            return between.join(outcome(word).char if word else " " for word in words), ""

        texts = spec_texts(self.columns)
        return [self._labels(), Column(f"{texts[0]} … {texts[-1]}", [line(row) for row in self.rows])]

    def _labels(self) -> Column:
        return Column(f"{self.down} \\ {self.across}", [(text, "bold") for text in spec_texts(self.rows)], right=True)


def heat_maps(found: Sequence[Group], names: Sequence[str]) -> list[Map]:
    """One map for each combination of the axes that are not numbers; none where that is not two axes by some others.

    Args:
        found: the groups of a sweep.
        names: of the values in their keys.
    """
    numeric = [place for place in range(len(names)) if all(is_number(group.key[place]) for group in found)]
    axis = next((axis for axis in AXES if any(group.verdicts(axis) for group in found)), None)
    if len(numeric) != 2 or axis is None:
        return []
    others = [place for place in range(len(names)) if place not in numeric]
    planes: dict[tuple[Any, ...], list[Group]] = {}
    for group in found:
        planes.setdefault(tuple(group.key[place] for place in others), []).append(group)
    maps = (
        _map(members, axis, numeric, names, ", ".join(map(str, kind)))
        for kind, members in planes.items()
        if len(planes) <= MOST_MAPS
    )
    return [one for one in maps if _is_plane(one)]


def _map(members: Sequence[Group], axis: str, numeric: Sequence[int], names: Sequence[str], besides: str) -> Map:
    """The longer axis goes down."""
    down, across = sorted(numeric, key=lambda place: -len({group.key[place] for group in members}))
    if len({group.key[down] for group in members}) > MOST_ROWS:
        down, across = across, down
    cells = {(group.key[down], group.key[across]): group for group in members}
    return Map(axis, names[down], names[across], besides, cells)


def _is_plane(one: Map) -> bool:
    return len(one.rows) <= MOST_ROWS and is_plane(len(one.rows), len(one.columns), len(one.cells))


def _number(group: Group | None, axis: str) -> Styled:
    if group is None or not (word := group.frequent_verdict(axis)):
        return "", ""
    spread = group.spread(f"growth.{axis}")
    return f"{outcome(word).char} {number(spread.middle if spread else None, 3)}", outcome(word).style

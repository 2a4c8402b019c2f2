"""Tables of the page: the first rows as they stand without scripts, and all of them as data for sorting and filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradx.reporting.elements import Column, Table
from gradx.reporting.encoding import encoded
from gradx.reporting.html.cells import cell, digits_of, is_numeric, is_whole, word_class
from gradx.reporting.html.runs import DIGITS, anchors, held
from gradx.reporting.runs.material import Material

STATIC = 100  # rows that stand in the page itself
MANY = 11  # columns, beyond which letters are small on paper
LONG = 60  # characters, beyond which a text may have several lines
LONG_WORD = 30  # those of a word that may be broken


@dataclass(frozen=True)
class Cell:
    """Text, the class that gives its look, and what it links to, if anything."""

    text: str
    look: str
    link: str | None = None


@dataclass(frozen=True)
class ShownTable:
    """A table as the template writes it.

    Attributes:
        rows: the first STATIC of them.
        data: of all, for the scripts.
    """

    table: Table
    numeric: Sequence[bool]
    rows: Sequence[Sequence[Cell]]
    data: dict[str, Any]

    @property
    def many(self) -> bool:
        """Whether it has so many columns that they need small letters on paper."""
        return len(self.table.columns) > MANY

    @property
    def left_out(self) -> int:
        return len(self.table) - len(self.rows)


def shown_table(table: Table, material: Material) -> ShownTable:
    """A table of a report. Its column `run`, if any, links to the panels."""
    numeric = [is_numeric(column.values) for column in table.columns]
    names = anchors(material.rows)
    links = dict(zip((row["run"] for row in reversed(material.rows)), reversed(names), strict=True))
    aligned = _aligned(table, material)
    digits = [digits_of(column.values) if column.kind == "spec" else DIGITS for column in table.columns]
    rows = []
    for place in range(min(len(table), STATIC)):
        line = []
        for column, right, precision in zip(table.columns, numeric, digits, strict=True):
            value = column.values[place]
            anchor = (names[place] if aligned else links.get(value)) if column.key == "run" else None
            text = cell(value, column.kind, precision)
            plain = "number" if right else "long" if _is_long(text) else ""
            look = f"word {word_class(value)}".strip() if column.kind == "word" else plain
            line.append(Cell(text, look, f"#run-{anchor}" if anchor else None))
        rows.append(line)
    known = held(material) if aligned else {}
    columns = [_data(*each, known) for each in zip(table.columns, numeric, digits, strict=True)]
    return ShownTable(table, numeric, rows, {"rows": len(table), "aligned": aligned, "columns": columns})


def _is_long(text: str) -> bool:
    return len(text) > LONG or any(len(word) > LONG_WORD for word in text.split())


def _aligned(table: Table, material: Material) -> bool:
    """Whether the rows of the table are the runs, in their order."""
    own = next((column.values for column in table.columns if column.key == "run"), None)
    return own is not None and list(own) == [row["run"] for row in material.rows]


def _data(column: Column, numeric: bool, digits: int, known: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """A column for the scripts; where it is one of the runs, its values are not said twice."""
    same = list(column.values) == known.get(column.key)
    said = {} if same else {"values": encoded(column.values, None if column.kind == "spec" else DIGITS)}
    return {
        "key": column.key,
        "label": column.label,
        "kind": column.kind,
        "numeric": numeric,
        "whole": is_whole(column.values),
        "digits": digits,
        **said,
    }

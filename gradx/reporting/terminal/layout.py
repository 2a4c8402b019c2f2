"""`laid_out`: columns of text side by side, within a width where one is given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len
from rich.text import Span, Text

from gradx.reporting.text import Styled, clipped, shown

GAP = 2  # columns of the terminal between columns
LEAST = 6  # columns to which the widest is cut at most
MOST = 0.4  # of the width for one column, unless it is of no use when cut


@dataclass(frozen=True)
class Column:
    """A heading and a cell for each row."""

    heading: str
    cells: Sequence[Styled]
    right: bool = False  # justified
    rank: float = 0  # what has a higher one is left out sooner for want of room; 0 stays
    whole: bool = False  # of no use when cut


@dataclass(frozen=True)
class Layout:
    """Lines to print, the heading first, and the headings of the columns that had no room."""

    lines: list[Text]
    left_out: list[str]


def laid_out(columns: Sequence[Column], width: int | None = None, ascii_only: bool = False) -> Layout:
    """The columns side by side.

    Where they are too wide together, headings are broken at dots and blanks first, as many as that takes, those that
    win most room before others; then columns are left out by their rank, then the widest is cut.

    Args:
        columns: all with the same number of cells.
        width: columns of the terminal; None for as much as it takes.
        ascii_only: for a terminal or file that cannot show more.
    """
    fitted = [_Fitted(column, ascii_only) for column in columns]
    left_out = [] if width is None or _sum(fitted) <= width else _fit(fitted, width)
    headings = list(zip_longest(*(one.heading for one in fitted), fillvalue=""))
    rows = [
        *(_line([(text, "bold") for text in texts], fitted, ascii_only) for texts in headings),
        *(_line(cells, fitted, ascii_only) for cells in zip(*(one.cells for one in fitted), strict=True)),
    ]
    if width is not None:
        for row in rows:
            row.truncate(width)
    return Layout(rows, left_out)


class _Fitted:
    """A column whose texts can be shown as they are, and the width it takes."""

    def __init__(self, column: Column, ascii_only: bool) -> None:
        self.column = column
        self.heading = [shown(column.heading, ascii_only)]
        self.cells = [(shown(text, ascii_only), style) for text, style in column.cells]
        self.needed = max((cell_len(text) for text, _ in self.cells), default=0)
        self.width = max(self.needed, cell_len(self.heading[0]))

    @property
    def won(self) -> int:
        """How much narrower it is with a broken heading."""
        return self.width - max(self.needed, *(cell_len(piece.rstrip()) for piece in self._pieces))

    @property
    def _pieces(self) -> list[str]:
        return re.findall(r"[^. ]+[. ]*", self.heading[0]) or [""]

    def break_heading(self) -> None:
        pieces = self._pieces
        self.width -= self.won
        lines = [""]
        for piece in pieces:
            if cell_len((lines[-1] + piece).rstrip()) <= self.width:
                lines[-1] += piece
            else:
                lines.append(piece)
        self.heading = [line.rstrip() for line in lines]

    def cut(self, most: int) -> None:
        if not self.column.whole:
            self.width = min(self.width, most)


def _fit(fitted: list[_Fitted], width: int) -> list[str]:
    """Makes the columns fit as far as that goes; gives the headings of those that were left out."""
    for one in sorted(fitted, key=lambda one: -one.won):
        if one.won > 0 and _sum(fitted) > width:
            one.break_heading()
    if _sum(fitted) <= width:
        return []
    for one in fitted:
        one.cut(max(int(width * MOST), LEAST))
    left_out = []
    while _sum(fitted) > width and (least := _least(fitted)):
        fitted.remove(least)
        left_out.append(least.column.heading)
    while _sum(fitted) > width and (widest := _widest(fitted)):
        widest.cut(widest.width - 1)
    for one in fitted:  # what is left goes to those that were cut
        one.width = max(one.width, min(one.needed, one.width + width - _sum(fitted)))
    return left_out


def _sum(fitted: Sequence[_Fitted]) -> int:
    return sum(one.width for one in fitted) + GAP * (len(fitted) - 1)


def _least(fitted: Sequence[_Fitted]) -> _Fitted | None:
    found = max(fitted, key=lambda one: one.column.rank, default=None)
    return found if found is not None and found.column.rank > 0 else None


def _widest(fitted: Sequence[_Fitted]) -> _Fitted | None:
    found = [one for one in fitted if one.width > LEAST and not one.column.whole]
    return max(found, key=lambda one: one.width, default=None)


def _line(cells: Sequence[Styled], fitted: Sequence[_Fitted], ascii_only: bool) -> Text:
    """Put together by hand: a table of runs has thousands of lines."""
    plain, spans = "", []
    for (text, style), one in zip(cells, fitted, strict=True):
        cut, room = text, one.width - cell_len(text)
        if room < 0:
            cut = clipped(text, one.width, ascii_only)
            room = one.width - cell_len(cut)
        start = len(plain) + (room if one.column.right else 0)
        if style:
            spans.append(Span(start, start + len(cut), style))
        plain += " " * room + cut if one.column.right else cut + " " * room
        plain += " " * GAP
    line = Text(plain, spans=spans, no_wrap=True)
    line.rstrip()
    return line

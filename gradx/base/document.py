"""`Document`: a spec as plain data, with the place of every key and value, and the problems that point at a place."""

import math
from dataclasses import dataclass
from typing import Any

from gradx.base.errors import Problem

KeyPath = tuple[str | int, ...]
Mark = tuple[int, int]  # line and column, both 1-based

MAX_COLUMN = 120  # of a source line quoted in a message
MAX_SHOWN = 60  # characters of a value quoted in a message


@dataclass(frozen=True)
class Document:
    """Plain data and where each key and value stands.

    Marks count in `lines`: those of the file, then one for each of the `assignments` made on the command line.
    """

    data: dict[str, Any]
    source: str  # the file name as given, for messages
    lines: list[str]
    keys: dict[KeyPath, Mark]
    values: dict[KeyPath, Mark]
    assignments: int = 0

    def problem(self, mark: Mark, message: str, path: KeyPath = ()) -> Problem:
        """The problem `message` about `path`, standing at `mark`."""
        line, column = mark
        if line <= len(self.lines) - self.assignments:
            return problem_at(self.source, self.lines, mark, message, path)
        excerpt = quoted(self.lines[line - 1], column)
        return Problem(visible(message), visible(dotted(path)), "command line", None, column, excerpt)


def problem_at(source: str, lines: list[str], mark: Mark, message: str, path: KeyPath = ()) -> Problem:
    """The problem `message` at `mark` of `lines`, with that line as its excerpt, safe to print on a terminal."""
    line, column = mark
    excerpt = quoted(lines[line - 1], column) if line <= len(lines) else None
    return Problem(visible(message), visible(dotted(path)), visible(source), line, column, excerpt)


def dotted(path: KeyPath) -> str:
    """`("layers", 0, "gain")` as `layers[0].gain`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def visible(text: str) -> str:
    r"""`text` with whatever a terminal could act on (ESC, bidirectional marks, lone surrogates) written as `\x1b`."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def quoted(line: str, column: int) -> str | None:
    """`line` as an excerpt of at most MAX_COLUMN columns with the caret right at `column`; None if it lies beyond.

    What cannot be printed is one blank before the caret, lest the caret move, and is written out from there on.
    """
    if column > MAX_COLUMN:
        return None
    before = "".join(char if char.isprintable() else " " for char in line[: column - 1])
    text = before + visible(line[column - 1 : MAX_COLUMN + 1])
    return text if len(text) <= MAX_COLUMN else text[: MAX_COLUMN - 1] + "…"


def shown(value: Any) -> str:
    """`value` as YAML would have it, on one line and short: `true`, `.inf`, 'text', "a list"."""
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 4]}...{text[-1]}"

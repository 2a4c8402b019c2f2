"""What can go wrong, as a tree; each class carries the exit code that the command line gives it.

GradxError            1   something gradx can name; the message says what was given, what is allowed, where
├── SpecError         2   a YAML file, an override or a data file named in it is wrong: holds every problem at once
└── ResultsError      1   a results directory cannot be read or written (full disk, permissions, foreign files)
"""

from collections.abc import Sequence
from dataclasses import dataclass


class GradxError(Exception):
    """Base of all errors that are shown as one message without a traceback."""

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One mistake: a dotted `path` into the spec (may be empty), what is wrong, and where it stands (1-based)."""

    message: str
    path: str = ""
    source: str = ""
    line: int | None = None
    column: int | None = None
    excerpt: str | None = None  # the source line, so that a caret can be drawn under `column`

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part not in ("", None))
        text = f"{place}: {self.message}" if place else self.message
        if self.excerpt is None or self.column is None:
            return text
        caret = " " * (self.column - 1) + "^"
        return f"{text}\n    {self.excerpt}\n    {caret}"


class SpecError(GradxError):
    """The user's input is wrong; `problems` lists every mistake found. Mend them where the message points."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        self.problems = [Problem(problems)] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ResultsError(GradxError):
    """A results directory cannot be read or written; the message names the path and the cause."""

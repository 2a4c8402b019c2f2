"""`Page`: collects lines of styled text that fit the width and the encoding of a console."""

import shlex
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from gradx.reporting.terminal.layout import Column, laid_out
from gradx.reporting.text import Styled, shown

READABLE = 100  # columns: longer lines of prose are hard to read
LONGEST = 600  # characters of one paragraph: an error message can be a whole log


class Page:
    """Lines in order. Nothing stands beside them, so that paths and commands can be copied from a terminal."""

    def __init__(self, console: Console, width: int, ascii_only: bool) -> None:
        self.lines: list[Text] = []
        self.width = width
        self.ascii_only = ascii_only
        self._console = console

    def blank(self) -> None:
        self.lines.append(Text())

    def heading(self, title: str, note: str = "") -> None:
        """A section begins."""
        self.blank()
        self.prose([(title, "bold"), (f"  {note}" if note else "", "dim")])

    def prose(self, pieces: Sequence[Styled], indent: int = 0, hang: int = 0) -> None:
        """A paragraph wrapped at words; `hang` more columns of indent from its second line on."""
        text = Text()
        for content, style in pieces:
            text.append(self._shown(content[:LONGEST] + ("…" if len(content) > LONGEST else "")), style)
        width = max(min(self.width, READABLE) - indent - hang, 8)
        for number, line in enumerate(text.wrap(self._console, width, overflow="fold", no_wrap=False)):
            line.rstrip()
            self.lines.append(Text.assemble(" " * (indent + (hang if number else 0)), line))

    def verbatim(self, lines: Iterable[str], indent: int = 0) -> None:
        """Lines as they are: charts, paths, code. The console folds what is too long."""
        self.lines += [Text(" " * indent + self._shown(line)) for line in lines]

    def table(self, columns: Sequence[Column], indent: int = 0) -> list[str]:
        """Columns side by side; gives the headings of those that had no room."""
        layout = laid_out(columns, self.width - indent, self.ascii_only)
        self.lines += [Text.assemble(" " * indent, line) for line in layout.lines]
        return layout.left_out

    def command(self, words: Sequence[str], indent: int = 0) -> None:
        """A shell command, continued on further lines in a way that a shell still takes."""
        room = self.width - indent
        lines = [""]
        for word in map(self._shown, map(shlex.quote, words)):
            if lines[-1] and len(lines[-1]) + len(word) + 3 > room:
                lines[-1] += " \\"
                lines.append("    " + word)
            else:
                lines[-1] += f" {word}" if lines[-1] else word
        self.lines += [Text(" " * indent + line, "cyan") for line in lines]

    def _shown(self, text: str) -> str:
        return shown(text, self.ascii_only)

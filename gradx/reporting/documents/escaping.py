"""Text from specs in Markdown: it is shown as it is, whatever it holds."""

import re
from collections.abc import Sequence
from urllib.parse import quote

from gradx.base.document import visible

_MEANT = re.compile(
    r"(?P<linked>@(?=\w)|#(?=\d)|\bgh-(?=\d)|:(?=//)|\bwww\.|\b(?:mailto|xmpp):|:(?=[\w+-]+:))"
    r"|(?P<number>^\d+(?=[.)](?:\s|$)))"
    r"|(?P<mark>^[#=>]|^[+-](?!\w)|#(?=#*$)|[\\`*\[\]|~$]|<(?=[a-z/!?])|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w]))",
    re.IGNORECASE,
)
"""What Markdown, and GitHub's, would take for more than text: links and mentions, numbers of a list, markup."""
_APART = "<!-- -->"  # GitHub makes links of what is escaped, too, but not of what is in pieces


def escaped(text: str) -> str:
    """`text` on one line, for a paragraph, a heading, or a cell of a table. Blanks next to each other become one."""
    return _MEANT.sub(_kept, visible(" ".join(text.split())))


def code(text: str) -> str:
    """`text` between backticks, for a paragraph or a cell."""
    line = visible(" ".join(text.split())).replace("|", r"\|")
    fence = _fence(line, 1)
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{edge}{line}{edge}{fence}"


def block(lines: Sequence[str], language: str = "") -> str:
    """Lines as they are, each on its own."""
    shown = [visible(line) for line in lines]
    fence = _fence("\n".join(shown), 3)
    return "\n".join([f"{fence}{language}", *shown, fence])


def link(path: str) -> str:
    """A relative path as the target of a link or an image."""
    return quote(path.encode("utf-8", "backslashreplace"))


def pipe_table(heads: Sequence[str], right: Sequence[bool], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; those of a column in `right` end below each other."""
    rule = "|" + "|".join("---:" if flag else "---" for flag in right) + "|"
    return "\n".join([_row(heads), rule, *map(_row, rows)])


def _kept(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "linked":
            return f"{match[0]}{_APART}"
        case "number":
            return f"{match[0]}\\"
    return f"\\{match[0]}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fence(text: str, least: int) -> str:
    """More backticks than stand together anywhere in `text`."""
    return "`" * max([least, *(len(found) + 1 for found in re.findall("`+", text))])

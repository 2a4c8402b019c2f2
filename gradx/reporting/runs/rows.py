"""`rows_of`: the rows of a results directory as a report needs them, whoever wrote them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gradx.base.document import shown
from gradx.base.errors import ResultsError
from gradx.reporting.runs.differing import FACTS, SPEC
from gradx.store.columns import EXACT
from gradx.store.runs import Results

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,15}")
_NUMBER = re.compile(
    r"(?:loss|metric|growth|decades|grad_norm|seconds|steps_done|diverged_at|parameters|clip_rate)(?:\..+)?"
)
_TEXT = re.compile(r"run|name|status|error|metric\.name|(?:verdict|evidence)\..+")


def rows_of(results: Results) -> list[Mapping[str, Any]]:
    """The rows of `runs/`, in which an integer is the same everywhere and every run has a name.

    The store keeps integers beyond 2^53 as text, and with them all others of their column: 8 here and "8" there are
    one value of an axis. Those beyond stay texts: neither floats nor browsers hold them. A run without a name, as of
    another program, gets that of its directory.

    Raises ResultsError where results cannot be read, or a result is not what it must be: a loss that is a text.
    """
    rows: Sequence[Mapping[str, Any]] = list(results.rows().values())
    texts = set()
    for name in rows[0] if rows else ():
        one = next((value for row in rows if (value := row[name]) is not None), None)  # all have its type
        if name.partition(".")[0] in SPEC and name not in FACTS:
            if isinstance(one, str) and any(_integer(value) is not value for value in {row[name] for row in rows}):
                texts.add(name)
        elif _wrong(name, one):
            where = f"{results.paths.runs} has {shown(one)} for {name}"
            raise ResultsError(f"{where}: gradx did not write that; move the directory away, or run it again")
    called = results.paths.root.resolve().name
    if texts or any(not row.get("name") for row in rows):
        changed = ({**row, **{name: _integer(row[name]) for name in texts}} for row in rows)
        return [{**row, "name": row.get("name") or called} for row in changed]
    return list(rows)


def _wrong(name: str, value: Any) -> bool:
    """Whether a value of a result has the wrong type."""
    if _TEXT.fullmatch(name):
        return not isinstance(value, str | None)
    return isinstance(value, str) and (name == "solved" or _NUMBER.fullmatch(name) is not None)


def _integer(value: Any) -> Any:
    """A text that is an integer as one, unless it is too large; anything else as it is."""
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        return value
    number = int(value)
    return number if abs(number) <= EXACT else value

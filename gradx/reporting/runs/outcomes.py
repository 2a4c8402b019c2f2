"""`OUTCOMES`: the results of runs that a report compares, each with its scale. A new quantity is one entry more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gradx.reporting.runs.differing import is_missing


@dataclass(frozen=True)
class Outcome:
    """A result of a run, as a number.

    Attributes:
        key: a column of `runs/`, or column and word (`status diverged`) for the runs in which it is that word.
        label: for people, with the unit.
        scale: how two arms are compared: `ratio` (geometric means; values above 0), `difference` (means), `share`.
        centre: the value that means neither; None where there is none.
    """

    key: str
    label: str
    scale: Literal["ratio", "difference", "share"]
    centre: float | None = None

    def of(self, row: Mapping[str, Any]) -> float | None:
        """The number of a run; None where it has none. NaN and inf are numbers here: what was measured."""
        column, _, word = self.key.partition(" ")
        value = row.get(column)
        if value is None:
            return None
        return float(value == word) if word else float(value)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("growth.depth", "growth per layer", "ratio", 1.0),
    Outcome("growth.time", "growth per time step", "ratio", 1.0),
    Outcome("decades.depth", "decades over all layers", "difference", 0.0),
    Outcome("decades.time", "decades over all time steps", "difference", 0.0),
    Outcome("solved", "share solved", "share"),
    Outcome("metric.final", "test metric", "difference"),
    Outcome("loss.final", "final loss", "difference"),
    Outcome("clip_rate", "clip rate", "difference"),
    Outcome("status diverged", "share diverged", "share"),
)
"""In the order of their weight: a report is about the first that varies, unless it is told otherwise."""


def known(rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """The outcomes that vary over these runs, or are not numbers somewhere."""
    return [outcome for outcome in OUTCOMES if _varies(outcome, rows)]


def outcome_of(key: str) -> Outcome:
    """The outcome with that key; any other column with numbers is one, too."""
    found = next((each for each in OUTCOMES if each.key == key), None)
    return found or Outcome(key, key, "difference")


def _varies(outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Ends at the first value that is another, for there may be ten thousand rows."""
    first = None
    for row in rows:
        value = outcome.of(row)
        if value is None:
            continue
        if is_missing(value) or first not in (None, value):
            return True
        first = value
    return False

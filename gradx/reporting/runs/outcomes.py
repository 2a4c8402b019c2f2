"""`OUTCOMES`: the results of runs that a report compares, each with its scale. A new quantity is one entry more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal


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

    def each(self, rows: Sequence[Mapping[str, Any]]) -> list[float | None]:
        """The number of each run; None where it has none. NaN and inf are numbers here: what was measured."""
        column, _, word = self.key.partition(" ")
        values = [row.get(column) for row in rows]
        if word:
            return [None if value is None else float(value == word) for value in values]
        return [None if value is None else float(value) for value in values]

    def occurs(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether any run has a number, or the word; a column of texts has neither."""
        column, _, word = self.key.partition(" ")
        values = [value for row in rows if (value := row.get(column)) is not None]
        if word:
            return word in values
        return bool(values) and all(isinstance(value, int | float) for value in values)

    def values(self, rows: Sequence[Mapping[str, Any]]) -> list[float]:
        """The numbers of some runs, NaN and inf too; without those that have none."""
        return [value for value in self.each(rows) if value is not None]


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


_PER = {"verdict.depth": " per layer", "verdict.time": " per time step"}


def known(rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
    """The outcomes that vary over these runs, or are not numbers somewhere."""
    return [outcome for outcome in OUTCOMES if _varies(outcome, rows)]


def outcome_of(key: str) -> Outcome:
    """The outcome with that key: one of `OUTCOMES`, the share of a word (`verdict.depth vanishing`), or a number."""
    column, _, word = key.partition(" ")
    other = Outcome(key, f"share {word}{_PER.get(column, '')}", "share") if word else Outcome(key, key, "difference")
    return next((each for each in OUTCOMES if each.key == key), other)


def _varies(outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = set(outcome.values(rows))
    return len(values) > 1 or any(map(isnan, values))

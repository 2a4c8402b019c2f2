"""`OUTCOMES`: the results of runs that a report compares, each with its scale. A new quantity is one entry more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, Literal

from gradx.base.untrained import of_training, untrained
from gradx.reporting.runs.units import UNITS
from gradx.reporting.text import count


def results(rows: Sequence[Mapping[str, Any]], column: str) -> list[Any]:
    """A column as it stands in the rows, but for outcomes of training: those of untrained runs are None."""
    if of_training(column):
        return [None if untrained(row) else row.get(column) for row in rows]
    return [row.get(column) for row in rows]


def untrained_note(rows: Sequence[Mapping[str, Any]]) -> str:
    """Why outcomes of training are missing, as a sentence; "" where every run was trained."""
    amount = sum(map(untrained, rows))
    if not amount:
        return ""
    if amount == len(rows):
        return "No run was trained (steps 0): what training comes to is missing."
    which = f"{amount:,} of {count(len(rows), 'run')} {'was' if amount == 1 else 'were'} not trained (steps 0)"
    return f"{which}: what training comes to is missing there."


@dataclass(frozen=True)
class Outcome:
    """A result of a run, as a number.

    An untrained run has no outcome of training: its row holds a final loss, a metric, a clip rate of 0 and `solved:
    no`, but these are of the network that it started with, and no effect of what is compared. In every comparison,
    chart, map and table of a report they are missing. The loss of that network is `loss.first`, which every run has.

    Attributes:
        key: a column of `runs/`, or column and word (`status diverged`) for the runs in which it is that word.
        label: for people, with the unit.
        scale: how two arms are compared: `ratio` (geometric means; values above 0), `difference` (means), `share`.
        centre: the value that means neither; None where there is none.
        of: the key of what it measures; in a run where that is `none` it is 0 by definition. "" as a rule.
    """

    key: str
    label: str
    scale: Literal["ratio", "difference", "share"]
    centre: float | None = None
    of: str = ""

    @property
    def log(self) -> bool:
        """Whether it goes in factors, so that the middle of two is their geometric mean: a growth, a norm."""
        return self.scale == "ratio" or self.key.startswith("grad_norm")

    @property
    def trained(self) -> bool:
        """Whether it is an outcome of training, which untrained runs do not have."""
        return of_training(self.key)

    def each(self, rows: Sequence[Mapping[str, Any]]) -> list[float | None]:
        """The number of each run; None where it has none. NaN and inf are numbers here: what was measured."""
        column, _, word = self.key.partition(" ")
        values = results(rows, column)
        if word:
            return [None if value is None else float(value == word) for value in values]
        return [None if value is None else float(value) for value in values]

    def occurs(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether any run has a number, or the word; a column of texts has neither."""
        column, _, word = self.key.partition(" ")
        values = [value for value in results(rows, column) if value is not None]
        if word:
            return word in values
        return bool(values) and all(isinstance(value, int | float) for value in values)

    def values(self, rows: Sequence[Mapping[str, Any]]) -> list[float]:
        """The numbers of some runs, NaN and inf too; without those that have none."""
        return [value for value in self.each(rows) if value is not None]


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("growth.depth", f"growth per {UNITS['depth']}", "ratio", 1.0),
    Outcome("growth.time", f"growth per {UNITS['time']}", "ratio", 1.0),
    Outcome("decades.depth", f"decades over all {UNITS['depth']}s", "difference", 0.0),
    Outcome("decades.time", f"decades over all {UNITS['time']}s", "difference", 0.0),
    Outcome("solved", "share solved", "share"),
    Outcome("metric.final", "test metric", "difference"),
    Outcome("loss.final", "final loss", "difference"),
    Outcome("clip_rate", "clip rate", "difference", of="clipping"),
    Outcome("status diverged", "share diverged", "share"),
)
"""In the order of their weight: a report is about the first that varies, unless it is told otherwise."""


_PER = {f"verdict.{axis}": f" per {unit}" for axis, unit in UNITS.items()}


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

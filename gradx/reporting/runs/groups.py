"""`groups`: the runs of a sweep put together over seeds, with what can be said of each group."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from statistics import fmean, stdev
from typing import Any

from gradx.base.student import student_t
from gradx.reporting.runs.differing import columns_of, differing, is_missing, or_none
from gradx.reporting.runs.middle import middle
from gradx.reporting.runs.outcomes import outcome_of, results
from gradx.reporting.runs.units import HEADINGS

SEED = "seed"
AXES: Mapping[str, str] = dict(HEADINGS.items())
"""Along which the gradient norm may grow, and the unit as a heading has it."""


@dataclass(frozen=True)
class Spread:
    """What several seeds give: their median and range, and where the mean lies.

    Attributes:
        interval: 95 % interval of the geometric mean over seeds (Student's t on the logarithms, which takes them for
            normal); None for one seed, or where a value is not above 0.
    """

    middle: float
    low: float
    high: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Group:
    """The runs that differ only in their seeds."""

    key: tuple[Any, ...]
    rows: Sequence[Mapping[str, Any]]

    def verdicts(self, axis: str) -> Counter[str]:
        """How often which verdict; nothing where there is none."""
        key = f"verdict.{axis}"
        found = Counter(row.get(key) for row in self.rows)
        return Counter({str(word): times for word, times in found.items() if not is_missing(word)})

    def frequent_verdict(self, axis: str) -> str:
        """The most frequent one; "" where there is none."""
        return next((word for word, _ in self.verdicts(axis).most_common(1)), "")

    def status(self, word: str) -> int:
        """How many runs came to this status: finished, diverged or failed."""
        return sum(row.get("status") == word for row in self.rows)

    def spread(self, name: str) -> Spread | None:
        """Of a column; None where no run has a value."""
        values = numbers(self.rows, name)
        if not values:
            return None
        return Spread(middle(values, outcome_of(name).log), min(values), max(values), _interval(values))

    def median(self, name: str, worst: float) -> float | None:
        """Of a column, where NaN counts as `worst`: where most losses are NaN, so is their median.

        What training comes to is that of the runs that were trained; None where none was.
        """
        values = [float(value) for value in results(self.rows, name) if isinstance(value, int | float)]
        return middle(values, outcome_of(name).log, worst) if values else None

    def solved(self) -> tuple[int, int] | None:
        """How many runs are solved, and of how many that is known: of those that were trained; None where of none."""
        known = [bool(value) for value in results(self.rows, "solved") if not is_missing(value)]
        return (sum(known), len(known)) if known else None


def axis_columns(axes: Mapping[str, Sequence[Any]], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns in which the points of a sweep differ, in the order of its axes; without the seed.

    An axis of parts gives several, as `optimizer` and `optimizer.lr`. One that has a single value gives none.
    """
    columns = columns_of(rows)
    found: list[str] = []
    for path in axes:
        found += differing({name: values for name, values in columns.items() if f"{name}.".startswith(f"{path}.")})
    return [name for name in dict.fromkeys(found) if name != SEED]


def groups(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Group]:
    """The rows by their values in `columns`, in the order in which these come first."""
    found: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple([or_none(row.get(name)) for name in columns]), []).append(row)
    return [Group(key, members) for key, members in found.items()]


def numbers(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """The values of a column that are numbers, infinite ones too."""
    values = (row.get(name) for row in rows)
    return [float(value) for value in values if isinstance(value, int | float) and not is_missing(value)]


def _interval(values: Sequence[float]) -> tuple[float, float] | None:
    if len(values) < 2 or not all(value > 0 and isfinite(value) for value in values):
        return None
    logs = [log(value) for value in values]
    middle, reach = fmean(logs), student_t(len(logs) - 1) * stdev(logs) / sqrt(len(logs))
    return _exp(middle - reach), _exp(middle + reach)


def _exp(value: float) -> float:
    return exp(value) if value < 709 else float("inf")

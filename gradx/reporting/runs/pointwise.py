"""`pointwise`: the paired differences of two sides at each combination of their common axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradx.reporting.runs.comparison import Pairing
from gradx.reporting.runs.matching import Cell
from gradx.reporting.runs.outcomes import OUTCOMES, Outcome
from gradx.reporting.runs.paired import Difference, difference, values_of


@dataclass(frozen=True)
class Pointwise:
    """The first combinations, and what is known at each.

    Attributes:
        axes: the keys in which pairs differ from each other.
        points: their values at each combination.
        pairs: how many there are at each.
        differences: of each outcome that differs anywhere here, one for each combination; None where no pair has it.
        left: further combinations.
    """

    axes: Sequence[str]
    points: Sequence[tuple[Any, ...]]
    pairs: Sequence[int]
    differences: Mapping[Outcome, Sequence[Difference | None]]
    left: int


def pointwise(pairing: Pairing, most: int, outcomes: int) -> Pointwise | None:
    """At most so many combinations and outcomes; None where there is only one combination, or nothing differs."""
    if not (axes := pairing.axes):
        return None
    found: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in pairing.cells:
        row = pairing.rows[cell.before[0]]
        found.setdefault(tuple(row.get(axis) for axis in axes), []).append(cell)
    shown = list(found.items())[:most]
    made: dict[Outcome, Sequence[Difference | None]] = {}
    for outcome in OUTCOMES:
        if len(made) == outcomes:
            break
        values = values_of(pairing.rows, outcome)
        parts = [difference(values, cells) for _, cells in shown]
        if any(part and not part.same for part in parts):
            made[outcome] = parts
    if not made:
        return None
    pairs = [sum(cell.pairs for cell in cells) for _, cells in shown]
    return Pointwise(axes, [key for key, _ in shown], pairs, made, len(found) - len(shown))

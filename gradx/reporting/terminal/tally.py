"""`tally`: what became of groups of runs that differ in more than their seeds: counts, verdicts, medians."""

from collections.abc import Sequence
from math import inf

from gradx.reporting.runs.groups import AXES, Group
from gradx.reporting.symbols import outcome
from gradx.reporting.terminal.layout import Column
from gradx.reporting.terminal.sweep_table import MISSING, mixture
from gradx.reporting.text import Styled, number

DIGITS = 3


def tally(found: Sequence[Group], growth: bool = False) -> list[Column]:
    """A row for each group; columns in which none has a value are left out. No intervals: the runs are no sample.

    Args:
        found: the groups.
        growth: whether they are alike enough for a median of the growth.
    """
    columns = [Column("runs", [(f"{len(group.rows):,}", "") for group in found], right=True, rank=1)]
    verdicts = {axis: counts for axis in AXES if any(counts := [group.verdicts(axis) for group in found])}
    for axis, counts in verdicts.items():
        unit, rank = AXES[axis], 0 if axis == next(iter(verdicts)) else 2
        columns.append(Column(f"per {unit}", list(map(mixture, counts)), rank=rank))
        if growth:
            cells = [_median(group, f"growth.{axis}") for group in found]
            columns.append(Column(f"growth per {unit}", cells, right=True, rank=2.5))
    for word in ("diverged", "failed"):
        if any(amounts := [group.status(word) for group in found]):
            columns.append(Column(word, [_count(amount, word) for amount in amounts], right=True, rank=3))
    columns.append(Column("loss", [_median(group, "loss.final") for group in found], right=True, rank=6))
    columns.append(Column("solved", [_solved(group) for group in found], right=True, rank=5))
    return [one for one in columns if any(cell != MISSING for cell in one.cells)]


def _count(amount: int, word: str) -> Styled:
    return (f"{amount:,}", outcome(word).style) if amount else ("0", "dim")


def _median(group: Group, name: str) -> Styled:
    value = group.median(name, inf)
    return MISSING if value is None else (number(value, DIGITS), "")


def _solved(group: Group) -> Styled:
    solved = group.solved()
    return (f"{solved[0]:,}/{solved[1]:,}", "") if solved else MISSING

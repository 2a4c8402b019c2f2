"""`sweep_table`: a row for each combination of a sweep's axes, put together over seeds."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf

from gradx.reporting.runs.groups import AXES, Group, Spread
from gradx.reporting.runs.middle import geometric_note
from gradx.reporting.runs.solving import solved_note
from gradx.reporting.symbols import outcome
from gradx.reporting.terminal.layout import Column
from gradx.reporting.text import Styled, is_right, number, spec_texts

MISSING: Styled = ("-", "dim")
DIGITS = 3

# What is left out first for want of room; the axes come after all of these, the last of them first. What is the same in
# every row goes before all of them: a note says it as well.
CONSTANT, RANGE, INTERVAL, SOLVED, LOSS, METRIC, COUNT, SECOND = 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 0.5

Notes = Callable[[Sequence[str]], list[str]]
"""Explains the columns, given the headings of those that were left out."""


def sweep_table(found: Sequence[Group], names: Sequence[str]) -> tuple[list[Column], Notes]:
    """The columns, and what explains those that are shown.

    Args:
        found: the groups to show, each a row.
        names: of the values in their keys.
    """
    columns = [_axis(name, [group.key[place] for group in found], place) for place, name in enumerate(names)]
    sizes = {len(group.rows) for group in found}
    seeds = sizes != {1}
    if len(sizes) > 1:
        columns.append(Column("runs", [(str(len(group.rows)), "") for group in found], right=True, rank=COUNT))
    judged = [axis for axis in AXES if any(group.verdicts(axis) for group in found)]
    for word in ("failed", "diverged"):  # a verdict tells of divergence, too
        if any(group.status(word) for group in found) and not (judged and word == "diverged"):
            columns.append(Column(word, [_count(group.status(word), word) for group in found], right=True))
    columns += [column for axis in judged for column in _along(found, axis, seeds, len(judged) > 1)]
    named = {str(row["metric.name"]) for group in found for row in group.rows if row.get("metric.name")}
    loss = _medians("loss", "loss.final", found, LOSS if judged else 0)
    metric = _medians(named.pop() if len(named) == 1 else "metric", "metric.final", found, METRIC)
    solved = [_solved(group) for group in found]
    known = [Column("solved", solved, right=True, rank=SOLVED)] if set(solved) != {MISSING} else []
    columns = [_ranked(column) for column in (*columns, *loss, *known, *metric)]
    return columns, partial(_notes, found, judged, columns, [column.heading for column in (*loss, *metric)])


def mixture(verdicts: Counter[str]) -> Styled:
    """`▼ vanishing` where all agree, else how often what: `▼3 ●2`."""
    if not verdicts:
        return MISSING
    if len(verdicts) == 1:
        word = next(iter(verdicts))
        return f"{outcome(word).char} {word}", outcome(word).style
    return " ".join(f"{outcome(word).char}{times}" for word, times in verdicts.most_common()), ""


def _axis(name: str, values: Sequence[object], place: int) -> Column:
    cells = [(text, "bold") for text in spec_texts(values)]
    return Column(name, cells, right=is_right(values), rank=place / 1000)


def _along(found: Sequence[Group], axis: str, seeds: bool, both: bool) -> list[Column]:
    """Verdict and growth along one axis; with several seeds also how far they differ."""
    of, later = f" per {AXES[axis]}" if both else "", SECOND if axis == "time" and both else 0.0
    spreads = [group.spread(f"growth.{axis}") for group in found]
    columns = [Column(f"per {AXES[axis]}", [mixture(group.verdicts(axis)) for group in found], rank=later and 3.0)]
    if any(spreads):
        columns.append(Column(f"growth{of}", [_middle(spread) for spread in spreads], right=True, rank=later and 3.5))
    if any(spread and spread.low < spread.high for spread in spreads):
        ranges = [_between((spread.low, spread.high)) if spread else MISSING for spread in spreads]
        columns.append(Column(f"range{of}", ranges, rank=RANGE + later))
    if any(spread and spread.interval for spread in spreads):
        intervals = [_between(spread.interval) if spread else MISSING for spread in spreads]
        columns.append(Column(f"interval{of}", intervals, rank=INTERVAL + later))
    return columns if seeds else columns[:2]


def _medians(heading: str, name: str, found: Sequence[Group], rank: float) -> list[Column]:
    """Medians of a loss or metric, where there are any."""
    worst = -inf if heading == "accuracy" else inf
    medians = [group.median(name, worst) for group in found]
    if all(value is None for value in medians):
        return []
    cells = [MISSING if value is None else (number(value, DIGITS), "") for value in medians]
    return [Column(heading, cells, right=True, rank=rank)]


def _ranked(column: Column) -> Column:
    return replace(column, rank=column.rank + CONSTANT) if column.rank >= SECOND and _constant(column) else column


def _constant(column: Column) -> bool:
    return len(column.cells) > 1 and len(set(column.cells)) == 1


def _notes(
    found: Sequence[Group],
    judged: Sequence[str],
    columns: Sequence[Column],
    medians: Sequence[str],
    left_out: Sequence[str],
) -> list[str]:
    """What the columns that are shown mean, and what those that are not would say."""
    sizes = {len(group.rows) for group in found}
    seeds = sizes != {1}
    notes = [f"each row {sizes.pop()} runs"] if seeds and len(sizes) == 1 else []
    shown = [column.heading for column in columns if column.heading not in left_out]
    notes += _explained(found, judged, shown, seeds)
    if seeds and (told := [heading for heading in medians if heading not in left_out]):
        notes.append(f"{' and '.join(told)}: {'medians' if len(told) > 1 else 'median'}, where nan is the worst")
    if "solved" in shown and (when := solved_note([row for group in found for row in group.rows])):
        notes.append(when)
    same = {column.heading: column.cells[0][0] for column in columns if _constant(column)}
    if every := [f"{heading} {same[heading]}" for heading in left_out if heading in same]:
        notes.append(f"the same in every row: {', '.join(every)}")
    if others := [heading for heading in left_out if heading not in same]:
        notes.append(f"left out for lack of room: {', '.join(others)}")
    return notes


def _explained(found: Sequence[Group], judged: Sequence[str], headings: Sequence[str], seeds: bool) -> list[str]:
    """What the columns with these headings mean."""
    notes = []
    if _any("growth", headings):
        where = " or ".join(AXES[axis] for axis in judged)
        even = geometric_note([len(group.rows) for group in found])
        middle = f"median over the runs of a row{f' ({even})' if even else ''}"
        over = (f", {middle}" if seeds else "") + ("; range: smallest to largest" if _any("range", headings) else "")
        notes.append(f"growth: factor of the gradient norm per {where} towards the input{over}")
    if _any("interval", headings):
        notes.append("interval: 95 %, of their geometric mean (Student's t on the logarithms)")
    mixed = [verdicts for axis in judged for group in found if len(verdicts := group.verdicts(axis)) > 1]
    if mixed:
        words = dict.fromkeys(word for verdicts in mixed for word in verdicts)
        notes.append("how often: " + ", ".join(f"{outcome(word).char} {word}" for word in words))
    return notes


def _any(what: str, headings: Sequence[str]) -> bool:
    return any(heading.startswith(what) for heading in headings)


def _count(amount: int, word: str) -> Styled:
    return (f"{outcome(word).char} {amount}", outcome(word).style) if amount else ("0", "dim")


def _middle(spread: Spread | None) -> Styled:
    return (number(spread.middle, DIGITS), "") if spread else MISSING


def _between(ends: tuple[float, float] | None) -> Styled:
    return (f"{number(ends[0], DIGITS)}–{number(ends[1], DIGITS)}", "dim") if ends else MISSING


def _solved(group: Group) -> Styled:
    solved = group.solved()
    return (f"{solved[0]}/{solved[1]}", "") if solved else MISSING

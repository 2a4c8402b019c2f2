"""`events`: where runs diverged, for charts over the steps; `diverged_note`: the same as a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from gradx.reporting.elements import Event
from gradx.reporting.runs.differing import is_missing
from gradx.reporting.text import count
from gradx.reporting.views.picking import Line, Picked


def events(pick: Picked) -> list[Event]:
    """One for each step at which the first seed of a line diverged, with the step of the last in its label.

    Lines whose first seeds diverged at one step share it.
    """
    found: dict[float, list[Line]] = {}
    for line in pick.lines:
        steps = _steps(line.rows)
        if steps:
            found.setdefault(min(steps), []).append(line)
    return [Event(step, _label(lines)) for step, lines in sorted(found.items())]


def diverged_note(rows: Sequence[Mapping[str, Any]]) -> str:
    """`3 of 10 runs diverged, between step 5 and step 17: the loss was not finite.`; "" where none did."""
    steps = _steps(rows)
    if not steps:
        return ""
    low, high = (f"{end:,.0f}" for end in (min(steps), max(steps)))
    at = f"at step {low}" if low == high else f"between step {low} and step {high}"
    if len(rows) == 1:
        return f"The run diverged {at}: the loss was not finite."
    return f"{len(steps):,} of {count(len(rows), 'run')} diverged, {at}: the loss was not finite."


def _label(lines: Sequence[Line]) -> str:
    """`3 of 5 seeds diverge, steps 3 to 31`, with the label of the line where there are several, with a number where
    many."""
    rows = [row for line in lines for row in line.rows]
    steps, of = _steps(rows), len(rows)
    low, high = (f"{end:,.0f}" for end in (min(steps), max(steps)))
    at = f" at step {low}" if low == high else f", steps {low} to {high}"
    if len(lines) > 1:
        return f"{len(steps)} of {count(of, 'run')} diverge{at}, in {len(lines)} combinations"
    what = f"diverges{at}" if of == 1 else f"{len(steps)} of {count(of, 'seed')} diverge{at}"
    return f"{what} ({lines[0].label})" if lines[0].label else what


def _steps(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    return [float(row["diverged_at"]) for row in rows if not is_missing(row.get("diverged_at"))]

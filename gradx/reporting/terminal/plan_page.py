"""`PlanPage`: what `gradx sweep --dry-run` prints: axes, points, cohorts, and what they will cost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console, ConsoleOptions, RenderResult

from gradx.reporting.terminal.page import Page
from gradx.reporting.text import clipped, count, duration, magnitude, shown, spec_texts

LINES = 15  # of cohorts
SIZES = 3  # of cohorts of one kind that are told apart
ENDS = 3, 1  # values of a long axis that are shown at its start and end
LONGEST = 60  # columns of the values of an axis


class Cohort(Protocol):
    """Members that will train together, and what they will cost."""

    @property
    def label(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def memory(self) -> int: ...
    @property
    def disk(self) -> int: ...


class Plan(Protocol):
    """A sweep to come: `points` of which some are `finished` or `busy` in other processes, in `cohorts` the rest."""

    @property
    def name(self) -> str: ...
    @property
    def axes(self) -> Mapping[str, Sequence[Any]]: ...
    @property
    def points(self) -> int: ...
    @property
    def finished(self) -> int: ...
    @property
    def busy(self) -> int: ...
    @property
    def cohorts(self) -> Sequence[Cohort]: ...
    @property
    def workers(self) -> int: ...
    @property
    def executor(self) -> str: ...
    @property
    def path(self) -> Path: ...


@dataclass(frozen=True)
class PlanPage:
    """The plan for any width and encoding; print it with `soft_wrap=True`."""

    plan: Plan

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        page = Page(console, options.max_width, options.ascii_only)
        todo = sum(cohort.size for cohort in self.plan.cohorts)
        page.prose([(self.plan.name, "bold"), (f"  {count(self.plan.points, 'point')}", "")])
        _axes(page, self.plan.axes, self.plan.points)
        page.heading("Points")
        _fact(page, "finished", f"{self.plan.finished:,}")
        if self.plan.busy:
            _fact(page, "elsewhere", f"{self.plan.busy:,} in work in other processes")
        _fact(page, "to do", f"{todo:,}")
        if self.plan.cohorts:
            _cohorts(page, self.plan.cohorts)
            _cost(page, self.plan)
        page.heading("Results")
        page.verbatim([str(self.plan.path)], indent=2)
        yield from page.lines


def axis_text(values: Sequence[Any], columns: int = LONGEST) -> str:
    """The values of an axis in a line, those in the middle left out where they are many."""
    texts = [_value(value) for value in values]
    whole = ", ".join(texts)
    if len(whole) > columns and len(texts) > sum(ENDS):
        whole = f"{', '.join(texts[: ENDS[0]])}, …, {', '.join(texts[-ENDS[1] :])}"
    return clipped(whole, columns)


def cost(plan: Plan) -> dict[str, float]:
    """Seconds until all is done, bytes of memory at a time (besides torch itself), bytes on the disk."""
    seconds = [cohort.seconds for cohort in plan.cohorts]
    return {
        "seconds": max(sum(seconds) / _at_once(plan), max(seconds, default=0.0)),
        "memory": max((cohort.memory for cohort in plan.cohorts), default=0) * _at_once(plan),
        "disk": sum(cohort.disk for cohort in plan.cohorts),
    }


def _at_once(plan: Plan) -> int:
    return max(min(plan.workers, len(plan.cohorts)), 1)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        kind = [str(value["kind"])] if "kind" in value else []
        return " ".join([*kind, *(f"{key} {_value(inner)}" for key, inner in value.items() if key != "kind")])
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return spec_texts([value])[0]


def _axes(page: Page, axes: Mapping[str, Sequence[Any]], points: int) -> None:
    if not axes:
        return
    sizes = [len(values) for values in axes.values()]
    whole = len(axes) > 1 and prod(sizes) == points  # else some axes go together, or blocks stand side by side
    page.heading("Axes", " × ".join(f"{size:,}" for size in sizes) if whole else "")
    longest = max(map(len, map(shown, axes)))
    for path, values in axes.items():
        text = axis_text(values, max(min(LONGEST, page.width - longest - 16), 16))
        page.prose(
            [(f"{shown(path):<{longest}}  ", "bold"), (text, ""), (f"  ({len(values):,})", "dim")], indent=2, hang=2
        )


def _cohorts(page: Page, cohorts: Sequence[Cohort]) -> None:
    sizes: dict[str, Counter[int]] = {}
    for cohort in cohorts:
        sizes.setdefault(cohort.label, Counter())[cohort.size] += 1
    page.heading("Cohorts", f"{len(cohorts):,}; members of one train together")
    for label, found in list(sizes.items())[:LINES]:
        page.prose([(f"{_sizes(found)}: {label}", "")], indent=2, hang=2)
    if len(sizes) > LINES:
        rest = sum(found.total() for found in list(sizes.values())[LINES:])
        page.prose([(f"… {count(rest, 'more cohort')} of {count(len(sizes) - LINES, 'more kind')}", "dim")], indent=2)


def _sizes(found: Counter[int]) -> str:
    """`12 cohorts of 64 members, 1 of 3`."""
    if len(found) > SIZES:
        return f"{count(found.total(), 'cohort')} of {min(found):,} to {max(found):,} members"
    (first, times), *others = sorted(found.items(), reverse=True)
    rest = "".join(f", {amount:,} of {size:,}" for size, amount in others)
    return f"{count(times, 'cohort')} of {count(first, 'member')}{rest}"


def _cost(page: Page, plan: Plan) -> None:
    at_once, total = _at_once(plan), cost(plan)
    who = f"{plan.executor}, {count(plan.workers, 'worker')}"
    page.heading("Estimate", who)
    _fact(page, "time", f"about {duration(total['seconds'])}")
    together = f" for {at_once} cohorts at a time" if at_once > 1 else ""
    _fact(page, "memory", f"about {magnitude(total['memory'])}B{together}, besides torch itself")
    _fact(page, "disk", f"about {magnitude(total['disk'])}B")


def _fact(page: Page, label: str, text: str) -> None:
    page.prose([(f"{label:<10} ", "dim"), (text, "")], indent=2, hang=2)

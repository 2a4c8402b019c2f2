"""`SweepPage`: what `gradx sweep` prints at its end: outcomes, a row for each combination, claims, what next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderResult

from gradx.reporting.runs.counts import outcomes
from gradx.reporting.runs.differing import alike, columns_of, described, is_missing
from gradx.reporting.runs.groups import AXES, SEED, axis_columns, groups
from gradx.reporting.runs.outcomes import results
from gradx.reporting.terminal.claims import claims_section
from gradx.reporting.terminal.overview import failures_section, maps_section, outcomes_section, table_section
from gradx.reporting.terminal.page import Page
from gradx.reporting.text import count, duration, rate

if TYPE_CHECKING:
    from gradx.api import Sweep

ROWS, ROWS_BESIDE_MAPS = 40, 10  # of the table


@dataclass(frozen=True)
class SweepPage:
    """The page of a finished sweep for any width and encoding; print it with `soft_wrap=True`."""

    done: "Sweep"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        page = Page(console, options.max_width, options.ascii_only)
        names = axis_columns(self.done.axes, self.done.rows)
        found = groups(self.done.rows, names)
        _title(page, self.done)
        outcomes_section(page, self.done.rows)
        maps = maps_section(page, found, names)
        table_section(page, found, names, ROWS_BESIDE_MAPS if maps and len(found) > ROWS else ROWS)
        claims_section(page, self.done.claims)
        failures_section(page, self.done.rows, names)
        _place(page, self.done)
        _next(page, self.done, names)
        yield from page.lines


def _title(page: Page, done: "Sweep") -> None:
    runs, computed = len(done.rows), done.computed
    if computed:
        now = "all computed now" if computed == runs else f"{computed:,} computed now"
        speed = f" ({rate(computed / done.seconds)})" if computed > 1 and done.seconds > 0 else ""
        took = f"{now} in {duration(done.seconds)}{speed}"
    else:
        took = "none could be computed" if done.failed else "nothing was left to compute"
    page.prose([(done.name, "bold"), (f"  {count(runs, 'run')}, {took}", "")])
    shared = {key: value for key, value in alike(columns_of(done.rows)).items() if key != SEED or runs == 1}
    if text := described(shared, ["steps"]):
        page.prose([(f"{'all: ' if runs > 1 else ''}{text}", "dim")])


def _place(page: Page, done: "Sweep") -> None:
    page.heading("Results")
    page.verbatim([str(done.path)], indent=2)
    page.verbatim([f"import gradx; gradx.load({str(done.path)!r}).runs"], indent=2)


def _next(page: Page, done: "Sweep", names: Sequence[str]) -> None:
    listed = ("gradx", "ls", "runs", str(done.path))
    statuses = outcomes(done.rows).get("runs", Counter())
    if len(done.rows) > 1 or statuses["failed"]:
        page.heading("What to do next")
    if statuses["failed"]:
        page.prose([("The same command runs those that failed again, and only those.", "")], indent=2)
    if sum(not is_missing(loss) for loss in results(done.rows, "loss.final")) > 1:
        page.prose([("The runs with the smallest loss:", "")], indent=2)
        page.command((*listed, "--sort", "loss.final", "--limit", "10"), indent=4)
    for word in ("exploding", "vanishing", "diverged"):
        axis = next((axis for axis in AXES if any(row.get(f"verdict.{axis}") == word for row in done.rows)), None)
        if axis is not None and any(row.get(f"verdict.{axis}") != word for row in done.rows):
            page.prose([(f"Those that are {word} per {AXES[axis]}:", "")], indent=2)
            page.command((*listed, "--where", f"verdict.{axis} == {word}"), indent=4)
            break
    if len(done.rows) > 1:
        page.prose([("What differs beyond noise, and every figure, as a page for a browser:", "")], indent=2)
        page.command(("gradx", "report", str(done.path), "--html", "report.html"), indent=4)

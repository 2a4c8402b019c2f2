"""`SweepPage`: what `gradx sweep` prints at its end: outcomes, a row for each combination, claims, what next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderResult

from gradx.reporting.claims import claims_section
from gradx.reporting.differing import alike, columns_of, described, is_missing
from gradx.reporting.groups import AXES, SEED, Group, axis_columns, groups
from gradx.reporting.heat import heat_maps
from gradx.reporting.page import Page
from gradx.reporting.sweep_table import sweep_table
from gradx.reporting.symbols import outcome
from gradx.reporting.text import Styled, count, duration, rate, spec_texts

if TYPE_CHECKING:
    from gradx.api import Sweep

ROWS, ROWS_BESIDE_MAPS = 40, 10  # of the table
LABEL = 11  # columns of what outcomes are of
REASONS, NAMED = 5, 3  # kinds of failures, and runs of each, that are named


@dataclass(frozen=True)
class SweepPage:
    """The page of a finished sweep for any width and encoding; print it with `soft_wrap=True`."""

    done: "Sweep"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        page = Page(console, options.max_width, options.ascii_only)
        names = axis_columns(self.done.axes, self.done.rows)
        found = groups(self.done.rows, names)
        _title(page, self.done)
        _outcomes(page, self.done.rows)
        maps = _maps(page, found, names)
        _table(page, found, names, ROWS_BESIDE_MAPS if maps and len(found) > ROWS else ROWS)
        claims_section(page, self.done.claims)
        _failures(page, self.done.rows, names)
        _place(page, self.done)
        _next(page, self.done, names)
        yield from page.lines


def outcomes(rows: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """How often which verdict along each axis that has any, and under `runs` how often which status."""
    of = {"runs": "status"} | {f"per {unit}": f"verdict.{axis}" for axis, unit in AXES.items()}
    counts = {
        words: Counter(str(row[key]) for row in rows if not is_missing(row.get(key))) for words, key in of.items()
    }
    return {words: counter for words, counter in counts.items() if counter}


def reasons(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The failed runs by the first line of what went wrong, the most frequent first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row.get("status") == "failed":
            lines = str(row.get("error") or "").strip().splitlines()
            found.setdefault(lines[0] if lines else "no reason was given", []).append(row)
    return sorted(found.items(), key=lambda item: -len(item[1]))


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


def _outcomes(page: Page, rows: Sequence[Mapping[str, Any]]) -> None:
    page.blank()
    for words, counter in outcomes(rows).items():
        lines: list[list[Styled]] = [[]]
        for word, times in counter.most_common():
            item = f"{outcome(word).char} {times:,} {word}"
            if sum(len(text) for text, _ in lines[-1]) + len(item) > page.width - LABEL:
                lines.append([])
            lines[-1] += [(item, outcome(word).style), ("  ", "")]
        page.prose([(f"{words:<{LABEL}}", "bold"), *lines[0]])
        for line in lines[1:]:
            page.prose(line, indent=LABEL)


def _maps(page: Page, found: Sequence[Group], names: Sequence[str]) -> int:
    """Maps that have room; gives how many."""
    shown = 0
    for one in heat_maps(found, names):
        drawn = one.drawn(page.width, page.ascii_only)
        if drawn is None:
            continue
        shown += 1
        legend = ", ".join(f"{outcome(word).char} {word}" for word in one.words())
        page.heading(f"Map per {AXES[one.axis]}", f"{one.besides}; {legend}".removeprefix("; "))
        page.table(drawn[0])
        page.prose([(drawn[1], "dim")])
    return shown


def _table(page: Page, found: Sequence[Group], names: Sequence[str], most: int) -> None:
    columns, notes = sweep_table(found[:most], names)
    page.heading(
        f"By {', '.join(names)}" if names else "Together", f"{count(len(found), 'combination')}" if names else ""
    )
    left_out = page.table(columns)
    if len(found) > most:
        page.prose([(f"… {count(len(found) - most, 'more combination')}", "dim")])
    for note in [*notes, *([f"left out for lack of room: {', '.join(left_out)}"] if left_out else [])]:
        page.prose([(note, "dim")], hang=2)


def _failures(page: Page, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    found = reasons(rows)
    if not found:
        return
    mark = outcome("failed")
    page.heading("Failed", count(sum(len(members) for _, members in found), "run"))
    for reason, members in found[:REASONS]:
        page.prose([(f"{mark.char} {count(len(members), 'run')} failed: ", mark.style), (reason, "")], indent=2, hang=2)
        where = [_point(row, names) for row in members[:NAMED]]
        more = f"; and {len(members) - NAMED:,} more" if len(members) > NAMED else ""
        page.prose([(f"{'; '.join(where)}{more}", "dim")], indent=4)
    if len(found) > REASONS:
        page.prose([(f"… {count(len(found) - REASONS, 'more reason')}", "dim")], indent=2)


def _point(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Where in the grid a run is: `depth=50 seed=3 (run 0123456789ab)`."""
    keys = [name for name in (*names, SEED) if not is_missing(row.get(name))]
    return f"{' '.join(f'{key}={spec_texts([row[key]])[0]}' for key in keys)} (run {row.get('run', '-')})"


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
    if statuses["failed"] + 1 < len(done.rows):
        page.prose([("The runs with the smallest loss:", "")], indent=2)
        page.command((*listed, "--sort", "loss.final", "--limit", "10"), indent=4)
    for word in ("exploding", "vanishing", "diverged"):
        axis = next((axis for axis in AXES if any(row.get(f"verdict.{axis}") == word for row in done.rows)), None)
        if axis is not None and any(row.get(f"verdict.{axis}") != word for row in done.rows):
            page.prose([(f"Those that are {word} per {AXES[axis]}:", "")], indent=2)
            page.command((*listed, "--where", f"verdict.{axis} == {word}"), indent=4)
            break

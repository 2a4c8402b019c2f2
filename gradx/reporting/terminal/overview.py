"""What pages about many runs have in common: outcomes, maps, a row for each combination, failures."""

from collections.abc import Mapping, Sequence
from typing import Any

from gradx.reporting.runs.counts import outcomes, reasons
from gradx.reporting.runs.differing import is_missing
from gradx.reporting.runs.groups import AXES, SEED, Group
from gradx.reporting.symbols import outcome
from gradx.reporting.terminal.page import Page
from gradx.reporting.terminal.sweep_maps import heat_maps
from gradx.reporting.terminal.sweep_table import sweep_table
from gradx.reporting.text import Styled, count, spec_texts

LABEL = 11  # columns of what outcomes are of
REASONS, NAMED = 5, 3  # kinds of failures, and runs of each, that are named


def outcomes_section(page: Page, rows: Sequence[Mapping[str, Any]]) -> None:
    """How often which status, and which verdict along each axis."""
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


def maps_section(page: Page, found: Sequence[Group], names: Sequence[str]) -> int:
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


def table_section(page: Page, found: Sequence[Group], names: Sequence[str], most: int) -> None:
    """A row for each of the first `most` combinations, and what the columns mean."""
    columns, notes = sweep_table(found[:most], names)
    if not columns:
        return
    page.heading(
        f"By {', '.join(names)}" if names else "Together", f"{count(len(found), 'combination')}" if names else ""
    )
    left_out = page.table(columns)
    if len(found) > most:
        page.prose([(f"… {count(len(found) - most, 'more combination')}", "dim")])
    for note in notes(left_out):
        page.prose([(note, "dim")], hang=2)


def failures_section(page: Page, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """What went wrong, and where; nothing where nothing did."""
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

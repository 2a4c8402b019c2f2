"""`experiments_section`: a row for each of many experiments; `missed_section`: which of their claims are not met."""

from collections.abc import Sequence

from gradx.reporting.runs.counts import shared
from gradx.reporting.runs.expected import Expected
from gradx.reporting.runs.groups import groups
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.symbols import JUDGED
from gradx.reporting.terminal.layout import Column
from gradx.reporting.terminal.page import Page
from gradx.reporting.terminal.sweep_table import MISSING
from gradx.reporting.terminal.tally import tally
from gradx.reporting.text import Styled, count

MOST = 200  # experiments
MISSED = 10  # claims


def experiments_section(page: Page, material: Material, claims: Sequence[Expected]) -> None:
    """A row for each experiment: how many runs, what became of them, and how many of its claims are met."""
    found = groups(material.rows, [NAME])
    shown = found[:MOST]
    page.heading("Experiments", f"{len(found):,}")
    names = [str(group.key[0]) for group in shown]
    columns = [Column("experiment", [(name, "bold") for name in names]), *tally(shown)]
    if claims:
        by_name = {one.name: one for one in claims}
        columns.append(Column("claims", [_claims(by_name.get(name)) for name in names], rank=2.75))
    left_out = page.table(columns)
    if len(found) > MOST:
        page.prose([(f"… {count(len(found) - MOST, 'more experiment')}", "dim")])
    if more := shared(material.rows):
        page.prose([(f"runs: each of the {more} counts in all of them", "dim")], hang=2)
    if claims:
        page.prose([("claims: met of those under expect; a control arm is not to meet all of them", "dim")], hang=2)
    if left_out:
        page.prose([(f"left out for lack of room: {', '.join(left_out)}", "dim")], hang=2)


def missed_section(page: Page, claims: Sequence[Expected]) -> None:
    """The claims that are not met, or cannot be judged, without those of control arms."""
    found = [
        (one.name, text, met, note)
        for one in claims
        if not one.control
        for text, met, note in one.claims
        if met is not True
    ]
    if not found:
        return
    total = sum(len(one.claims) for one in claims if not one.control)
    page.heading("Claims", f"{total - len(found)} of {total} met, without those of control arms")
    for name, text, met, note in found[:MISSED]:
        mark, words = JUDGED[met], "not met" if met is False else "cannot be judged"
        because = f"  ({note})" if note else ""
        page.prose(
            [(f"{mark.char} {words}", mark.style), (f"  {name}: {text}", ""), (because, "dim")], indent=2, hang=2
        )
    if len(found) > MISSED:
        page.prose([(f"… {len(found) - MISSED} more", "dim")], indent=2)


def _claims(one: Expected | None) -> Styled:
    if one is None or not one.claims:
        return MISSING
    text = f"{one.met}/{len(one.claims)}"
    if one.control:
        return f"{text} control", "dim"
    mark = JUDGED[True if one.met == len(one.claims) else False if any(c[1] is False for c in one.claims) else None]
    return f"{mark.char} {text}", mark.style

"""`experiments_section`: a row for each of many experiments; `missed_section`: which of their claims are not met."""

from collections.abc import Sequence

from gradx.reporting.runs.counts import shared
from gradx.reporting.runs.expected import WORDS, Expected, counted, evidence
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
        unknown = " (?: how many cannot be judged)" if any(one.unknown for one in claims) else ""
        note = f"claims: met of those under expect{unknown}; a control arm is not to meet all of them"
        page.prose([(note, "dim")], hang=2)
    if left_out:
        page.prose([(f"left out for lack of room: {', '.join(left_out)}", "dim")], hang=2)


def missed_section(page: Page, claims: Sequence[Expected]) -> None:
    """The claims that are not met, or cannot be judged, without those of control arms."""
    own = [(one, claim) for one in claims if not one.control for claim in one.claims]
    found = [(one, claim) for one, claim in own if claim[1] is not True]
    if not found:
        return
    page.heading("Claims", f"{counted([claim for _, claim in own])}, without those of control arms")
    for one, claim in found[:MISSED]:
        mark, because = JUDGED[claim[1]], evidence(claim, one.row)
        pieces = [
            (f"{mark.char} {WORDS[claim[1]]}", mark.style),
            (f"  {one.name}: {claim[0]}", ""),
            (f"  ({because})" if because else "", "dim"),
        ]
        page.prose(pieces, indent=2, hang=2)
    if len(found) > MISSED:
        page.prose([(f"… {len(found) - MISSED} more", "dim")], indent=2)


def _claims(one: Expected | None) -> Styled:
    if one is None or not one.claims:
        return MISSING
    text = f"{one.met}/{len(one.claims) - one.unknown}" + (f", {one.unknown} ?" if one.unknown else "")
    if one.control:
        return f"{text} control", "dim"
    mark = JUDGED[False if one.met + one.unknown < len(one.claims) else None if one.unknown else True]
    return f"{mark.char} {text}", mark.style

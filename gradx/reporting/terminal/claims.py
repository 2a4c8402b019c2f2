"""`claims_section`: the claims of a spec and whether they are met, as panel and sweep page show them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gradx.reporting.runs.expected import WORDS, Claim, counted, evidence
from gradx.reporting.symbols import JUDGED
from gradx.reporting.terminal.page import Page


def claims_section(page: Page, claims: Sequence[Claim], row: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Which of the claims are met; nothing where there are none.

    Args:
        page: what it is added to.
        claims: of the spec's `expect`, judged.
        row: of the run that they are about, whose values stand beside claims without a note.
    """
    if not claims:
        return
    page.heading("Claims", counted(claims))
    for claim in claims:
        mark, because = JUDGED[claim[1]], evidence(claim, row)
        pieces = [
            (f"{mark.char} {WORDS[claim[1]]}", mark.style),
            (f"  {claim[0]}", ""),
            (f"  ({because})" if because else "", "dim"),
        ]
        page.prose(pieces, indent=2, hang=2)

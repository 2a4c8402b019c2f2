"""`claims_section`: the claims of a spec and whether they are met, as panel and sweep page show them."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gradx.base.expression import NAMES
from gradx.reporting.runs.expected import Claim
from gradx.reporting.symbols import JUDGED
from gradx.reporting.terminal.page import Page
from gradx.reporting.text import number


def claims_section(page: Page, claims: Sequence[Claim], row: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Which of the claims are met; nothing where there are none.

    Args:
        page: what it is added to.
        claims: of the spec's `expect`, judged.
        row: of the run that they are about, whose values stand beside claims without a note.
    """
    if not claims:
        return
    page.heading("Claims", f"{sum(met is True for _, met, _ in claims)} of {len(claims)} met")
    words = {True: "met", False: "not met", None: "cannot be judged"}
    for text, met, note in claims:
        mark = JUDGED[met]
        because = note or _values_in(text, row)
        pieces = [
            (f"{mark.char} {words[met]}", mark.style),
            (f"  {text}", ""),
            (f"  ({because})" if because else "", "dim"),
        ]
        page.prose(pieces, indent=2, hang=2)


def _values_in(claim: str, row: Mapping[str, Any]) -> str:
    """The values of the run that a claim speaks of: `growth.time = 0.574`."""
    names = dict.fromkeys(name for name in re.findall(r"[a-z_]+(?:\.[a-z_]+)*", claim) if name in NAMES)
    known = [(name, row[name]) for name in names if row.get(name) is not None]
    return ", ".join(f"{name} = {number(value) if isinstance(value, float) else value}" for name, value in known)

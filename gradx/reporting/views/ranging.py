"""`ranging`: between which numbers a result lies along the axes, and in how many runs it is NaN or infinite."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite, isnan
from typing import Any

from gradx.reporting.runs.conditions import conditions
from gradx.reporting.runs.counts import distinct
from gradx.reporting.runs.differing import or_none
from gradx.reporting.runs.groups import Group, groups
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.text import count, number, spec_texts
from gradx.reporting.views.averaging import middle_of
from gradx.reporting.views.picking import BARE

DIGITS = 3
MOST_KEYS = 3  # of a combination that are named


def ranging(material: Material, outcome: Outcome) -> list[str]:
    """`test accuracy goes from 0.11 (depth 30, sigmoid) to 0.93 (depth 3, relu), medians of 3 runs`.

    These are the lowest and the highest median of all combinations that are finite; that others are not is told beside
    them. NaN counts as the worst value, as in the charts.
    """
    rows = [row for row in distinct(material.rows) if row.get("status") != "failed"]
    told = _odd(material, outcome, rows)
    found = [(middle_of(outcome, group.rows), group) for group in groups(rows, material.names)]
    finite = [(middle, group) for middle, group in found if middle is not None and isfinite(middle)]
    if not finite:
        return [f"{outcome.label} {told}"] if told else []
    ends = [pick(finite, key=lambda pair: pair[0]) for pick in (min, max)]
    texts = [number(value, DIGITS) for value, _ in ends]
    if texts[0] == texts[1]:
        amount = sum(len(outcome.values(group.rows)) for _, group in finite)
        said = f"is {texts[0]} ({'median of ' if amount > 1 else ''}{count(amount, 'run')})"
    else:
        where = [_where(group, material) for _, group in ends]
        sizes = [len(outcome.values(group.rows)) for _, group in ends]
        said = f"goes from {texts[0]} ({where[0]}) to {texts[1]} ({where[1]}){_of(sizes)}"
    return [f"{outcome.label} {said}" + (f", and {told}" if told else "")]


def _odd(material: Material, outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> str:
    """`is NaN in 3 and infinite in 1 of 54 runs (only with clipping none)`; "" where all are finite."""
    values = outcome.values(rows)
    words = {"NaN": sum(map(isnan, values)), "infinite": sum(abs(value) == inf for value in values)}
    parts = [f"{word} in {amount:,}" for word, amount in words.items() if amount]
    if not parts:
        return ""
    odd = [None if value is None else not isfinite(value) for value in outcome.each(material.rows)]
    where = conditions(material, odd, [True])
    text = f" ({where.texts[True]})" if where else ""
    return f"is {' and '.join(parts)} of {count(len(values), 'run')}{text}"


def _where(group: Group, material: Material) -> str:
    """`depth 30, sigmoid`: at most so many keys."""
    named = []
    for value, name in zip(group.key, material.names, strict=True):
        if value is not None:
            values = [or_none(each) for each in material.values(name)]
            text = dict(zip(values, spec_texts(values), strict=True))[value]
            named.append(text if name in BARE else f"{name} {text}")
    more = len(named) - MOST_KEYS
    return ", ".join(named if more < 2 else [*named[:MOST_KEYS], f"{more} more keys"])


def _of(sizes: Sequence[int]) -> str:
    if max(sizes) == 1:
        return ""
    low, high = min(sizes), max(sizes)
    return f", medians of {low:,} runs" if low == high else f", medians of {low:,} and {high:,} runs"

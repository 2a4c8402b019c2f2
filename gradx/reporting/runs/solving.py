"""`solved_note`: from which score on a run counts as solved, as the runs themselves say."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from gradx.reporting.text import number

DIGITS = 3
FEW = 3  # tasks that are named


def solved_note(rows: Sequence[Mapping[str, Any]]) -> str:
    """`solved: test accuracy of at least 0.9`, of several tasks for each; "" where no run says (of older results).

    Between a score by chance and a perfect one lies the one from which the task is solved, so the former tells which
    way is better.
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        score, chance = row.get("metric.solved_at"), row.get("metric.chance")
        if not isinstance(score, int | float) or not isinstance(chance, int | float) or isnan(score):
            continue
        way = "most" if score < chance else "least"
        text = f"test {row.get('metric.name') or 'metric'} of at {way} {number(score, DIGITS)}"
        if (task := str(row.get("task"))) not in found.setdefault(text, []):
            found[text].append(task)
    if not found:
        return ""
    told = [text if len(found) == 1 else f"{text} ({', '.join(tasks[:FEW])})" for text, tasks in found.items()]
    return f"solved: {'; '.join(told[:FEW])}{' ...' if len(told) > FEW else ''}"

"""`outcomes` and `reasons`: how often what became of runs, and why some failed; `at_first`: before they diverged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from gradx.base.thresholds import Thresholds
from gradx.diagnosis import direction
from gradx.reporting.runs.differing import is_missing, or_none
from gradx.reporting.runs.groups import AXES


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


def at_first(row: Mapping[str, Any], axis: str) -> str | None:
    """The verdict of a run; of one that diverged, what its gradient did at the first sampled step, if that is known."""
    verdict: str | None = or_none(row.get(f"verdict.{axis}"))
    decades = row.get(f"decades.{axis}")
    if verdict != "diverged" or decades is None:
        return verdict
    if isnan(decades):
        return "exploding"  # the profile was not finite
    low, high = (or_none(row.get(f"growth.{axis}.{end}")) for end in ("low", "high"))
    return direction(decades, low, high, or_none(row.get("diagnosis.decades")) or Thresholds().decades)

"""What became of runs: `distinct`, each once; `outcomes`; `reasons` of failures; `at_first`, before they diverged."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from gradx.base.thresholds import Thresholds
from gradx.diagnosis import direction
from gradx.reporting.runs.differing import is_missing, or_none
from gradx.reporting.runs.groups import AXES

Rows = Sequence[Mapping[str, Any]]


def distinct(rows: Rows) -> Rows:
    """Each run once: one that is in several experiments has a row in each.

    Of one that failed in some of them it is such a row, lest the failure is not told.
    """
    found: dict[Any, Mapping[str, Any]] = {}
    for row in rows:
        kept = found.setdefault(row["run"], row)
        if row.get("status") == "failed" != kept.get("status"):
            found[row["run"]] = row
    return rows if len(found) == len(rows) else list(found.values())


def shared(rows: Rows) -> str:
    """`60 in several experiments`; "" where each run is in one."""
    times = Counter(row["run"] for row in rows)
    several = sum(amount > 1 for amount in times.values())
    return f"{several:,} in several experiments" if several else ""


def outcomes(rows: Rows) -> dict[str, Counter[str]]:
    """How often which verdict along each axis that has any, and under `runs` how often which status; each run once."""
    of = {"runs": "status"} | {f"per {unit}": f"verdict.{axis}" for axis, unit in AXES.items()}
    once = distinct(rows)
    counts = {
        words: Counter(str(row[key]) for row in once if not is_missing(row.get(key))) for words, key in of.items()
    }
    return {words: counter for words, counter in counts.items() if counter}


def reasons(rows: Rows) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The failed runs, each once, by the first line of what went wrong, the most frequent first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in distinct(rows):
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

"""`outcomes` and `reasons`: how often what became of runs, and why some failed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gradx.reporting.runs.differing import is_missing
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

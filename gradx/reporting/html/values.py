"""What the map of the page can show: results of runs, each with the scale of its colours."""

from typing import Any

from gradx.reporting.runs.differing import is_missing
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import OUTCOMES, Outcome
from gradx.reporting.views.colouring import colouring

WORDS = {"verdict.depth": "verdict per layer", "verdict.time": "verdict per time step", "status": "status"}


def values_data(material: Material) -> list[dict[str, Any]]:
    """The results that any run has, those of most weight first.

    Each with `kind`: `number` (median over the runs of a cell), `share` (of the runs in which it is so), `word` (the
    most frequent).
    """
    numbers = [
        {"key": outcome.key, "label": outcome.label, "kind": _kind(outcome.scale)} | _scale(material, outcome)
        for outcome in OUTCOMES
        if " " not in outcome.key and _known(material, outcome.key)
    ]
    words = [{"key": key, "label": label, "kind": "word"} for key, label in WORDS.items() if _known(material, key)]
    return [*numbers, *words]


def _scale(material: Material, outcome: Outcome) -> dict[str, Any]:
    """The scale of colours, that of all other maps of this result."""
    log, bounds = colouring(outcome, material.rows)
    return {"centre": outcome.centre, "log": log, "bounds": bounds}


def _kind(scale: str) -> str:
    return "share" if scale == "share" else "number"


def _known(material: Material, key: str) -> bool:
    """Whether it differs anywhere, or is nan: what all runs share is no map."""
    values = [value for value in material.columns.get(key, ()) if value is not None]
    return len(set(values)) > 1 or any(map(is_missing, values))

"""What the map of the page can show: results of runs, each with the scale of its colours."""

from collections.abc import Sequence
from typing import Any

from gradx.base.untrained import untrained
from gradx.reporting.runs.differing import is_missing
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import OUTCOMES, Outcome
from gradx.reporting.runs.units import UNITS
from gradx.reporting.views.colouring import colouring

WORDS = {**{f"verdict.{axis}": f"verdict per {unit}" for axis, unit in UNITS.items()}, "status": "status"}


def values_data(material: Material) -> list[dict[str, Any]]:
    """The results that any run has, those of most weight first.

    Each with `kind`: `number` (median over the runs of a cell), `share` (of the runs in which it is so), `word` (the
    most frequent). `factors` is where the middle of two is their geometric mean, `without` the places of the runs that
    do not have it whatever their row says: untrained ones.
    """
    numbers = [
        {"key": outcome.key, "label": outcome.label, "kind": _kind(outcome.scale), "factors": outcome.log}
        | _without(material, outcome)
        | _scale(material, outcome)
        for outcome in OUTCOMES
        if " " not in outcome.key and _known(outcome.values(material.rows))
    ]
    said = {key: label for key, label in WORDS.items() if _known(material.columns.get(key, ()))}
    return [*numbers, *({"key": key, "label": label, "kind": "word"} for key, label in said.items())]


def _without(material: Material, outcome: Outcome) -> dict[str, Any]:
    places = [place for place, row in enumerate(material.rows) if untrained(row)] if outcome.trained else []
    return {"without": places} if places else {}


def _scale(material: Material, outcome: Outcome) -> dict[str, Any]:
    """The scale of colours, that of all other maps of this result."""
    log, bounds = colouring(outcome, material.rows)
    return {"centre": outcome.centre, "log": log, "bounds": bounds}


def _kind(scale: str) -> str:
    return "share" if scale == "share" else "number"


def _known(values: Sequence[Any]) -> bool:
    """Whether it differs anywhere, or is nan: what all runs share is no map."""
    known = [value for value in values if value is not None]
    return len(set(known)) > 1 or any(map(is_missing, known))

"""`colouring`: the scale of colours that all maps of one result share."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from gradx.reporting.colours import ends
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.views.choosing import scale


def colouring(outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> tuple[bool, tuple[float, float]]:
    """Whether it is logarithmic, and its ends: 0 and 1 of shares, else round numbers around the results of all runs.

    Medians of these runs lie between the same ends, whichever of them are put together.
    """
    if outcome.scale == "share":
        return False, (0.0, 1.0)
    values = outcome.values(rows)
    log = outcome.scale == "ratio" or scale("", [value for value in values if isfinite(value)]).log
    return log, ends(values, log, outcome.centre)

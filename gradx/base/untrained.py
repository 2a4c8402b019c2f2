"""`untrained`: whether a run was to make no step; what its row says of the end of training is of none."""

from collections.abc import Mapping
from typing import Any

LAST = (".final", ".test")
"""Of the end of training."""
_OF_STEPS = ("solved", "clip_rate")  # of training, too


def untrained(row: Mapping[str, Any]) -> bool:
    """Whether a run made no step because it was to make none (`steps: 0`).

    One that diverged at the first of its steps was to be trained: that it came to nothing is what training did to it.
    """
    return row.get("steps_done") == 0 and not (row.get("steps") and row.get("status") == "diverged")


def of_training(column: str) -> bool:
    """Whether a column holds an outcome of training: a final loss, a metric, whether the task is solved."""
    return column in _OF_STEPS or column.endswith(LAST)


def outcomes_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row, of an untrained run without the outcomes of training."""
    if not untrained(row):
        return row
    return {column: value for column, value in row.items() if not of_training(column)}

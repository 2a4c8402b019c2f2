"""`Presentation`: the key `report` of a spec: what the report of an experiment or a sweep is to ask and to draw."""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from gradx.base.document import KeyPath
from gradx.base.expression import suggestion
from gradx.base.expression.language import OUTCOMES
from gradx.base.part import Spec
from gradx.base.statement import EFFECTS

RESULTS = (*EFFECTS, *(f"{column} {word}" for column, words in OUTCOMES.items() for word in words))
"""What can go up: results that are numbers, and for the share of the runs of which a word is true `status diverged`."""

Text = Annotated[str, Field(min_length=1, max_length=500)]


class Presentation(Spec):
    """What a report says and draws first; what is left out is chosen from the axes."""

    question: Text | None = None  # one sentence with a question mark
    caption: Text | None = None  # of the first figure
    x: str | None = None  # the key that goes across: depth, init.gain ...
    y: str | None = None  # the result that goes up: growth.depth, loss.final, solved, status diverged ...
    by: str | None = None  # the key whose values are compared: one line, one arm for each


def problems(data: Mapping[str, Any], keys: Collection[str]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with the key `report` of raw data, beside what pydantic says.

    Args:
        keys: of an experiment, that may differ between runs; `init.gain` is under `init`.
    """
    said = data.get("report")
    if not isinstance(said, Mapping):
        return
    for field in ("x", "by"):
        if isinstance(name := said.get(field), str) and name.partition(".")[0] not in keys:
            allowed = suggestion(name, keys) or f" (allowed: {', '.join(keys)}, and fields of these)"
            yield ("report", field), f"unknown key {name!r}{allowed}"
    if isinstance(name := said.get("y"), str) and (problem := result_problem(name)):
        yield ("report", "y"), problem


def result_problem(name: str) -> str | None:
    """What is wrong with the name of a result that is to go up; None where it is one of RESULTS."""
    if name in RESULTS:
        return None
    return f"unknown result {name!r}" + (suggestion(name, RESULTS) or f" (allowed: {', '.join(RESULTS)})")

"""Claims about one run, such as `growth.time < 0.7 and verdict.time == 'vanishing'`."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain

from gradx.base.expression.language import (
    FAILURES,
    NAMES,
    OUTCOMES,
    Evaluator,
    UnavailableError,
    evaluator,
    names_in,
    never,
    parsed,
    problem_of,
    refused,
    suggestion,
    unsaid,
)
from gradx.base.untrained import outcomes_of

Value = str | int | float | bool


@lru_cache
def problem(text: str) -> str | None:
    """What is wrong with a claim, in one sentence; None where it can be judged."""
    return problem_of(text, lambda body: chain(mistakes(body), unsaid(body)), example="growth.time < 0.7 and solved")


def holds(text: str, values: Mapping[str, Value | None]) -> bool:
    """Whether a claim is true of the values of a run. Outcomes of training are missing where nothing was trained.

    Raises:
        UnavailableError: it speaks of a missing value, or compares what cannot be compared; the message says which.
    """
    try:
        return bool(_compiled(text)(outcomes_of(values)))
    except FAILURES as error:
        raise UnavailableError(str(error)) from error


def mistakes(body: ast.expr) -> Iterator[str]:
    """What is wrong with an expression over the results of one run."""
    unknown = (_unknown(name) for name in names_in(body) if name not in NAMES)
    return chain(refused(body, "a claim"), never(body), unknown)


def _unknown(name: str) -> str:
    if any(name in texts for texts in OUTCOMES.values()):
        return f"unknown value {name!r}; put text in quotes"
    allowed = f" (allowed: {', '.join(NAMES)})"
    return f"unknown value {name!r}{suggestion(name, NAMES) or allowed}"


@lru_cache
def _compiled(text: str) -> Evaluator:
    return evaluator(parsed(text))

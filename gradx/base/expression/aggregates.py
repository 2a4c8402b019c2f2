"""Claims about many runs, such as `share(solved) >= 0.8 and median(growth.time) < 0.7`."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np

from gradx.base.expression.language import (
    FAILURES,
    FUNCTIONS,
    Evaluator,
    UnavailableError,
    evaluator,
    function_of,
    names_in,
    parsed,
    problem_of,
    refused,
    unsaid,
)
from gradx.base.expression.single import mistakes
from gradx.base.untrained import outcomes_of

_EXAMPLE = "share(solved) >= 0.8"
_CONDITIONS = ("share", "all", "any")
_NUMBERS: dict[str, Callable[[Any], Any]] = {
    "median": np.median,
    "mean": np.mean,
    "min": np.min,
    "max": np.max,
    "std": lambda values: np.std(values, ddof=1),  # of the runs as a sample
}
AGGREGATES = (*_CONDITIONS, *_NUMBERS, "count")
"""share, all, any of a condition; median, mean, min, max, std of a number; count() of the runs."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Judgement:
    """Whether a claim holds (None: it cannot be judged), and the numbers or the reason."""

    met: bool | None
    note: str


@dataclass
class _Runs:
    """What a claim is judged by, and what it has been found to say on the way."""

    rows: Sequence[Row]
    numbers: dict[str, str] = field(default_factory=dict)  # the value of each aggregate that was needed
    counts: dict[str, str] = field(default_factory=dict)  # for all and any: of how many runs the condition is true


@lru_cache
def sweep_problem(text: str) -> str | None:
    """What is wrong with a claim about many runs, in one sentence; None where it can be judged."""
    return problem_of(text, _mistakes, example=_EXAMPLE)


def judge(text: str, rows: Sequence[Row]) -> Judgement:
    """Judges a claim by the rows of many runs; a diverged run is a run like any other.

    It cannot be judged where there are no runs, or where a value that it needs is missing in any of them, as outcomes
    of training are where nothing was trained.
    """
    if not rows:
        return Judgement(None, "there are no runs")
    runs = _Runs([*map(outcomes_of, rows)])
    try:
        met: bool | None = bool(_compiled(text)(runs))
        note = ""
    except (UnavailableError, *FAILURES) as error:
        met, note = None, str(error)
    return Judgement(met, note or _note(runs))


def _mistakes(body: ast.expr) -> Iterator[str]:
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call) and _aggregates(node)]
    inner = {id(node) for call in calls for argument in call.args for node in ast.walk(argument)}
    return chain(
        refused(body, "a claim", dict.fromkeys([*AGGREGATES, *FUNCTIONS])),
        (f"{function_of(call)}(...) cannot stand within another of its kind" for call in calls if id(call) in inner),
        chain.from_iterable(_wrong_call(call) for call in calls),
        chain.from_iterable(mistakes(argument) for call in calls for argument in call.args),
        _loose(body),
        unsaid(body, also=("all", "any")),
        () if calls else (f"says nothing about the runs together (allowed: {', '.join(AGGREGATES)})",),
    )


def _note(runs: _Runs) -> str:
    numbers = [f"{', '.join(runs.numbers.values())} over {_count(runs)}"] if runs.numbers else []
    return ", ".join([*numbers, *runs.counts.values()]) or f"over {_count(runs)}"


def _count(runs: _Runs) -> str:
    return "1 run" if len(runs.rows) == 1 else f"{len(runs.rows)} runs"


def _wrong_call(call: ast.Call) -> Iterator[str]:
    name, wanted = function_of(call), 0 if function_of(call) == "count" else 1
    if len(call.args) != wanted:
        example = "count() >= 10" if wanted == 0 else f"{name}({'solved' if name in _CONDITIONS else 'growth.time'})"
        yield f"{name} takes {wanted} value{'s' * (wanted != 1)}, got {len(call.args)} (example: {example})"


def _loose(node: ast.AST) -> Iterator[str]:
    """Values of one run outside of any aggregate."""
    if isinstance(node, ast.Attribute | ast.Name):
        for name in names_in(node):
            yield f"{name!r} differs from run to run: write median({name}), all({name} ...) or the like"
    elif not (isinstance(node, ast.Call) and _aggregates(node)):
        for child in node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node):
            yield from _loose(child)


def _aggregates(call: ast.Call) -> bool:
    """Whether it is about many runs: min and max of one value are, of several they are not."""
    name = function_of(call)
    return name in AGGREGATES and not (name in FUNCTIONS and len(call.args) != 1)


@lru_cache
def _compiled(text: str) -> Evaluator:
    return evaluator(parsed(text), _aggregate)


def _aggregate(node: ast.expr) -> Evaluator | None:
    """The value of an aggregate over all runs."""
    if not (isinstance(node, ast.Call) and _aggregates(node)):
        return None
    name, shown = function_of(node), ast.unparse(node)
    argument = evaluator(node.args[0]) if node.args else lambda row: 1

    def value(runs: _Runs) -> Any:
        found = _each(argument, runs.rows, shown)
        true = sum(map(bool, found))
        result = _truth(name, true, len(found)) if name in _CONDITIONS else _number(name, found, shown)
        if isinstance(result, bool):
            runs.counts[shown] = f"{shown}: {true} of {_count(runs)}"
        else:
            runs.numbers[shown] = f"{shown} = {result:.4g}"
        return result

    return value


def _each(argument: Evaluator, rows: Sequence[Row], shown: str) -> list[Any]:
    """The argument's value in every run. Raises UnavailableError that says how many lack it, and why the first does."""
    found, reasons = [], list[str]()
    for row in rows:
        try:
            found.append(argument(row))
        except (UnavailableError, *FAILURES) as error:
            reasons.append(str(error))
    if reasons:
        raise UnavailableError(f"{shown}: {reasons[0]} in {len(reasons)} of {len(rows)} runs")
    return found


def _truth(name: str, true: int, count: int) -> float | bool:
    return true / count if name == "share" else true == count if name == "all" else true > 0


def _number(name: str, found: list[Any], shown: str) -> float:
    if name == "count":
        return len(found)
    if any(not isinstance(value, int | float | np.number) for value in found):
        raise UnavailableError(f"{shown}: not all values are numbers")
    if name == "std" and len(found) < 2:
        raise UnavailableError(f"{shown}: one run has no spread")
    with np.errstate(all="ignore"):  # inf - inf is NaN here, and a comparison with NaN is false
        return float(_NUMBERS[name](np.asarray(found, dtype=np.float64)))

"""The language of expressions: what may stand in one, and how it is turned into functions of a run's values."""

import ast
import difflib
import math
import operator
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from gradx.base.untrained import of_training, untrained

NAMES = [
    "status",
    "diverged_at",
    "seconds",
    "steps_done",
    "loss.first",
    "loss.final",
    "loss.max",
    "loss.chance",
    "loss.test",
    "metric.final",
    "metric.chance",
    "solved",
    "grad_norm.first",
    "grad_norm.final",
    "clip_rate",
    "clip_cosine.min",
    "clip_cosine.mean",
    "growth.depth",
    "growth.depth.low",
    "growth.depth.high",
    "growth.time",
    "growth.time.low",
    "growth.time.high",
    "growth.depth.final",
    "growth.time.final",
    "decades.depth",
    "decades.time",
    "decades.depth.final",
    "decades.time.final",
    "verdict.depth",
    "verdict.time",
    "update_ratio.first_layer",
    "update_ratio.last_layer",
    "parameters",
]
"""What a claim may speak of: the columns of a finished run that are results."""

_VERDICTS = ("vanishing", "exploding", "stable", "diverged")
OUTCOMES = {"status": ("finished", "diverged", "failed"), "verdict.depth": _VERDICTS, "verdict.time": _VERDICTS}
"""The columns with few possible texts, and these."""

MAX_CHARACTERS = 500

Evaluator = Callable[[Any], Any]  # of a run's values by name; within a claim about many runs, of all of them
Special = Callable[[ast.expr], Evaluator | None]

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: lambda left, right: 1.0 * left * right,  # as floats, lest 9**9**9 or 'a' * 9**9 fill the memory
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max, "log10": math.log10, "sqrt": math.sqrt}
_NODES = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.Compare, ast.BinOp, ast.Call,
    ast.Name, ast.Attribute, ast.Load, ast.Constant, *COMPARE, *_ARITHMETIC,
)  # fmt: skip
FAILURES = (TypeError, ValueError, ArithmeticError, RecursionError)
"""What evaluating a checked expression may raise, beside UnavailableError."""


class UnavailableError(Exception):
    """An expression speaks of a value that is not there (a time growth without time steps)."""


def parsed(text: str) -> ast.expr:
    """The expression in `text`. Raises what `ast.parse` raises."""
    return ast.parse(text.strip(), mode="eval").body


def problem_of(
    text: str, check: Callable[[ast.expr], Iterator[str]], what: str = "a claim", example: str = "growth.time < 0.7"
) -> str | None:
    """What is wrong with an expression: it is none, or the first thing that `check` finds."""
    if len(text) > MAX_CHARACTERS:
        return f"{what} has at most {MAX_CHARACTERS} characters, got {len(text)}"
    try:
        return next(check(parsed(text)), None)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return f"not an expression: {text!r} (example: {example})"


def refused(
    body: ast.expr, what: str, functions: Collection[str] = FUNCTIONS, also: tuple[type[ast.AST], ...] = ()
) -> Iterator[str]:
    """What no expression may hold."""
    more = ", in" if also else ""
    for node in ast.walk(body):
        if not isinstance(node, _NODES + also):
            allowed = f"comparisons, and, or, not{more}, + - * / **, numbers, text"
            yield f"{what} cannot hold {type(node).__name__} (allowed: {allowed})"
        elif isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | bool):
            yield f"{what} cannot hold {node.value!r}"
        elif isinstance(node, ast.Call) and (name := function_of(node)) not in functions:
            yield f"unknown function {name!r}{suggestion(name, functions)} (allowed: {', '.join(functions)})"


def unsaid(body: ast.expr, also: Collection[str] = ()) -> Iterator[str]:
    """What is no statement, though it has to be one: a number, a text. `also` are functions that give a truth."""
    match body:
        case ast.BoolOp():
            for value in body.values:
                yield from unsaid(value, also)
        case ast.UnaryOp(op=ast.Not()):
            yield from unsaid(body.operand, also)
        case ast.Compare() | ast.Constant(value=bool()):
            pass
        case ast.Call() if function_of(body) in also:
            pass
        case ast.Name() | ast.Attribute() if (name := ast.unparse(body)) == "solved" or name not in NAMES:
            pass
        case _:
            yield f"{ast.unparse(body)} is a value and not a statement: compare it, as in {ast.unparse(body)} < 1"


def names_in(node: ast.AST) -> list[str]:
    """The dotted names that an expression reads, in order."""
    if isinstance(node, ast.Attribute | ast.Name):
        return [ast.unparse(node)]
    children = node.args if isinstance(node, ast.Call) else list(ast.iter_child_nodes(node))
    return [name for child in children for name in names_in(child)]


def never(body: ast.expr) -> Iterator[str]:
    """Comparisons of a verdict or a status with a text that it never is."""
    for node in ast.walk(body):
        if isinstance(node, ast.Compare):
            terms = [node.left, *node.comparators]
            for left, right in pairwise(terms):
                yield from _never(left, right)
                yield from _never(right, left)


def suggestion(word: str, options: Collection[str]) -> str:
    """`; did you mean ...?` where one of the options is close."""
    close = difflib.get_close_matches(word, list(options), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def function_of(node: ast.Call) -> str:
    """The name of the function that is called."""
    return node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)


def evaluator(node: ast.expr, special: Special = lambda _: None) -> Evaluator:
    """A checked expression as a function of a run's values; `special` may take over any node.

    The function raises UnavailableError where a value is missing, and FAILURES.
    """
    if (taken := special(node)) is not None:
        return taken
    match node:
        case ast.Constant(value=value):
            return lambda _: value
        case ast.Name() | ast.Attribute():
            return value_of(ast.unparse(node))
        case ast.BoolOp(op=ast.And()):
            parts = [evaluator(part, special) for part in node.values]
            return lambda values: all(part(values) for part in parts)
        case ast.BoolOp():
            parts = [evaluator(part, special) for part in node.values]
            return lambda values: any(part(values) for part in parts)
        case ast.UnaryOp():
            return _unary(node.op, evaluator(node.operand, special))
        case ast.BinOp():
            arithmetic = _ARITHMETIC[type(node.op)]
            left, right = evaluator(node.left, special), evaluator(node.right, special)
            return lambda values: arithmetic(left(values), right(values))
        case ast.Call():
            function, arguments = FUNCTIONS[function_of(node)], [evaluator(each, special) for each in node.args]
            return lambda values: function(*(argument(values) for argument in arguments))
        case ast.Compare():
            terms = [evaluator(term, special) for term in (node.left, *node.comparators)]
            return comparison([COMPARE[type(op)] for op in node.ops], terms)
    raise UnavailableError(f"{ast.unparse(node)} cannot be judged")


def value_of(name: str) -> Evaluator:
    """Reads the value of that name. A module-level function, so that the closure holds nothing but the name."""

    def value(values: Mapping[str, Any]) -> Any:
        found = values.get(name)
        if found is None:
            why = ": nothing was trained (steps 0)" if of_training(name) and untrained(values) else ""
            raise UnavailableError(f"{name} is not available{why}")
        return found

    return value


def comparison(compare: Sequence[Callable[[Any, Any], Any]], terms: Sequence[Evaluator]) -> Evaluator:
    """A chain of comparisons, as in `0.5 < growth.time < 0.7`."""

    def holds(values: Any) -> bool:
        found = [term(values) for term in terms]
        return all(each(left, right) for each, left, right in zip(compare, found, found[1:], strict=False))

    return holds


def _unary(op: ast.unaryop, inner: Evaluator) -> Evaluator:
    if isinstance(op, ast.Not):
        return lambda values: not inner(values)
    return (lambda values: -inner(values)) if isinstance(op, ast.USub) else inner


def _never(column: ast.expr, other: ast.expr) -> Iterator[str]:
    name = ast.unparse(column) if isinstance(column, ast.Name | ast.Attribute) else ""
    texts = other.elts if isinstance(other, ast.List | ast.Tuple) else [other]
    for node in texts:
        word = ast.unparse(node) if isinstance(node, ast.Name) and node.id not in NAMES else None
        text = node.value if isinstance(node, ast.Constant) else word
        if name in OUTCOMES and isinstance(text, str) and text not in OUTCOMES[name]:
            allowed = f" (allowed: {', '.join(OUTCOMES[name])})"
            yield f"{name} is never {text!r}{suggestion(text, OUTCOMES[name]) or allowed}"

"""Claims about a summary, such as `growth.time < 0.7 and verdict.time == 'vanishing'`: parsed, never evaluated."""

import ast
import difflib
import math
import operator
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

NAMES = [
    "status",
    "diverged_at",
    "seconds",
    "steps_done",
    "loss.first",
    "loss.final",
    "loss.chance",
    "loss.test",
    "metric.final",
    "metric.chance",
    "solved",
    "grad_norm.first",
    "grad_norm.final",
    "clip_rate",
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
    "parameters",
]
"""What a claim may speak of: the columns of a finished run that are results."""

Value = str | int | float | bool

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
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
_FUNCTIONS: dict[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max, "log10": math.log10, "sqrt": math.sqrt}


class UnavailableError(Exception):
    """A claim speaks of a value that this run does not have (a time growth without time steps)."""


def problem(text: str) -> str | None:
    """What is wrong with a claim, in one sentence; None where it can be judged."""
    if len(text) > 500:
        return f"a claim has at most 500 characters, got {len(text)}"
    try:
        body = ast.parse(text.strip(), mode="eval").body
        names = _names(body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return f"not an expression: {text!r} (example: growth.time < 0.7 and solved)"
    findings = chain((_refused(node) for node in ast.walk(body)), (_unknown(name) for name in names))
    return next((found for found in findings if found), None)


def holds(text: str, values: Mapping[str, Value | None]) -> bool:
    """Whether a claim is true of the values of a run.

    Raises:
        UnavailableError: it speaks of a missing value, or compares what cannot be compared; the message says which.
    """
    try:
        return bool(_value(ast.parse(text.strip(), mode="eval").body, values))
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise UnavailableError(str(error)) from error


def _refused(node: ast.AST) -> str | None:
    allowed = (
        ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.Compare, ast.BinOp, ast.Call,
        ast.Name, ast.Attribute, ast.Load, ast.Constant, *_COMPARE, *_ARITHMETIC,
    )  # fmt: skip
    if not isinstance(node, allowed):
        return (
            f"a claim cannot hold {type(node).__name__} (allowed: comparisons, and, or, not, + - * / **, numbers, text)"
        )
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | bool):
        return f"a claim cannot hold {node.value!r}"
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in _FUNCTIONS:
            return f"unknown function {name!r} (allowed: {', '.join(_FUNCTIONS)})"
    return None


def _names(node: ast.AST) -> list[str]:
    """The dotted names that a claim reads."""
    if isinstance(node, ast.Attribute | ast.Name):
        return [ast.unparse(node)]
    children = node.args if isinstance(node, ast.Call) else list(ast.iter_child_nodes(node))
    return [name for child in children for name in _names(child)]


def _unknown(name: str) -> str | None:
    if name in NAMES:
        return None
    close = difflib.get_close_matches(name, NAMES, n=1)
    return f"unknown value {name!r}" + (f"; did you mean {close[0]!r}?" if close else f" (allowed: {', '.join(NAMES)})")


def _value(node: ast.expr, values: Mapping[str, Value | None]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name() | ast.Attribute():
            name = ast.unparse(node)
            if values.get(name) is None:
                raise UnavailableError(f"{name} is not available")
            return values[name]
        case ast.BoolOp():
            parts = (bool(_value(part, values)) for part in node.values)
            return all(parts) if isinstance(node.op, ast.And) else any(parts)
        case ast.UnaryOp():
            inner = _value(node.operand, values)
            return not inner if isinstance(node.op, ast.Not) else -inner if isinstance(node.op, ast.USub) else inner
        case ast.BinOp():
            return _ARITHMETIC[type(node.op)](_value(node.left, values), _value(node.right, values))
        case ast.Call(func=ast.Name() as function):
            return _FUNCTIONS[function.id](*(_value(argument, values) for argument in node.args))
        case ast.Compare():
            terms = [_value(term, values) for term in (node.left, *node.comparators)]
            pairs = zip(node.ops, terms, terms[1:], strict=False)
            return all(_COMPARE[type(op)](left, right) for op, left, right in pairs)
    raise UnavailableError(f"{ast.unparse(node)} cannot be judged")

"""Filters: which runs are meant, as in `depth >= 20 and activation == tanh`. Any column, and words without quotes."""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any

from gradx.base.expression.language import (
    COMPARE,
    FAILURES,
    Evaluator,
    UnavailableError,
    comparison,
    evaluator,
    names_in,
    never,
    parsed,
    problem_of,
    refused,
    unsaid,
)

_EXAMPLE = "depth >= 20 and activation == tanh"
_EQUAL = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)  # on their right a word may stand for itself
_MEMBER: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.In: lambda value, options: value in options,
    ast.NotIn: lambda value, options: value not in options,
}
_TRUTH = {"true": True, "false": False}  # as YAML writes them


@lru_cache
def filter_problem(text: str) -> str | None:
    """What is wrong with a filter, in one sentence; None where it can be applied. Columns are not looked at."""
    found = problem_of(text, lambda body: chain(_mistakes(body), unsaid(body)), "a filter", _EXAMPLE)
    if found and found.startswith("not an expression") and re.search(r"[^=!<>]=[^=]", text):
        return f"{found}; two values are compared with =="
    return found


def unknown_columns(text: str, columns: Collection[str]) -> list[str]:
    """The names in a filter that no column has, but for words that a value is compared with (`== tanh`)."""
    body = parsed(text)
    words = {id(word) for word in _words(body)}
    return list(dict.fromkeys(name for name in _read(body, words) if name not in columns))


def columns_in(text: str) -> list[str]:
    """The names in a filter, columns or words."""
    return list(dict.fromkeys(names_in(parsed(text))))


def matches(text: str, row: Mapping[str, Any]) -> bool:
    """Whether a run matches; not where a value that the filter asks for is missing, or cannot be compared."""
    return picks(text)(row)


@lru_cache
def picks(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """`matches` for one filter and many runs."""
    try:
        found = evaluator(parsed(text), _compared)
    except RecursionError:
        return lambda row: False

    def match(row: Mapping[str, Any]) -> bool:
        try:
            return bool(found(row))
        except (UnavailableError, *FAILURES):
            return False

    return match


def _mistakes(body: ast.expr) -> Iterator[str]:
    also = (ast.In, ast.NotIn, ast.List, ast.Tuple)
    return chain(refused(body, "a filter", also=also), _lists(body), never(body))


def _lists(body: ast.expr) -> Iterator[str]:
    """A list may stand right of `in`, nowhere else, and nothing else may stand there."""
    proper = set()
    for node in ast.walk(body):
        if isinstance(node, ast.Compare):
            for op, right in zip(node.ops, node.comparators, strict=True):
                if isinstance(op, ast.In | ast.NotIn):
                    proper.add(id(right))
                    if not isinstance(right, ast.List | ast.Tuple):
                        yield f"'in' wants a list (example: depth in [10, 20]), got {ast.unparse(right)}"
                    elif wrong := next((each for each in right.elts if not _plain(each)), None):
                        yield f"the list after 'in' holds numbers and texts, got {ast.unparse(wrong)}"
    for node in ast.walk(body):
        if isinstance(node, ast.List | ast.Tuple) and id(node) not in proper:
            yield f"a list may only stand after 'in' (example: depth in [10, 20]), got {ast.unparse(node)}"


def _plain(node: ast.expr) -> bool:
    """A number, with its sign, or a text, with quotes or without."""
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant | ast.Name | ast.Attribute)


def _words(body: ast.AST) -> Iterator[ast.expr]:
    """The names that stand for themselves where no column is called so."""
    for node in ast.walk(body):
        if isinstance(node, ast.Compare):
            for op, right in zip(node.ops, node.comparators, strict=True):
                if isinstance(op, _EQUAL):
                    options = right.elts if isinstance(right, ast.List | ast.Tuple) else [right]
                    yield from (each for each in options if isinstance(each, ast.Name | ast.Attribute))


def _read(node: ast.AST, words: Collection[int]) -> list[str]:
    """The names that must be columns."""
    if id(node) in words:
        return []
    if isinstance(node, ast.Attribute | ast.Name):
        return names_in(node)
    children: Iterable[ast.AST] = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
    return [name for child in children for name in _read(child, words)]


def _compared(node: ast.expr) -> Evaluator | None:
    """A comparison in which words and lists may stand on the right."""
    if not isinstance(node, ast.Compare):
        return None
    terms = [evaluator(node.left, _compared)]
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(right, ast.List | ast.Tuple):
            terms.append(_list([_word(each) for each in right.elts]))
        else:
            terms.append(_word(right) if isinstance(op, _EQUAL) else evaluator(right, _compared))
    return comparison([(COMPARE | _MEMBER)[type(op)] for op in node.ops], terms)


def _list(options: list[Evaluator]) -> Evaluator:
    return lambda row: [option(row) for option in options]


def _word(node: ast.expr) -> Evaluator:
    """A value to compare with; a name that is no column of the run stands for itself."""
    plain = evaluator(node, _compared)
    if not isinstance(node, ast.Name | ast.Attribute):
        return plain
    name = ast.unparse(node)
    text = _TRUTH.get(name, name)
    return lambda row: plain(row) if name in row else text

"""Checks a `Document` against a pydantic model and says all that is wrong at once, each mistake at its place."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gradx.base.document import Document, KeyPath, Mark, dotted, shown
from gradx.base.errors import SpecError
from gradx.base.places import Place, fields, kinds, place
from gradx.base.yaml import scalar

M = TypeVar("M", bound=BaseModel)
More = Callable[[dict[str, Any]], Iterable[tuple[KeyPath, str]]]

_NUMBER = "must be a number"
_WHOLE = "must be a whole number"
_TRUTH = "must be true or false"
_TEXT = "must be text"
# pydantic's error types in our words, for a message like "depth: must be at least 1 (got -3)".
_WANTED = {
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "finite_number": "must be a finite number",
    "bool_type": _TRUTH,
    "string_type": _TEXT,
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a name or a mapping with a kind",
    "none_required": "must be null",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "literal_error": "must be {expected}",
}


@dataclass(frozen=True)
class _Finding:
    """One mistake at `path`: `head` says what is wrong, `tail` what was given."""

    path: KeyPath
    head: str
    tail: str = ""
    at_key: bool = False  # whether it stands at the key or at the value
    union: int | None = None  # see `Place`
    label: str = ""

    @property
    def message(self) -> str:
        return (f"{self.label}: " if self.label else "") + self.head + self.tail


def validate(document: Document, model: type[M], more: More | None = None) -> M:
    """The document as a `model`. Raises SpecError with every mistake, in the order of the file.

    `more(data)` gives further mistakes as (path, message); it sees the data as read, before pydantic has checked them.
    """
    findings = [_Finding(path, message, at_key=True) for path, message in (more(document.data) if more else ())]
    try:
        spec = model.model_validate(document.data, context={"located": True})
    except ValidationError as error:
        errors: Sequence[Any] = error.errors(include_url=False)
        findings += _one_per_union([_finding(document.data, model, each) for each in errors])
    else:
        if not findings:
            return spec
    placed = sorted({(_mark(document, each), each.message): each.path for each in findings}.items())
    raise SpecError([document.problem(mark, message, path) for (mark, message), path in placed])


def _finding(data: Any, model: type[BaseModel], error: Any) -> _Finding:
    """One of pydantic's errors, in our words."""
    kind, loc, given, context = error["type"], error["loc"], error["input"], error.get("ctx", {})
    if kind in ("missing", "extra_forbidden"):
        return _wrong_key(place(model, loc[:-1], data), loc[-1], missing=kind == "missing")
    here = place(model, loc, data)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_kind(here, given, context)
    if kind in ("value_error", "assertion_error"):
        head, tail = str(context["error"]), ""
    else:
        head = _WANTED[kind].format_map(_plain(context)) if kind in _WANTED else error["msg"]
        options = ", ".join(kinds(here.annotation))
        tail = f" (got {shown(given)}{_advice(kind, given, context)}{'; allowed: ' if options else ''}{options})"
    return _Finding(here.path, head, tail, loc[-1:] == ("[key]",), here.union, _label(here.path))


def _wrong_key(parent: Place, key: str | int, missing: bool) -> _Finding:
    """A key that is missing, or unknown, in `parent`."""
    if missing:
        head = f"missing key {shown(key)}"
    else:
        known = list(fields(parent.annotation))
        head = f"unknown key {shown(key)}{_suggestion(key, known)}{_allowed(known, ' here')}"
    return _Finding((*parent.path, key), head, "", not missing, parent.union, _label(parent.path))


def _wrong_kind(here: Place, given: Any, context: dict[str, Any]) -> _Finding:
    """A part whose kind is missing or unknown."""
    key = context["discriminator"].strip("'")
    if "tag" not in context:
        head = f"missing key {shown(key)}{_allowed(kinds(here.annotation))}"
        return _Finding((*here.path, key), head, union=here.union, label=_label(here.path))
    name = given[key] if isinstance(given, dict) and key in given else context["tag"]
    options = _quoted(context["expected_tags"])
    in_list = not here.path or isinstance(here.path[-1], int)
    head = f"unknown {key if in_list else here.path[-1]} {shown(name)}{_suggestion(name, options)}{_allowed(options)}"
    return _Finding((*here.path, key), head, union=here.union, label=_label(here.path) if in_list else "")


def _one_per_union(findings: Sequence[_Finding]) -> list[_Finding]:
    """A union without a discriminator errs once for each arm: keep what is inside an arm, else join into one."""
    kept = [each for each in findings if each.union is None]
    groups: dict[KeyPath, list[_Finding]] = {}
    for each in findings:
        if each.union is not None:
            groups.setdefault(each.path[: each.union], []).append(each)
    for path, group in groups.items():
        inside = [each for each in group if each.path != path]
        joined = " or ".join(dict.fromkeys(each.head for each in group))
        kept += inside or [replace(group[0], head=joined)]
    return kept


def _mark(document: Document, finding: _Finding) -> Mark:
    """Where a finding stands: at its key or value, else at the nearest mapping or list around it."""
    marks = document.keys if finding.at_key else document.values
    if finding.path in marks:
        return marks[finding.path]
    around = (finding.path[:end] for end in range(len(finding.path), -1, -1))
    return next((document.values[path] for path in around if path in document.values), (1, 1))


def _allowed(options: Sequence[str], where: str = "") -> str:
    return f" (allowed{where}: {', '.join(options)})" if options else ""


def _suggestion(word: Any, options: Sequence[str]) -> str:
    by_lower = {option.lower(): option for option in options}
    close = difflib.get_close_matches(str(word)[:100].lower().replace("-", "_"), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]!r}?" if close else ""


def _advice(kind: str, given: Any, context: dict[str, Any]) -> str:
    """What to write instead, for the usual slips; empty when there is nothing to say."""
    wanted = _WANTED.get(kind)
    if isinstance(given, str):
        meant, word = scalar(given), given.strip().lower()
        if kind == "literal_error":
            return _suggestion(given, _quoted(context["expected"]))
        if wanted == _TRUTH and word in ("no", "off", "yes", "on"):
            return f"; write {'false' if word in ('no', 'off') else 'true'}"
        if (wanted in (_NUMBER, _WHOLE) and type(meant) in (int, float)) or (wanted == _TRUTH and type(meant) is bool):
            return "; remove the quotes"
        if wanted in (_NUMBER, _WHOLE) and re.fullmatch(r"[-+]?\.?(inf|infinity|nan)", word):
            return "; numbers must be finite"
        if wanted in (_NUMBER, _WHOLE) and re.fullmatch(r"[-+]?[0-9][0-9_]*[0-9]", given):
            return f"; write {given.replace('_', '')}"
        if wanted in (_NUMBER, _WHOLE) and re.fullmatch(r"[-+]?[0-9]+,[0-9]+", given):
            return f"; write {given.replace(',', '.')}"
    elif isinstance(given, bool) and wanted in (_NUMBER, _WHOLE):
        return ", a truth value"
    elif isinstance(given, float) and wanted == _WHOLE and given.is_integer():
        return f"; write {int(given)}" if abs(given) < 1e16 else ""
    elif isinstance(given, list) and kind == "model_attributes_type":
        return ", which is an axis: write it under sweep:, or A,B without brackets on the command line"
    elif wanted == _TEXT and isinstance(given, (int, float)):
        return "; put it in quotes"
    return ""


def _plain(context: dict[str, Any]) -> dict[str, Any]:
    """Bounds without a needless `.0`: pydantic says 0.0 for the 0 of a float field."""
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value for key, value in context.items()
    }


def _quoted(text: str) -> list[str]:
    """The names in pydantic's "'a', 'b' or 'c'"."""
    return re.findall(r"'([^']*)'", text)


def _label(path: KeyPath) -> str:
    text = dotted(path)
    return text if len(text) <= 100 else f"{text[:97]}..."

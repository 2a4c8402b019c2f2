"""Overrides of a spec from the command line: `depth=50`, `init.gain=1.2`, `optimizer={kind: sgd, lr: 1}`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradx.base.document import Document, KeyPath, Mark, dotted, shown
from gradx.base.errors import Problem, SpecError
from gradx.base.yaml import Reading, read

SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|0|[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Assignment:
    """`path=v1,v2` as read: the segments of the path with their places, and each of the values."""

    segments: Sequence[tuple[str, Mark]]
    values: Sequence[Reading]

    @property
    def path(self) -> str:
        return ".".join(segment for segment, _ in self.segments)


def override(document: Document, assignments: Sequence[str]) -> Document:
    """`document` with each `path=value` in turn; a value is read as on the right of `key:` in a file.

    A part in its short form is written out when a path leads into it: `init: orthogonal` with `init.gain=2` becomes
    `{kind: orthogonal, gain: 2}`. Parents that are missing or null become mappings; a list takes positions from 0.
    Raises SpecError with the problems of all assignments, each located in its assignment on the "command line".
    """
    problems: list[Problem] = []
    names = [text.partition("=")[0] if "=" in text else None for text in assignments]
    for place, text in enumerate(assignments):
        document = entered(document, text)
        try:
            document = assigned(document, assignment(document, text, split=False))
            if names[place] in names[:place]:
                raise SpecError([document.problem((len(document.lines), 1), f"{names[place]!r} is set twice")])
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return document


def split(text: str) -> list[str]:
    """`path=v1,v2` as `path=v1` and `path=v2`: at the commas outside brackets and quotes. One value, one element."""
    path, equals, _ = text.partition("=")
    if not equals:
        return [text]
    return [f"{path}={text[start:end]}" for start, end in _spans(text, len(path) + 1)]


def entered(document: Document, text: str) -> Document:
    """`document` with `text` as one more line of the command line, so that problems can point into it."""
    return replace(document, lines=[*document.lines, text], assignments=document.assignments + 1)


def assignment(document: Document, text: str, split: bool) -> Assignment:
    """`text`, which has just been entered, as read; with `split` as all of its values. Raises SpecError."""
    line = len(document.lines)
    segments = [(segment, (line, column)) for segment, column in _segments(document, text)]
    start = text.index("=") + 1
    if (broken := re.search(r"[\r\n]", text)) is not None:
        raise SpecError([document.problem((line, broken.start() + 1), "an assignment is one line")])
    spans = _spans(text, start) if split else [(start, len(text))]
    return Assignment(segments, [_value(document, text, span) for span in spans])


def assigned(document: Document, given: Assignment) -> Document:
    """`document` with the value of an assignment at its path, marks included. Raises SpecError."""
    keys, values = dict(document.keys), dict(document.values)
    path: KeyPath = ()
    here: Any = document.data
    came_by: Mark = (1, 1)  # of the segment that led here
    for segment, mark in given.segments:
        if isinstance(here, str):
            here = {"kind": here}
            keys[*path, "kind"] = values[*path, "kind"] = values.get(path, came_by)
        elif here is None:
            here = {}
            keys[path] = values[path] = came_by
        key: Any = _key(document, here, segment, mark, path)
        path, came_by = (*path, key), mark
        here = here[key] if isinstance(here, list) else here.get(key)
    (reading,) = given.values
    keys = {place: mark for place, mark in keys.items() if place[: len(path)] != path}
    values = {place: mark for place, mark in values.items() if place[: len(path)] != path}
    keys[path] = came_by
    keys |= {(*path, *place): mark for place, mark in reading.keys.items()}
    values |= {(*path, *place): mark for place, mark in reading.values.items()}
    return replace(document, data=put(document.data, given.path, reading.data), keys=keys, values=values)


def put(data: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Plain data with `value` at a dotted path, as `override` would put it there; `data` is left as it is.

    Raises LookupError where the path leads into something that has no keys.
    """
    head, *rest = path.split(".")
    return {**data, head: _put(data.get(head), rest, value)}


def _put(here: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    if isinstance(here, list) and path[0].isdigit() and int(path[0]) < len(here):
        place = int(path[0])
        return [*here[:place], _put(here[place], path[1:], value), *here[place + 1 :]]
    if here is not None and not isinstance(here, dict | str):
        raise LookupError(f"there is no {path[0]!r} in {shown(here)}")
    inner = {"kind": here} if isinstance(here, str) else here or {}
    return {**inner, path[0]: _put(inner.get(path[0]), path[1:], value)}


def _segments(document: Document, text: str) -> list[tuple[str, int]]:
    """The segments of the path in `text` and the column of each."""
    line = len(document.lines)
    path, equals, _ = text.partition("=")
    if not equals:
        raise SpecError([document.problem((line, 1), "expected path=value, there is no '='")])
    segments, column = [], 1
    for segment in path.split("."):
        if not SEGMENT.fullmatch(segment):
            what = f"{shown(segment)} is not a key" if segment else "a key is missing here"
            raise SpecError([document.problem((line, column), f"{what}; expected path=value, like init.gain=1.2")])
        segments.append((segment, column))
        column += len(segment) + 1
    return segments


def _spans(text: str, start: int) -> list[tuple[int, int]]:
    """Where each value stands that a top-level comma parts from the next."""
    spans, depth, quote, fresh = [], 0, "", True  # fresh: a quote here would open quoted text
    skip = False
    for place in range(start, len(text)):
        char = text[place]
        if skip:
            skip = False
        elif quote:
            skip = char == "\\" and quote == '"'
            quote, fresh = ("", True) if char == quote else (quote, False)
        elif char in "'\"" and fresh:
            quote = char
        else:
            depth += (char in "[{(") - (char in "]})")
            if char == "," and depth <= 0:
                spans.append((start, place))
                start = place + 1
            fresh = char in ",:[{(" or (fresh and char == " ")
    return [*spans, (start, len(text))]


def _value(document: Document, text: str, span: tuple[int, int]) -> Reading:
    """The value at `span` of the assignment `text`; blanks go before it so that columns count in the whole."""
    line, (start, end) = len(document.lines), span

    def locate(mark: Mark, message: str, path: KeyPath) -> Problem:
        return document.problem((line, mark[1]), message, path)

    reading = read(" " * start + text[start:end], locate)
    if reading.root is None:
        follows = "'='" if text[start - 1] == "=" else "','"
        raise SpecError([locate((1, start + 1), f"no value after {follows}; write null or '' if you mean it", ())])
    first = reading.values[()]
    if getattr(reading.root, "flow_style", True) is False or getattr(reading.root, "style", None) in ("|", ">"):
        raise SpecError([locate(first, "write {key: value} for a mapping and [a, b] for a list", ())])
    if rest := text[reading.root.end_mark.column : end].lstrip():
        column = end - len(rest) + 1
        raise SpecError([locate((1, column), "what follows here would be lost; put the whole value in quotes", ())])
    keys, values = (
        {place: (line, column) for place, (_, column) in marks.items()} for marks in (reading.keys, reading.values)
    )
    return Reading(reading.data, keys, values, reading.root)


def _key(document: Document, here: Any, segment: str, mark: Mark, path: KeyPath) -> str | int:
    """`segment` as a key of `here`: text for a mapping, a position for a list."""
    if isinstance(here, dict):
        return segment
    if not isinstance(here, list):
        raise SpecError([document.problem(mark, f"{dotted(path)} is {shown(here)}, there are no keys in it", path)])
    if not segment.isdigit() or int(segment) >= len(here):
        allowed = f"a position from 0 to {len(here) - 1}" if here else "nothing: it is empty"
        raise SpecError(
            [document.problem(mark, f"{shown(segment)} is no position in this list; allowed: {allowed}", path)]
        )
    return int(segment)

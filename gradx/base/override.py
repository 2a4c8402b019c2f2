"""Overrides of a spec from the command line: `depth=50`, `init.gain=1.2`, `optimizer={kind: sgd, lr: 1}`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradx.base.document import Document, KeyPath, Mark, dotted, shown
from gradx.base.errors import Problem, SpecError
from gradx.base.yaml import Reading, read

_SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|0|[1-9][0-9]{0,5}")


def override(document: Document, assignments: Sequence[str]) -> Document:
    """`document` with each `path=value` in turn; a value is read as on the right of `key:` in a file.

    A part in its short form is written out when a path leads into it: `init: orthogonal` with `init.gain=2` becomes
    `{kind: orthogonal, gain: 2}`. Parents that are missing or null become mappings; a list takes positions from 0.
    Raises SpecError with the problems of all assignments, each located in its assignment on the "command line".
    """
    problems: list[Problem] = []
    names = [text.partition("=")[0] if "=" in text else None for text in assignments]
    for place, text in enumerate(assignments):
        try:
            document = _assign(document, text)
            if names[place] in names[:place]:
                raise SpecError([document.problem((len(document.lines), 1), f"{names[place]!r} is set twice")])
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return document


def _assign(document: Document, text: str) -> Document:
    document = replace(document, lines=[*document.lines, text], assignments=document.assignments + 1)
    line = len(document.lines)
    segments = _segments(document, text)
    reading = _value(document, text)
    keys, values = dict(document.keys), dict(document.values)
    path: KeyPath = ()
    here: Any = document.data
    steps: list[tuple[Any, str | int]] = []  # each container on the way and the key taken
    came_by = 1  # column of the segment that led here
    for segment, column in segments:
        if isinstance(here, str):
            here = {"kind": here}
            keys[*path, "kind"] = values[*path, "kind"] = values[path]
        elif here is None:
            here = {}
            keys[path] = values[path] = (line, came_by)
        key: Any = _key(document, here, segment, (line, column), path)
        steps.append((here, key))
        path, came_by = (*path, key), column
        here = here[key] if isinstance(here, list) else here.get(key)
    data = reading.data
    for container, key in reversed(steps):  # copied, not changed: other documents may hold the same containers
        copy = container.copy()
        copy[key] = data
        data = copy
    keys = {place: mark for place, mark in keys.items() if place[: len(path)] != path}
    values = {place: mark for place, mark in values.items() if place[: len(path)] != path}
    keys[path] = (line, came_by)
    keys |= {(*path, *place): (line, column) for place, (_, column) in reading.keys.items()}
    values |= {(*path, *place): (line, column) for place, (_, column) in reading.values.items()}
    return replace(document, data=data, keys=keys, values=values)


def _segments(document: Document, text: str) -> list[tuple[str, int]]:
    """The segments of the path in `text` and the column of each."""
    line = len(document.lines)
    path, equals, _ = text.partition("=")
    if not equals:
        raise SpecError([document.problem((line, 1), "expected path=value, there is no '='")])
    segments, column = [], 1
    for segment in path.split("."):
        if not _SEGMENT.fullmatch(segment):
            what = f"{shown(segment)} is not a key" if segment else "a key is missing here"
            raise SpecError([document.problem((line, column), f"{what}; expected path=value, like init.gain=1.2")])
        segments.append((segment, column))
        column += len(segment) + 1
    return segments


def _value(document: Document, text: str) -> Reading:
    """The value in the assignment `text`, blanks put for its path so that columns count in the whole assignment."""
    line = len(document.lines)

    def locate(mark: Mark, message: str, path: KeyPath) -> Problem:
        return document.problem((line, mark[1]), message, path)

    start = text.index("=") + 1
    if (broken := re.search(r"[\r\n]", text)) is not None:
        raise SpecError([locate((1, broken.start() + 1), "an assignment is one line", ())])
    reading = read(" " * start + text[start:], locate)
    if reading.root is None:
        raise SpecError([locate((1, start + 1), "no value after '='; write null or '' if you mean it", ())])
    first = reading.values[()]
    if getattr(reading.root, "flow_style", True) is False or getattr(reading.root, "style", None) in ("|", ">"):
        raise SpecError([locate(first, "write {key: value} for a mapping and [a, b] for a list", ())])
    if rest := text[reading.root.end_mark.column :].lstrip():
        column = len(text) - len(rest) + 1
        raise SpecError([locate((1, column), "what follows here would be lost; put the whole value in quotes", ())])
    return reading


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

"""Reads YAML into plain data and remembers where every key and value stands, so that a message can point at it.

PyYAML parses and composes its node graph; the values are ours, by the core schema of YAML 1.2 (section 10.3.2).
`yaml.safe_load` follows YAML 1.1: it reads `1e-3` as text, `no` as False, `010` as 8, `12:30` as 750, and keeps the
last of two equal keys.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gradx.base.document import Document, KeyPath, Mark, problem_at, shown, visible
from gradx.base.errors import Problem, SpecError

Locate = Callable[[Mark, str, KeyPath], Problem]  # the problem with this message, about this path, at this mark

MAX_BYTES = 1_000_000
MAX_DEPTH = 50
MAX_NODES = 100_000  # after aliases are expanded: nine lines of aliases can stand for a billion values
MAX_DIGITS = 1000  # Python refuses to convert integers of more than 4300

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times slower where libyaml is missing

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# Outside YAML's printable set, and the line breaks of YAML 1.1 that no editor counts (U+0085, U+2028, U+2029).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_STRAY = "wrong indentation, or text after a closing quote or bracket"
# What PyYAML says (with libyaml or without) and what we say; {char} is the character it stumbled over.
_SYNTAX = (
    ("another document", "a second document begins here; one file holds one spec"),
    ("mapping values", "no ':' is expected here: wrong indentation, or text with ': ' in it that needs quotes"),
    ("cannot start any token", "a value cannot begin with {char}; put it in quotes"),
    ("undefined alias", "this alias refers to no anchor above it"),
    ("second occurrence", "this anchor is defined twice; give each its own name"),
    ("did not find expected key", f"expected a key here: {_STRAY}"),
    ("<block end>", f"expected a key here: {_STRAY}"),
    ("<document start>", f"nothing may follow here: {_STRAY}"),
    ("node content", "expected a value here, found {char}"),
    ("escape", "no such escape in double quotes; write '\\\\' for a backslash, or use single quotes"),
)


@dataclass(frozen=True)
class Reading:
    """One value as read from text: `root` is PyYAML's node, None when the text holds only blanks and comments."""

    data: Any
    keys: dict[KeyPath, Mark]
    values: dict[KeyPath, Mark]
    root: yaml.Node | None


def load(path: Path) -> Document:
    """Read and parse the file at `path`. Raises SpecError for everything that can be wrong with it."""
    source = visible(str(path))
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise SpecError([Problem(f"cannot read the file: {reason}", source=source)]) from None
    if len(raw) > MAX_BYTES:
        raise SpecError([Problem(f"the file is over {MAX_BYTES} bytes, too large for a spec", source=source)])
    try:
        return parse(raw.decode(), source)
    except UnicodeDecodeError as error:
        utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        message = "the file is UTF-16; save it as UTF-8" if utf16 else "not UTF-8 text; is this a binary file?"
        lines = split_lines(raw.decode(errors="replace"))
        raise SpecError([problem_at(source, lines, _end(raw[: error.start].decode()), message)]) from None


def parse(text: str, source: str) -> Document:
    """Parse the spec in `text`; `source` names it in messages. Raises SpecError with every problem found."""
    text = text.removeprefix("\ufeff")
    lines = split_lines(text)

    def locate(mark: Mark, message: str, path: KeyPath = ()) -> Problem:
        return problem_at(source, lines, mark, message, path)

    reading = read(text, locate)
    if reading.data is None:
        raise SpecError([Problem("the file is empty; expected lines like 'key: value'", source=visible(source))])
    if not isinstance(reading.data, dict):
        raise SpecError([locate(reading.values[()], "the top level must be lines like 'key: value'")])
    return Document(reading.data, source, lines, reading.keys, reading.values)


def read(text: str, locate: Locate) -> Reading:
    """Read one value. Raises SpecError: at the first error of syntax, else with all bad keys, tags and numbers."""
    if bad := _FORBIDDEN.search(text):
        name = "NUL" if bad[0] == "\0" else "control"
        message = f"{name} character {bad[0]!r}; is this a binary file?"
        raise SpecError([locate(_end(text[: bad.start()]), message, ())])
    builder = _Builder(locate)
    try:
        _check_events(text, builder)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        raise SpecError([_syntax(error, split_lines(text), locate)]) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # pure Python leaks these for escapes out of range
        raise SpecError([locate((1, 1), f"not YAML: {error}", ())]) from None
    data = None if root is None else builder.build(root, ())
    if builder.problems:
        by_place = sorted(set(builder.problems), key=lambda problem: (problem.line or 0, problem.column or 0))
        raise SpecError(by_place)
    return Reading(data, builder.keys, builder.values, root)


def scalar(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar: `1e-3` 0.001, `010` 10, `0x1F` 31, `no` 'no', `1_000` '1_000', `~` None."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def split_lines(text: str) -> list[str]:
    """The lines of `text` as the parser counts them (`str.splitlines` breaks at more characters)."""
    return _LINE_BREAK.split(text)


@dataclass
class _Builder:
    """Turns composed nodes into plain data; what an alias stands for is built anew, so nothing is shared."""

    locate: Locate
    problems: list[Problem] = field(default_factory=list)
    keys: dict[KeyPath, Mark] = field(default_factory=dict)
    values: dict[KeyPath, Mark] = field(default_factory=dict)
    parents: list[yaml.Node] = field(default_factory=list)
    nodes: int = 0

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        self.nodes += 1
        if any(node is parent for parent in self.parents):
            raise self.fatal(node, "an alias in here refers to the value that it is a part of")
        if self.nodes > MAX_NODES:
            raise self.fatal(node, f"over {MAX_NODES} values, counting what aliases stand for")
        if len(self.parents) >= MAX_DEPTH:
            raise self.fatal(node, f"nested more than {MAX_DEPTH} deep")
        self.values[path] = _mark(node.start_mark)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self.parents.append(node)
        if isinstance(node, yaml.MappingNode):
            data: Any = self._mapping(node, path)
        else:
            data = [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        self.parents.pop()
        return data

    def fatal(self, node: yaml.Node | yaml.Event, message: str) -> SpecError:
        return SpecError([self.locate(_mark(node.start_mark), message, ())])

    def report(self, node: yaml.Node | yaml.Event, message: str, path: KeyPath) -> None:
        self.problems.append(self.locate(_mark(node.start_mark), message, path))

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if (wrong := _wrong_key(key_node)) is not None:
                self.report(key_node, wrong, path)
                continue
            key = self._text(key_node, path)
            place = (*path, key)
            if key in data:
                self.report(key_node, f"duplicate key {shown(key)} (first on line {self.keys[place][0]})", place)
            else:
                self.keys[place] = _mark(key_node.start_mark)
            data[key] = self.build(value_node, place)
        return data

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        text = self._text(node, path)
        if node.style:  # quoted or a block: always text
            return text
        if len(text) > MAX_DIGITS and (_INT.fullmatch(text) or _FLOAT.fullmatch(text)):
            self.report(node, f"a number of {len(text)} characters; at most {MAX_DIGITS} are allowed", path)
            return text
        return scalar(text)

    def _text(self, node: yaml.ScalarNode, path: KeyPath) -> str:
        text: str = node.value
        if any("\ud800" <= char <= "\udfff" for char in text):  # libyaml refuses the escape, pure Python does not
            self.report(node, "half of a surrogate pair is not a character", path)
        return text


def _wrong_key(node: yaml.Node) -> str | None:
    """What is wrong with a key, None for text."""
    if not isinstance(node, yaml.ScalarNode):
        return "a key must be text, not a list or a mapping"
    if node.style:
        return None
    if node.value == "<<":
        return "merge keys ('<<') are not supported; write the keys out"
    if _INT.fullmatch(node.value) or _FLOAT.fullmatch(node.value) or node.value in _WORDS:
        return f"a key must be text; write '{node.value[:20]}' in quotes" if node.value else "a key is missing here"
    return None


def _check_events(text: str, builder: _Builder) -> None:
    """Report every explicit tag, and refuse deep nesting before the composer, which recurses, can meet it."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise builder.fatal(event, f"nested more than {MAX_DEPTH} deep")
        if (tag := getattr(event, "tag", None)) is not None:
            short = tag.replace("tag:yaml.org,2002:", "!!")
            builder.report(event, f"unknown tag {short[:40]!r}; tags are not allowed, remove it", ())


def _syntax(error: yaml.MarkedYAMLError, lines: list[str], locate: Locate) -> Problem:
    """What the parser stumbled over, in our words, and at the place where it can be mended."""
    line, column = min(_mark(error.problem_mark or error.context_mark), (len(lines), len(lines[-1]) + 1))
    context, problem = error.context or "", error.problem or ""
    opened = _mark(error.context_mark) if error.context_mark else (line, column)
    rest = [lines[line - 1][column - 1 :], *lines[line:]]
    if (tab := re.match(r" *\t", lines[line - 1])) and column <= tab.end():
        return locate((line, tab.end()), "tabs are not allowed as indentation; use spaces", ())
    if rest[0].startswith("\t"):
        return locate((line, column), "a tab cannot stand here; use spaces", ())
    if re.search("flow (sequence|mapping)|quoted", context):
        mark = lines[opened[0] - 1][opened[1] - 1]
        if not any(part.strip() for part in rest):
            return locate(opened, f"this {mark} is never closed", ())
        if mark in "[{":
            close = "]" if mark == "[" else "}"
            return locate((line, column), f"expected ',' or '{close}' after the '{mark}' on line {opened[0]}", ())
    if "simple key" in context:
        return locate(opened, "expected 'key: value', but no ':' follows", ())
    char = repr(rest[0][0]) if rest[0] else "the end of the line" if any(rest) else "the end of the file"
    for theirs, ours in _SYNTAX:
        if theirs in problem:
            return locate((line, column), ours.replace("{char}", char), ())
    text = ", ".join(part for part in (context, problem) if part)
    return locate((line, column), f"not YAML: {text}", ())


def _mark(mark: Any) -> Mark:
    """PyYAML's mark, which counts from 0."""
    return mark.line + 1, mark.column + 1


def _end(text: str) -> Mark:
    """The place right after `text`."""
    lines = split_lines(text)
    return len(lines), len(lines[-1]) + 1

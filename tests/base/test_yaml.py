"""YAML text to data: numbers of YAML 1.2, every malformed input named and located."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
import yaml as pyyaml

from gradx.base import yaml
from gradx.base.errors import SpecError

BOMB = "".join(f"{name}: &{name} [{', '.join(['*' + below] * 9)}]\n" for below, name in pairwise("abcdefg"))

# text, line, column, part of the message
MALFORMED = [
    ("a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key 'a' (first on line 1)"),
    ("a: {b: 1, b: 2}\n", 1, 11, "duplicate key 'b' (first on line 1)"),
    ("a:\n  - {x: 1, 'x': 2}\n", 2, 12, "duplicate key 'x'"),
    ("a:\n\tb: 1\n", 2, 1, "tabs are not allowed as indentation"),
    ("a: 1\n\tb: 2\n", 2, 1, "tabs are not allowed as indentation"),
    ("a:\n  \tb: 1\n", 2, 3, "tabs are not allowed as indentation"),
    ("a: |\n x\n\ty\n", 3, 1, "tabs are not allowed as indentation"),
    ("-\ta: 1\n", 1, 2, "a tab cannot stand here"),
    ("a: !foo 1\n", 1, 4, "unknown tag '!foo'"),
    ("a: !foo {b: 1}\n", 1, 4, "unknown tag '!foo'"),
    ("a: !foo [1]\n", 1, 4, "unknown tag '!foo'"),
    ("a: !!python/object/apply:os.system ['true']\n", 1, 4, "unknown tag '!!python/object/apply:os.system'"),
    ("!!python/object:os.system {a: 1}\n", 1, 1, "unknown tag '!!python/object:os.system'"),
    ("a: !!int '1'\n", 1, 4, "unknown tag '!!int'"),
    ("a: ! x\n", 1, 4, "unknown tag '!'"),
    ("1: a\n", 1, 1, "a key must be text; write '1' in quotes"),
    ("a:\n  1e-3: b\n", 2, 3, "a key must be text"),
    ("true: a\n", 1, 1, "a key must be text"),
    ("?\n: 1\n", 1, 2, "a key is missing here"),
    ("{: 1}\n", 1, 2, "found ':'"),
    ("? [a]\n: b\n", 1, 3, "a key must be text, not a list or a mapping"),
    ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, 3, "merge keys ('<<') are not supported"),
    ("a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + BOMB, 1, None, "counting what aliases stand for"),
    ("a: &x [*x]\n", 1, 4, "refers to the value that it is a part of"),
    ("a: &x\n  b: {c: *x}\n", 1, 4, "refers to the value that it is a part of"),
    ("a: 1\n---\nb: 2\n", 2, 1, "a second document begins here"),
    ("a: 1\n...\nb: 2\n", 3, 1, "nothing may follow here"),
    ("- a\n", 1, 1, "the top level must be"),
    ("# comment\n\njust text\n", 3, 1, "the top level must be"),
    ("a: 1\nb: x\0y\n", 2, 5, "NUL character"),
    ("a: \x1b[31m\n", 1, 4, r"control character '\x1b'"),
    ("a: x\u2028b: 1\n", 1, 5, r"control character '\u2028'"),
    ("a: \ud800\n", 1, 4, r"control character '\ud800'"),
    ("[" * 10_000, 1, 51, "nested more than 50 deep"),
    ("a: " + "{b: " * 60 + "}" * 60, 1, 200, "nested more than 50 deep"),
    (f"a: &x {'[' * 40}{']' * 40}\nb: {'[' * 40}*x{']' * 40}\n", 1, None, "nested more than 50 deep"),
    ("a: " + "9" * 5000, 1, 4, "a number of 5000 characters"),
    ("a: {b: 1\n", 1, 4, "this { is never closed"),
    ("a: [1,\n 2\n", 1, 4, "this [ is never closed"),
    ("a: 'x\nb: 2\n", 1, 4, "this ' is never closed"),
    ('a: "x', 1, 4, 'this " is never closed'),
    ("a: [1, 2\nb: 3\n", 2, 2, "expected ',' or ']' after the '[' on line 1"),
    ("a: [1, 2}\n", 1, 9, "expected ',' or ']'"),
    ("a: [", 1, 5, "found the end of the file"),
    ("a: ]\n", 1, 4, "found ']'"),
    ("a: {b: 1,, c: 2}\n", 1, 10, "found ','"),
    ("a: b: c\n", 1, 5, "no ':' is expected here"),
    ("a: 1\n b: 2\n", 2, 3, "no ':' is expected here"),
    ("a: 1\nb\n", 2, 1, "no ':' follows"),
    ("a: @x\n", 1, 4, "cannot begin with '@'"),
    ("a: *x\n", 1, 4, "refers to no anchor"),
    ("a: &x 1\nb: &x 2\n", 2, 4, "this anchor is defined twice"),
    ("a: 'b' c\n", 1, 8, "expected a key here"),
    ("a:\n  - b\n - c\n", 3, 2, "expected a key here"),
    ("{a: 1} b\n", 1, 8, "nothing may follow here"),
    ('a: "\\q"\n', 1, None, "no such escape"),
    ('a: "\\ud800"\n', 1, None, ""),
    ('a: "\\UFFFFFFFF"\n', 1, None, ""),
    ("%YAML 2.0\n---\na: 1\n", 1, 1, "incompatible YAML document"),
    ("", None, None, "the file is empty"),
    ("# only a comment\n", None, None, "the file is empty"),
    ("---\n", None, None, "the file is empty"),
]

VALUES = {
    "1e-3": 1e-3, "1E-3": 1e-3, "1e3": 1e3, "-1e-5": -1e-5, "1.0e3": 1e3, "+.5": 0.5, "1.": 1.0, "1e+16": 1e16,
    "0": 0, "010": 10, "-7": -7, "+7": 7, "0x1F": 31, "0o17": 15, "99999999999999999999": 99999999999999999999,
    ".inf": math.inf, "-.INF": -math.inf, "1e999": math.inf, "true": True, "False": False, "null": None, "~": None,
    "": None, "no": "no", "Yes": "Yes", "on": "on", "off": "off", "y": "y", "12:30": "12:30", "1_000": "1_000",
    "2024-01-01": "2024-01-01", "0b11": "0b11", "08": 8, "1e": "1e", "e3": "e3", ".": ".", "inf": "inf", "nan": "nan",
    "=": "=", "'1e-3'": "1e-3", '"no"': "no", "'null'": "null", "[1e-4, no]": [1e-4, "no"], "tRue": "tRue", "١": "١",
}  # fmt: skip


@pytest.fixture(params=["libyaml", "pure"])
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setattr(yaml, "LOADER", pyyaml.SafeLoader)


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(("text", "line", "column", "message"), MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_text_is_named_and_located(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(SpecError) as error:
        yaml.parse(text, "bad.yaml")
    (problem,) = error.value.problems
    assert (problem.source, problem.line) == ("bad.yaml", line)
    assert problem.column == column or column is None
    assert message in problem.message


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_values_follow_yaml_1_2(text: str, value: object) -> None:
    read = yaml.parse(f"key: {text}\n", "f").data["key"]
    assert repr(read) == repr(value)  # repr tells 1 from 1.0 and True


def test_nan_and_literal_blocks() -> None:
    data = yaml.parse("a: .nan\nb: |\n  1\nc: >-\n  x\n  y\n", "f").data
    assert math.isnan(data["a"])
    assert (data["b"], data["c"]) == ("1\n", "x y")


def test_every_bad_key_tag_and_number_is_reported_at_once() -> None:
    text = "a: 1\na: 2\n1: x\nb: !t {c: 1, c: 2}\nd: " + "1" * 2000
    with pytest.raises(SpecError) as error:
        yaml.parse(text, "f")
    assert [(each.line, each.column) for each in error.value.problems] == [(2, 1), (3, 1), (4, 4), (4, 14), (5, 4)]


def test_marks_of_keys_and_values() -> None:
    document = yaml.parse("\ufeff# head\na:\n  - {b: 1}\n'c': &x [2]\nd: *x\n", "f")
    assert document.data == {"a": [{"b": 1}], "c": [2], "d": [2]}
    assert document.keys == {("a",): (2, 1), ("a", 0, "b"): (3, 6), ("c",): (4, 1), ("d",): (5, 1)}
    assert document.values[("a", 0, "b")] == (3, 9)
    assert document.values[()] == (2, 1)
    assert document.values[("d", 0)] == (4, 10)  # what an alias stands for is where it is written


def test_what_aliases_stand_for_is_not_shared() -> None:
    data = yaml.parse("a: &x {b: 1}\nc: *x\n", "f").data
    assert data["a"] == data["c"]
    assert data["a"] is not data["c"]


@pytest.mark.parametrize(
    ("raw", "line", "column", "message"),
    [
        (b"a: 1\nb: \xff\n", 2, 4, "not UTF-8"),
        ("a: é".encode() + b"\xe9", 1, 5, "not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, 1, "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0", 1, 1, "binary"),
        (b"PK\x03\x04\0\0", 1, 3, "binary"),
        (b"a: 1\n" * 300_000, None, None, "too large"),
        (b"", None, None, "empty"),
    ],
)
def test_files_that_are_no_spec(tmp_path: Path, raw: bytes, line: int, column: int, message: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(raw)
    with pytest.raises(SpecError, match=message) as error:
        yaml.load(path)
    (problem,) = error.value.problems
    assert (problem.source, problem.line, problem.column) == (str(path), line, column)


def test_unreadable_files(tmp_path: Path) -> None:
    for path, message in [
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path, "directory"),
        (Path("a\0b"), "null byte"),
    ]:
        with pytest.raises(SpecError, match=message):
            yaml.load(path)


def test_load_takes_windows_files(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")
    document = yaml.load(path)
    assert document.data == {"a": 1, "b": {"c": 2}}
    assert document.keys["b", "c"] == (3, 3)
    assert document.lines == ["a: 1", "b:", "  c: 2", ""]


def test_excerpts_are_safe_and_short_and_the_caret_is_under_the_place() -> None:
    with pytest.raises(SpecError) as error:
        yaml.parse("a: '\u202e\xa0', b\u202e" + "x" * 500, "\x1b.yaml")
    (problem,) = error.value.problems
    place, excerpt, caret = str(problem).split("\n")
    assert str(problem).replace("\n", "").isprintable()
    assert place.startswith(r"\x1b.yaml:1:8: ")
    assert excerpt[caret.index("^")] == ","
    assert excerpt[caret.index("^") :].startswith(r", b\u202exxx")
    assert len(excerpt) == 4 + 120
    assert excerpt.endswith("…")


def test_a_place_beyond_the_excerpt_is_given_by_number_only() -> None:
    with pytest.raises(SpecError) as error:
        yaml.parse("{" + ", ".join(f"key{n}: 1" for n in (*range(30), 3)) + "}", "f")
    (problem,) = error.value.problems
    assert problem.column == 292
    assert problem.excerpt is None

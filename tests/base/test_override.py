"""Overrides from the command line: read like YAML, located in their own text, the document itself left as it was."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.base import yaml
from gradx.base.errors import SpecError
from gradx.base.override import override

TEXT = "init: orthogonal\noptimizer: {kind: sgd, lr: 0.1}\nlayers: [8, {width: 16}]\nclipping: null\ndepth: 3\n"


@pytest.mark.parametrize(
    ("assignments", "changed"),
    [
        (["depth=50"], {"depth": 50}),
        (["optimizer.lr=1e-3"], {"optimizer": {"kind": "sgd", "lr": 1e-3}}),
        (["init.gain=2"], {"init": {"kind": "orthogonal", "gain": 2}}),
        (["init.gain=1.2", "init.kind=xavier"], {"init": {"kind": "xavier", "gain": 1.2}}),
        (["optimizer=adam"], {"optimizer": "adam"}),
        (["optimizer=adam", "optimizer.lr=1"], {"optimizer": {"kind": "adam", "lr": 1}}),
        (["optimizer={kind: sgd, lr: 1}"], {"optimizer": {"kind": "sgd", "lr": 1}}),
        (["clipping.max_norm=1"], {"clipping": {"max_norm": 1}}),
        (["a.b.c=[1, no]"], {"a": {"b": {"c": [1, "no"]}}}),
        (["layers.0=9", "layers.1.width=17"], {"layers": [9, {"width": 17}]}),
        (["init=null"], {"init": None}),
        (["init=''"], {"init": ""}),
        (["init= xavier "], {"init": "xavier"}),
        (["expect=a == 'b'"], {"expect": "a == 'b'"}),
        (["target=package.module:Name"], {"target": "package.module:Name"}),
        ([], {}),
    ],
)
def test_overrides(assignments: list[str], changed: dict[str, object]) -> None:
    document = yaml.parse(TEXT, "f.yaml")
    before = repr(document)
    assert override(document, assignments).data == {**document.data, **changed}
    assert repr(document) == before


@pytest.mark.parametrize(
    ("assignment", "column", "message"),
    [
        ("depth", 1, "there is no '='"),
        ("", 1, "there is no '='"),
        ("=5", 1, "a key is missing"),
        ("init..gain=5", 6, "a key is missing"),
        ("init.=5", 6, "a key is missing"),
        ("init.ga in=5", 6, "'ga in' is not a key"),
        ("--depth=5", 1, "'--depth' is not a key"),
        ("depth=", 7, "no value after '='"),
        ("depth=  ", 7, "no value after '='"),
        ("name=run #3", 10, "would be lost"),
        ("depth=[1", 7, "this [ is never closed"),
        ("depth={a: 1, a: 2}", 14, "duplicate key 'a'"),
        ("depth=!x 3", 7, "unknown tag '!x'"),
        ("depth=- 3", 7, "write {key: value}"),
        ("depth=a: 3", 7, "write {key: value}"),
        ("depth=|", 7, "write {key: value}"),
        ("depth=1\n2", 8, "an assignment is one line"),
        ("depth=\x1b", 7, "control character"),
        ("depth.x=3", 7, "depth is 3, there are no keys in it"),
        ("layers.2=3", 8, "a position from 0 to 1"),
        ("layers.x=3", 8, "a position from 0 to 1"),
    ],
)
def test_malformed_assignments_are_located_in_themselves(assignment: str, column: int, message: str) -> None:
    with pytest.raises(SpecError) as error:
        override(yaml.parse(TEXT, "f.yaml"), ["steps=4", assignment])
    (problem,) = error.value.problems
    assert (problem.source, problem.line, problem.column) == ("command line", None, column)
    assert message in problem.message
    assert str(problem).replace("\n", "").isprintable()


def test_all_malformed_assignments_are_reported_at_once() -> None:
    with pytest.raises(SpecError) as error:
        override(yaml.parse(TEXT, "f.yaml"), ["depth", "depth=5", "=3"])
    assert [problem.excerpt for problem in error.value.problems] == ["depth", "=3"]


def test_the_same_path_twice_is_an_error() -> None:
    with pytest.raises(SpecError, match="command line:1: 'depth' is set twice"):
        override(yaml.parse(TEXT, "f.yaml"), ["depth=1", "width=2", "depth=2"])


def test_marks_point_into_the_assignment_or_the_file() -> None:
    document = override(yaml.parse(TEXT, "f.yaml"), ["init.gain=2", "a.b={c: [1]}", "optimizer=adam"])
    file = len(TEXT.splitlines()) + 1
    assert document.values["init", "kind"] == (1, 7)
    assert document.keys["init", "gain"] == (file + 1, 6)
    assert document.values["init", "gain"] == (file + 1, 11)
    assert document.keys["a",] == (file + 2, 1)
    assert document.keys["a", "b", "c"] == (file + 2, 6)
    assert document.values["a", "b", "c", 0] == (file + 2, 10)
    assert ("optimizer", "lr") not in document.values
    problem = document.problem(document.values["a", "b", "c", 0], "odd")
    assert str(problem) == "command line:10: odd\n    a.b={c: [1]}\n             ^"


@settings(deadline=None, max_examples=200, derandomize=True)
@given(
    st.lists(
        st.sampled_from(["init", "layers", "0", ".", "=", "[", "{", "a: ", "'", "#", " ", "\n"]) | st.text(max_size=2)
    )
)
def test_any_assignment_is_taken_or_refused(pieces: list[str]) -> None:
    with contextlib.suppress(SpecError):
        document = override(yaml.parse(TEXT, "f.yaml"), ["".join(pieces)])
        assert set(document.keys) < set(document.values)

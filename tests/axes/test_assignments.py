"""Axes from the command line: new ones, ones that take the place of those in the file, and values that pin."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx import axes
from gradx.base import yaml
from gradx.base.errors import SpecError
from gradx.base.override import split

TEXT = """\
init: orthogonal
sweep:
  grid: {init.gain: [1, 2], optimizer: [sgd, {kind: adam, lr: 3}]}
  zip: {depth: [2, 4], width: [64, 32]}
  list: [{batch_size: 1, dtype: float32}, {batch_size: 2, dtype: float32}]
"""


def overridden(*assignments, text=TEXT):
    document, found = axes.read(yaml.parse(text, "f.yaml"))
    return axes.override(found, document, assignments)


def problems(*assignments, text=TEXT):
    with pytest.raises(SpecError) as error:
        overridden(*assignments, text=text)
    assert all(problem.source == "command line" for problem in error.value.problems)
    return [(problem.column, problem.message) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed=1,2,3", ["seed=1", "seed=2", "seed=3"]),
        ("seed=1", ["seed=1"]),
        ("seed= 1 , 2", ["seed= 1 ", "seed= 2"]),
        ("optimizer={kind: sgd, lr: 1},adam", ["optimizer={kind: sgd, lr: 1}", "optimizer=adam"]),
        ("measure.quantities=[a, [b, c]],[d]", ["measure.quantities=[a, [b, c]]", "measure.quantities=[d]"]),
        ('a=\'x,y\',"z,\\"w",v', ["a='x,y'", 'a="z,\\"w"', "a=v"]),
        ("a='it''s, so',b", ["a='it''s, so'", "a=b"]),
        ("a=it's,b", ["a=it's", "a=b"]),
        ("a={b: 'x}, {y'},c", ["a={b: 'x}, {y'}", "a=c"]),
        ("seed={range: [0, 5]}", ["seed={range: [0, 5]}"]),
        ("a=max(1, 2)", ["a=max(1, 2)"]),
        ("a=1,,2", ["a=1", "a=", "a=2"]),
        ("a,b", ["a,b"]),
        ("a=", ["a="]),
    ],
)
def test_values_are_split_at_top_level_commas(text, expected):
    assert split(text) == expected


@settings(deadline=None, derandomize=True)
@given(st.text("ab=,[]{}'\"\\ :", max_size=20))
def test_splitting_loses_nothing(text):
    path, equals, rest = f"p={text}".partition("=")
    assert ",".join(piece.removeprefix("p=") for piece in split(path + equals + rest)) == rest


def test_several_values_are_a_new_axis_of_every_block():
    document, found = overridden("seed=5,6", text="depth: 1\nsweep: [{grid: {depth: [2]}}, {grid: {width: [3, 4]}}]")
    assert [point.values for point in found.points()] == [
        {"depth": 2, "seed": 5}, {"depth": 2, "seed": 6},
        {"width": 3, "seed": 5}, {"width": 3, "seed": 6}, {"width": 4, "seed": 5}, {"width": 4, "seed": 6},
    ]  # fmt: skip
    assert document.data == {"depth": 1}


def test_an_axis_without_a_block():
    document, found = overridden("seed=0,1", "depth={range: [2, 4]}", "init.gain=2", text=TEXT.split("sweep")[0])
    assert [point.values for point in found.points()] == [
        {"seed": 0, "depth": 2}, {"seed": 0, "depth": 3}, {"seed": 1, "depth": 2}, {"seed": 1, "depth": 3},
    ]  # fmt: skip
    assert document.data == {"init": {"kind": "orthogonal", "gain": 2}}


def test_no_axis_at_all():
    document, found = overridden("depth=4", text="depth: 1")
    assert (document.data, found) == ({"depth": 4}, None)


@pytest.mark.parametrize(
    ("assignment", "changed", "count"),
    [
        ("init.gain=7,8,9", {"init.gain": [7, 8, 9]}, 24),
        ("depth=8,9", {"depth": [8, 9]}, 16),
        ("depth={linspace: [5, 6, 2]}", {"depth": [5, 6]}, 16),
        ("batch_size=5,6,7", {"batch_size": [5, 6, 7]}, 24),  # the list's two points are one without their batch_size
        ("init.gain=7", {"init.gain": None}, 8),
        ("depth=7", {"depth": None}, 16),  # width is still swept
        ("batch_size=7", {"batch_size": None}, 8),
        ("optimizer.momentum=0.9", {"optimizer.momentum": [0.9]}, 16),
        ("optimizer.eps=1,2", {"optimizer.eps": [1, 2]}, 32),
        ("steps=7", {}, 16),
    ],
)
def test_axes_of_the_file_are_replaced_or_pinned(assignment, changed, count):
    before = overridden()[1].axes()
    document, found = overridden(assignment)
    expected = {path: values for path, values in (before | changed).items() if values is not None}
    assert found.axes() == expected
    assert found.count == count
    (path, value) = assignment.split("=")
    pinned = changed.get(path, None) is None
    assert (path.split(".")[-1] in str(document.data)) is pinned, value


def test_all_pinned_leaves_no_axes():
    document, found = overridden("seed=3", text="sweep: {grid: {seed: [1, 2]}}")
    assert (document.data, found) == ({"seed": 3}, None)


def test_pairs_stay_pairs():
    found = overridden("width=1,2", "init.gain=1", "optimizer=sgd", "batch_size=1", "dtype=float64")[1]
    assert [point.values for point in found.points()] == [{"depth": 2, "width": 1}, {"depth": 4, "width": 2}]


def test_the_values_know_their_place_on_the_command_line():
    document, found = overridden("steps=3", "seed=4, 5", text="depth: 1")
    last = list(found.points())[-1]
    at = axes.located(document, last)
    assert at.data == {"depth": 1, "steps": 3, "seed": 5}
    problem = at.problem(at.values["seed",], "odd", ("seed",))
    assert str(problem) == "command line:9: odd\n    seed=4, 5\n            ^"


@pytest.mark.parametrize(
    ("assignment", "column", "said"),
    [
        ("seed", 1, "there is no '='"),
        ("seed=1,,2", 8, "no value after ','"),
        ("seed=", 6, "no value after '='"),
        ("seed=1,2,1", 10, "seed 1 stands here twice"),
        ("seed=1,.nan", 8, "must be a finite number"),
        ("seed=1,{range: [0, 2]}", 8, "a form stands for a whole axis"),
        ("seed={range: [3, 3]}", 14, "holds no value"),
        ("seed={range: [0, 2], n: 1}", 22, "unknown key 'n'"),
        ("optimizer={kind: sgd, lr: [},adam", 28, "expected"),
        ("depth=1,2,3", 1, "3 values, but zip pairs them with 2 of width"),
        ("optimizer.lr=1", 1, "one of the two would be lost"),
        ("optimizer.lr=1,2", 1, "one of the two would be lost"),
        ("init={gain: 3},{gain: 4}", 1, "one of the two would be lost"),
        ("name=a,b", 1, "'name' cannot be swept"),
        ("sweep={}", 1, "the block 'sweep' is set in the file"),
        ("sweep.grid.seed=1,2", 1, "the block 'sweep' is set in the file"),
        ("seed={range: [0, 70000]}", 1, "2 x 2 x 70000 x 2 x 2 = 1,120,000 points; at most 1,000,000"),
    ],
)
def test_mistakes_are_located_in_the_assignment(assignment, column, said):
    ((found, message),) = problems(assignment)
    assert said in message
    assert found == column


def test_all_mistakes_at_once():
    assert len(problems("seed=1,1", "depth", "width=1,2,3", "steps=5", "steps=6,7")) == 4


@pytest.mark.parametrize(
    "assignments",
    [
        ["seed=1,2"],
        ["depth={range: [0, 2]}"],
        ["width=7"],
        ["batch_size=3"],
        ["batch_size=3", "dtype=a,b"],
        ["init.gain=5"],
    ],
)
def test_the_data_of_the_changed_axes_make_the_same_points(assignments):
    document, found = overridden(*assignments)
    again = axes.read(yaml.parse(json.dumps({**document.data, "sweep": found.data()}), "f.yaml"))
    assert again[0].data == document.data
    assert [point.values for point in again[1].points()] == [point.values for point in found.points()]


def test_a_block_of_which_all_is_pinned_is_one_point():
    found = overridden("depth=3", text="sweep: [{grid: {depth: [1, 2]}}, {grid: {width: [3, 4]}}]")[1]
    assert [point.values for point in found.points()] == [{}, {"width": 3}, {"width": 4}]
    assert found.data() == [{"list": [{}]}, {"grid": {"width": [3, 4]}}]

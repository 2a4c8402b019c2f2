"""What a `sweep:` block may not say: every mistake, all at once, each at its place."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx import axes
from gradx.base import yaml
from gradx.base.errors import SpecError

# The mistake stands where ^ is (which is taken out).
WRONG = [
    ("sweep:^ ", "must be a mapping with grid, zip or list, or a list of such mappings (got null)"),
    ("sweep: ^3", "(got 3)"),
    ("sweep: ^{}", "(got an empty mapping)"),
    ("sweep: ^[]", "an empty list of blocks"),
    ("sweep: [{grid: {seed: [1]}}, ^[]]", "(got a list)"),
    ("sweep: {^gird: {seed: [1]}}", "unknown key 'gird'; did you mean 'grid'? (allowed here: grid, zip, list)"),
    ("sweep: {^seed: [1, 2]}", "unknown key 'seed'; an axis belongs under grid (allowed here: grid, zip, list)"),
    ("sweep: {grid: ^}", "must be a mapping of paths like {init.gain: ...} (got null)"),
    ("sweep: {grid: ^{}}", "(got an empty mapping)"),
    ("sweep: {grid: ^[1, 2]}", "must be a mapping of paths like {init.gain: ...} (got a list)"),
    ("sweep: {grid: {seed: ^[]}}", "an empty axis: write at least one value"),
    ("sweep: {grid: {seed: ^3}}", "must be a list of values or one of {range: [a, b, step]}"),
    ("sweep: {grid: {seed: ^null}}", "(got null)"),
    ("sweep: {grid: {seed: ^{rnge: [0, 3]}}}", "did you mean 'range'?"),
    ("sweep: {grid: {seed: {range: ^[0]}}}", "must be a list of 2 or 3 numbers (got 1 items)"),
    ("sweep: {grid: {seed: {range: [0, ^x]}}}", "must be a number (got 'x')"),
    ("sweep: {grid: {seed: {range: [0, 3], ^step: 2}}}", "unknown key 'step' (allowed here: range)"),
    ("sweep: {grid: {lr: {random: {uniform: [0, ^.inf]}, n: 2}}}", "must be a finite number (got .inf)"),
    ("sweep: {grid: {lr: {random: {uniform: [0, 1]}, n: ^2000000}}}", "from 1 to 1,000,000 (got 2000000)"),
    ("sweep: {grid: {seed: [1, ^.nan]}}", "must be a finite number (got .nan)"),
    ("sweep: {grid: {optimizer: [{kind: sgd, lr: ^-.inf}]}}", "must be a finite number (got -.inf)"),
    ("sweep: {grid: {seed: [1, ^{range: [2, 5]}]}}", "a form stands for a whole axis"),
    ("sweep: {grid: {seed: [1, 2, ^1]}}", "seed 1 stands here twice: the runs would coincide"),
    ("sweep: {grid: {init.gain: [1, ^1.0]}}", "init.gain 1.0 stands here twice"),
    ("sweep: {grid: {optimizer: [sgd, ^{kind: sgd}]}}", "stands here twice"),
    ("sweep: {grid: {optimizer: [{lr: 1, kind: sgd}, ^{kind: sgd, lr: 1}]}}", "stands here twice"),
    ("sweep: {grid: {^init..gain: [1]}}", "'init..gain' is not a path like depth or init.gain"),
    ("sweep: {grid: {^init gain: [1]}}", "'init gain' is not a path"),
    ("sweep: {grid: {^'': [1]}}", "'' is not a path"),
    ("sweep: {grid: {^name: [a, b]}}", "'name' cannot be swept: it does not change a run"),
    ("sweep: {grid: {^expect.0: [a, b]}}", "'expect.0' cannot be swept"),
    ("sweep: {grid: {^sweep.grid: [1]}}", "'sweep.grid' cannot be swept: a sweep has no sweeps within"),
    ("sweep: {zip: {depth: [1, 2], width: ^[1, 2, 3]}}", "3 values, but depth has 2: zip pairs them one by one"),
    ("sweep: {zip: {depth: [1, 2, ^1], width: [5, 6, 5]}}", "depth 1, width 5 stands here twice"),
    ("sweep: {zip: {depth: [1, 2], width: ^7}}", "must be a list of values"),
    ("sweep: {list: ^{depth: 1}}", "must be a list of points like {depth: 2, width: 64} (got a mapping)"),
    ("sweep: {list: ^[]}", "(got an empty list)"),
    ("sweep: {list: ^[{}, {depth: 1}, {}]}", "{} stands here twice"),
    ("sweep: {list: [^3]}", "must be a mapping of paths like {init.gain: ...} (got 3)"),
    ("sweep: {list: [{depth: 1}, {depth: ^1}]}", "depth 1 stands here twice"),
    ("sweep: {list: [{depth: ^{range: [0, 3]}}]}", "must be a single value"),
    ("sweep: {grid: {seed: [1]}, list: [{seed: ^2}]}", "'seed' is swept twice in this block"),
    ("sweep: {grid: {seed: [1]}, zip: {seed: [^2, 3]}}", "'seed' is swept twice in this block"),
    ("sweep: {grid: {optimizer: [{kind: sgd}, ^{kind: adam, lr: 1}], optimizer.lr: [2]}}", "says what optimizer.lr is"),
    ("sweep: {grid: {optimizer: [^sgd], optimizer.kind: [adam]}}", "says what optimizer.kind is, which is swept, too"),
    ("sweep: {grid: {init: [^{recurrent: {kind: a}}], init.recurrent.kind: [b]}}", "says what init.recurrent.kind is"),
    (
        "^sweep: {grid: {a: {range: [0, 1000]}, b: {range: [0, 1000]}, c: [1, 2]}}",
        "1000 x 1000 x 2 = 2,000,000 points; at most 1,000,000 are allowed",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), WRONG, ids=lambda text: text[:60])
def test_mistakes_are_located(marked, said):
    text = f"depth: 3\n{marked.replace('^', '')}"
    with pytest.raises(SpecError) as error:
        axes.read(yaml.parse(text, "f.yaml"))
    (problem,) = error.value.problems
    assert (problem.source, problem.line, problem.column) == ("f.yaml", 2, marked.index("^") + 1)
    assert said in problem.message


def test_all_mistakes_at_once_in_the_order_of_the_file():
    text = """\
sweep:
- grid: {seed: [], init.gain: 3}
  zip: {depth: [1, .nan], width: [1]}
- lst: []
  grid: {lr: {logspace: [0, x, 1]}}
"""
    with pytest.raises(SpecError) as error:
        axes.read(yaml.parse(text, "f.yaml"))
    assert [(problem.line, problem.column) for problem in error.value.problems] == [
        (2, 16), (2, 31), (3, 20), (3, 34), (4, 3), (5, 29),
    ]  # fmt: skip


def test_parts_may_be_swept_beside_their_fields():
    text = "sweep: {grid: {optimizer.lr: [1, 2], optimizer: [sgd, {kind: adam, eps: 3}], init.gain: [1]}}"
    assert axes.read(yaml.parse(text, "f.yaml"))[1].count == 4


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["x", "init.gain", "", "a\nb"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["grid", "zip", "list", "range", "random", "n", "init.gain", "a"]), inner)
        ),
        max_leaves=12,
    )
)
def test_anything_is_read_or_refused(data):
    document = yaml.parse("sweep: 1", "f.yaml")
    document.data["sweep"] = data
    with contextlib.suppress(SpecError):
        found = axes.read(document)[1]
        assert found.count == len(list(found.points())) > 0


def test_an_empty_point_is_what_the_rest_of_the_spec_says():
    found = axes.read(yaml.parse("sweep: {list: [{}, {init: orthogonal}]}", "f.yaml"))[1]
    assert [point.values for point in found.points()] == [{}, {"init": "orthogonal"}]

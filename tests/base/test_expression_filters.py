"""Filters: which runs are picked, which names are columns and which are words, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.base.expression import columns_in, filter_problem, matches, unknown_columns

ROW = {
    "run": "3fa2b",
    "name": "grid",
    "architecture": "rnn",
    "activation": "tanh",
    "init": "orthogonal",
    "init.gain": 1.2,
    "depth": 20,
    "width": 20,
    "task.path": "a-b.txt",
    "device": "cuda",
    "solved": True,
    "diverged_at": None,
    "growth.time": 0.6,
    "loss.final": float("nan"),
    "verdict.time": "vanishing",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("depth >= 20", True),
        ("depth > 20", False),
        ("depth == width", True),  # a column, not the word 'width'
        ("activation == tanh", True),
        ("activation == 'tanh'", True),
        ("activation == relu", False),
        ("activation != relu", True),
        ("activation in [relu, tanh]", True),
        ("activation in (relu, 'gelu')", False),
        ("activation not in [relu, gelu]", True),
        ("depth in [10, 20]", True),
        ("depth in [width]", True),
        ("init.gain in [-1.2, 1.2]", True),
        ("init == orthogonal and init.gain > 1", True),
        ("init == torch.default", False),
        ("task.path == 'a-b.txt'", True),
        ("solved", True),
        ("solved == true", True),
        ("solved == false", False),
        ("solved == True and not solved == False", True),
        ("not (depth < 30 and activation == tanh)", False),
        ("10 < depth <= 20", True),
        ("growth.time * 2 < 1.3 and abs(-depth) == 20", True),
        ("verdict.time == vanishing", True),
        ("verdict.time in [stable, exploding]", False),
        ("run == '3fa2b'", True),
    ],
)
def test_what_is_picked(text, expected):
    assert filter_problem(text) is None
    assert unknown_columns(text, ROW) == []
    assert matches(text, ROW) is expected


@pytest.mark.parametrize(
    "text",
    [
        "diverged_at > 3",
        "diverged_at != 3",
        "not diverged_at == 3",
        "diverged_at not in [3]",
        "depth < activation",
        "depth + activation == 3",
        "1 / (depth - width) > 0",
        "optimizer.lr > 0",
    ],
)
def test_a_missing_or_incomparable_value_is_not_picked(text):
    assert filter_problem(text) is None
    assert matches(text, ROW) is False


def test_a_missing_value_behind_a_decided_or_does_not_matter():
    assert matches("solved or diverged_at > 3", ROW)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("dpth >= 20", ["dpth"]),
        ("tanh == activation", ["tanh"]),
        ("depth < wdth and slved", ["wdth", "slved"]),
        ("optimizer.lr == 0.1", ["optimizer.lr"]),
        ("depth == wdth + 1", ["wdth"]),
        ("name == my-run", ["my", "run"][:1]),
        ("activation == anything", []),
        ("activation in [any, thing]", []),
        ("abs(dpth) == 1", ["dpth"]),
        ("1 < dpth == thing", ["dpth"]),
    ],
)
def test_names_that_no_column_has(text, unknown):
    assert unknown_columns(text, ROW) == unknown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not an expression"),
        ("depth = 20", "two values are compared with =="),
        ("depth >=", "not an expression: 'depth >=' (example: depth >= 20 and activation == tanh)"),
        ("x" * 600, "a filter has at most 500 characters"),
        ("depth in 20", "'in' wants a list (example: depth in [10, 20]), got 20"),
        ("activation in tanh", "'in' wants a list"),
        ("depth in [[1]]", "the list after 'in' holds numbers and texts, got [1]"),
        ("depth in [1 + 1]", "the list after 'in' holds numbers and texts"),
        ("depth == [1]", "a list may only stand after 'in'"),
        ("[depth]", "a list may only stand after 'in'"),
        ("depth in {1}", "a filter cannot hold Set (allowed: comparisons, and, or, not, in, "),
        ("depth is 3", "a filter cannot hold Is"),
        ("open('x')", "unknown function 'open' (allowed: abs,"),
        ("sqr(depth) > 1", "unknown function 'sqr'; did you mean 'sqrt'?"),
        ("depth == None", "cannot hold None"),
        ("verdict.time == 'vanshing'", "verdict.time is never 'vanshing'; did you mean 'vanishing'?"),
        ("verdict.time == vanshing", "verdict.time is never 'vanshing'; did you mean 'vanishing'?"),
        ("verdict.depth in [stable, explodes]", "verdict.depth is never 'explodes'; did you mean 'exploding'?"),
        ("status != done", "status is never 'done' (allowed: finished, diverged, failed)"),
    ],
)
def test_what_is_not_a_filter_is_refused(text, said):
    found = filter_problem(text)
    assert found is not None
    assert said in found


def test_the_names_in_a_filter():
    assert columns_in("init.gain > 1 and activation in [tanh, relu] or not init.gain == abs(depth)") == [
        "init.gain", "activation", "tanh", "relu", "depth",
    ]  # fmt: skip


@given(st.text(max_size=60) | st.text("()+-*/<>=.'0123456789 andortinepthw_[]{}:,", max_size=80))
def test_any_text_is_a_filter_or_refused(text):
    if not filter_problem(text):
        assert matches(text, ROW) in (True, False)
        assert isinstance(unknown_columns(text, ROW), list)


@pytest.mark.parametrize("text", ["-" * 499 + "1", "not " * 120 + "1", "a" + ".b" * 249, "1" + "<1" * 249])
def test_deep_nesting_breaks_nothing(text):
    assert filter_problem(text) or matches(text, ROW) in (True, False)

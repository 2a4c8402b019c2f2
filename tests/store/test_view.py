"""`View`: exactly the runs that a filter picks, as rows and as traces, in the types of the store."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.base.errors import ResultsError, SpecError
from gradx.base.trace import Block
from gradx.store.runs import Results
from gradx.store.view import View

ROWS = [
    {"run": "a", "activation": "tanh", "depth": 10, "init.gain": 1.0, "solved": True, "loss.final": 0.5},
    {"run": "b", "activation": "tanh", "depth": 20, "init.gain": 1.2, "solved": False, "loss.final": 2.0},
    {"run": "c", "activation": "relu", "depth": 20, "solved": False, "loss.final": float("nan"), "status": "diverged"},
    {"run": "d", "activation": None, "depth": 40, "init.gain": 2.0, "status": "failed"},
]
for row in ROWS:
    row.setdefault("status", "finished")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Four runs, each with two steps of two quantities."""
    results = Results(tmp_path_factory.mktemp("results") / "grid")
    results.create("name: grid\n", {})
    runs = [row["run"] for row in ROWS]
    columns = [("loss", "model", 0), ("grad_norm", "model", 0)]
    with results.claim(runs) as claim:
        claim.write(Block(runs, np.array([0, 1]), columns, np.arange(16.0).reshape(4, 2, 2)))
        claim.commit(ROWS)
    return results


def picked(view):
    return sorted(view.runs["run"])


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("depth >= 20", "bcd"),
        ("depth >= 20 and activation == tanh", "b"),
        ("activation in [tanh, relu] and depth == 20", "bc"),
        ("activation != tanh", "c"),  # d has no activation
        ("init.gain > 0", "abd"),  # c has no gain
        ("solved", "a"),
        ("not solved", "bc"),
        ("loss.final < 1", "a"),
        ("not loss.final < 1", "b"),
        ("status == diverged", "c"),
        ("depth > 99", ""),
        ("True", "abcd"),
    ],
)
def test_what_a_filter_picks(results, where, expected):
    view = View(results, where)
    assert picked(view) == picked(View(results).where(where)) == list(expected)
    assert len(view) == len(expected)
    assert list(view.runs.columns) == list(View(results).runs.columns)
    assert list(view.runs.index) == list(range(len(expected)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"depth": 20}, "bc"),
        ({"depth": [10, 40]}, "ad"),
        ({"depth": 20, "activation": "tanh"}, "b"),
        ({"init.gain": 1.2}, "b"),
        ({"init.gain": None}, "c"),
        ({"solved": True}, "a"),
        ({"activation": "ta"}, ""),
        ({"depth": range(10, 21)}, "abc"),
        ({}, "abcd"),
    ],
)
def test_values_by_name(results, values, expected):
    assert picked(View(results).where(**values)) == list(expected)


def test_filters_narrow(results):
    view = View(results, "depth >= 20").where("solved == false", activation="tanh").where("init.gain > 1")
    assert picked(view) == ["b"]
    assert picked(View(results).where("depth == 20", status="diverged")) == ["c"]


def test_the_rows_are_those_of_the_store(results):
    view = View(results)
    pd.testing.assert_frame_equal(view.runs, results.frame())
    assert view.runs is view.runs
    assert view.path == results.paths.root
    assert repr(view) == f"<4 runs of {results.paths.root}>"


def test_the_trace_is_of_exactly_these_runs(results):
    trace = View(results, "depth == 20").trace()
    assert sorted(trace["run"]) == ["b"] * 4 + ["c"] * 4
    assert sorted(trace["value"]) == list(range(4, 12))
    losses = View(results).where("solved").trace("loss")
    assert losses.to_dict("list") == {
        "run": ["a", "a"], "step": [0, 1], "quantity": ["loss"] * 2, "site": ["model"] * 2, "index": [0, 0],
        "value": [0.0, 2.0],
    }  # fmt: skip
    assert len(View(results, "depth > 99").trace()) == 0


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("dpth > 3", "unknown column 'dpth'; did you mean 'depth'?"),
        ("zzz > 3", r"unknown column 'zzz' \(allowed: .*depth.*\)"),
        ("depth = 3", "where: not an expression: 'depth = 3'"),
        ("status == done", "status is never 'done'"),
        ("\x1b", r"where: .*\\x1b"),
    ],
)
def test_mistakes_in_a_filter_show_at_once(results, where, said):
    with pytest.raises(SpecError, match=said):
        View(results, where)
    with pytest.raises(SpecError, match=said):
        View(results).where(where)


def test_an_unknown_key_is_named(results):
    with pytest.raises(SpecError, match=r"unknown column 'init.gian'; did you mean 'init.gain'\?"):
        View(results).where(**{"init.gian": 1})


def test_no_results_directory(tmp_path):
    with pytest.raises(ResultsError):
        _ = View(Results(tmp_path)).runs


def test_no_runs(tmp_path):
    results = Results(tmp_path / "new")
    results.create("name: new\n", {})
    assert len(View(results, "depth > 3").where(width=3)) == 0


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.sampled_from(["depth", "init.gain", "loss.final"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.integers(0, 41),
)
def test_filters_agree_with_pandas(results, column, operator, number):
    frame = results.frame()
    expected = frame.dropna(subset=[column]).query(f"`{column}` {operator} {number}")
    assert picked(View(results, f"{column} {operator} {number}")) == sorted(expected["run"])

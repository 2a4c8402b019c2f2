"""Claims about many runs: aggregates against their definitions, what cannot be judged, what is refused."""

import math
import statistics
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.base.claims import Claim, judgement, problems
from gradx.base.expression import AGGREGATES, judge, sweep_problem
from gradx.base.expression.language import OUTCOMES
from gradx.diagnosis import Verdict

ROWS = [
    {"depth": 10, "init": "normal", "solved": True, "growth.time": 0.5, "verdict.time": "vanishing"},
    {"depth": 20, "init": "normal", "solved": True, "growth.time": 0.6, "verdict.time": "vanishing"},
    {"depth": 30, "init": "orthogonal", "solved": False, "growth.time": 0.9, "verdict.time": "stable"},
    {"depth": 40, "init": "orthogonal", "solved": False, "growth.time": 1.5, "diverged_at": 3, "status": "diverged"},
]
for row in ROWS:
    row.setdefault("status", "finished")


@pytest.mark.parametrize(
    ("text", "met", "note"),
    [
        ("share(solved) >= 0.5", True, "share(solved) = 0.5 over 4 runs"),
        ("share(solved) > 0.5", False, "share(solved) = 0.5 over 4 runs"),
        ("median(growth.time) < 0.8", True, "median(growth.time) = 0.75 over 4 runs"),
        ("mean(growth.time) == 0.875", True, "mean(growth.time) = 0.875 over 4 runs"),
        ("min(growth.time) == 0.5 and max(growth.time) == 1.5", True, "= 0.5, max(growth.time) = 1.5 over 4 runs"),
        ("0.449 < std(growth.time) < 0.451", True, "std(growth.time) = 0.45 over 4 runs"),
        ("all(growth.time < 2)", True, "all(growth.time < 2): 4 of 4 runs"),
        ("all(solved)", False, "all(solved): 2 of 4 runs"),
        ("any(status == 'diverged')", True, "any(status == 'diverged'): 1 of 4 runs"),
        ("count() == 4", True, "count() = 4 over 4 runs"),
        ("median(growth.time) < 1 and all(solved)", False, "= 0.75 over 4 runs, all(solved): 2 of 4 runs"),
        ("median(growth.time) < 0.7 or share(solved) == 0.5", True, "= 0.75, share(solved) = 0.5 over 4 runs"),
        ("max(min(growth.time), 0.7) == 0.7", True, "min(growth.time) = 0.5 over 4 runs"),
        ("share(growth.time > 0.55 and solved) * 4 == 1", True, "= 0.25 over 4 runs"),
        ("median(abs(log10(growth.time))) < 0.2", True, "over 4 runs"),
        ("mean(max(growth.time, 1)) == 1.125", True, "= 1.125 over 4 runs"),
        ("not all(solved)", True, "all(solved): 2 of 4 runs"),
        ("True or all(solved)", True, "over 4 runs"),
    ],
)
def test_aggregates(text, met, note):
    assert sweep_problem(text) is None
    judged = judge(text, ROWS)
    assert judged.met is met
    assert note in judged.note


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("all(verdict.time == 'vanishing')", "verdict.time is not available in 1 of 4 runs"),
        ("median(diverged_at) < 3", "median(diverged_at): diverged_at is not available in 3 of 4 runs"),
        ("median(status) < 3", "median(status): not all values are numbers"),
        ("share(status < 3) == 0", "not supported"),
        ("mean(1 / (growth.time - 0.5)) < 1", "zero in 1 of 4 runs"),
        ("share(solved) / share(growth.time > 9) > 1", "zero"),
    ],
)
def test_what_cannot_be_judged_says_why(text, said):
    assert sweep_problem(text) is None
    judged = judge(text, ROWS)
    assert judged.met is None
    assert said in judged.note


def test_no_runs_and_no_spread():
    assert judge("count() == 0", []).met is None
    assert judge("std(growth.time) < 1", ROWS[:1]).note == "std(growth.time): one run has no spread"
    assert judge("mean(growth.time) < 1", ROWS[:1]).note == "mean(growth.time) = 0.5 over 1 run"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_diverged_numbers_are_numbers(value):
    rows = [{"loss.final": 1.0}, {"loss.final": value}, {"loss.final": math.inf}]
    for name in ("median", "mean", "min", "max", "std"):
        assert judge(f"{name}(loss.final) < 2", rows).met is (
            (name == "min" and value == math.inf) or (name in ("median", "min") and value == -math.inf)
        )


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_aggregates_are_those_of_the_standard_library(values):
    rows = [{"loss.final": value} for value in values]
    expected = {
        "median": statistics.median(values), "mean": statistics.fmean(values), "min": min(values), "max": max(values),
        "std": statistics.stdev(values), "share": sum(map(bool, values)) / len(values),
    }  # fmt: skip
    for name, value in expected.items():
        assert judge(f"abs({name}(loss.final) - ({value!r})) <= 1e-9 * (1 + {max(map(abs, values))!r})", rows).met
    assert judge(f"count() == {len(values)}", rows).met
    assert judge("all(loss.final > 0)", rows).met is all(value > 0 for value in values)
    assert judge("any(loss.final > 0)", rows).met is any(value > 0 for value in values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not an expression"),
        ("share(solved", "not an expression: 'share(solved' (example: share(solved) >= 0.8)"),
        ("solved", "'solved' differs from run to run: write median(solved), all(solved ...) or the like"),
        ("share(solved) > loss.chance", "'loss.chance' differs from run to run"),
        ("max(growth.time, 1) < 2", "'growth.time' differs from run to run"),
        ("1 < 2", "says nothing about the runs together (allowed: share, all, any, median,"),
        ("shre(solved) > 1", "unknown function 'shre'; did you mean 'share'?"),
        ("share(slved) > 1", "unknown value 'slved'; did you mean 'solved'?"),
        ("share(depth > 3) > 1", "unknown value 'depth'"),
        ("share() > 1", "share takes 1 value, got 0 (example: share(solved))"),
        ("median(growth.time, 2) > 1", "median takes 1 value, got 2 (example: median(growth.time))"),
        ("count(solved) > 1", "count takes 0 values, got 1 (example: count() >= 10)"),
        ("share(growth.time > median(growth.time)) > 1", "median(...) cannot stand within another of its kind"),
        ("all(verdict.time == 'vanshing')", "verdict.time is never 'vanshing'; did you mean 'vanishing'?"),
        ("all(verdict.time == vanishing)", "put text in quotes"),
        ("share(solved)[0]", "Subscript"),
        ("share(x=1)", "keyword"),
        ("open('x')", "unknown function 'open'"),
    ],
)
def test_what_is_not_a_claim_about_many_runs_is_refused(text, said):
    found = sweep_problem(text)
    assert found is not None
    assert said in found


@given(
    st.text(max_size=60) | st.sampled_from(AGGREGATES).flatmap(lambda n: st.text("(),.<>= 1solved" + n, max_size=40))
)
def test_any_text_is_judged_or_refused(text):
    if not sweep_problem(text):
        assert judge(text, ROWS).met in (True, False, None)
        assert judge(text, ROWS).note


@pytest.mark.parametrize(
    ("claim", "met", "note"),
    [
        ("growth.time < 2", True, "met in 4 of 4 runs"),
        ("growth.time < 1", False, "met in 3 of 4 runs"),
        ("verdict.time == 'vanishing'", False, "met in 2 of 4 runs, 1 cannot be judged: verdict.time is not available"),
        ("diverged_at == 3", None, "met in 1 of 4 runs, 3 cannot be judged: diverged_at is not available"),
        (Claim(that="share(solved) == 0.5"), True, "share(solved) = 0.5 over 4 runs"),
        (Claim(where="depth <= 20", that="all(solved)"), True, "all(solved): 2 of 2 runs"),
        (Claim(where="init == orthogonal", that="any(solved)"), False, "any(solved): 0 of 2 runs"),
        (Claim(where="depth >= 50", that="all(solved)"), None, "no run matches depth >= 50"),
        (Claim(where="dpth >= 50", that="all(solved)"), None, "where: unknown column 'dpth'; did you mean 'depth'?"),
    ],
)
def test_claims_of_a_sweep(claim, met, note):
    judged = judgement(claim, ROWS)
    assert (judged.met, judged.note) == (met, note)


@pytest.mark.parametrize("claim", ["solved", Claim(that="all(solved)"), Claim(where="depth > 1", that="all(solved)")])
def test_no_runs_no_judgement(claim):
    assert judgement(claim, []) == judge("count() > 0", [])


def test_mistakes_in_a_claim_are_placed():
    assert [path for path, _ in problems({"where": "depth =", "that": "solved"})] == [("where",), ("that",)]
    assert [path for path, _ in problems("slved")] == [()]
    assert list(problems({"where": 3, "that": None})) == list(problems(5)) == list(problems("solved")) == []


def test_a_claim_is_written_as_it_is_read():
    assert Claim(that="all(solved)").model_dump() == {"that": "all(solved)"}
    assert Claim(where="depth > 1", that="all(solved)").model_dump() == {"where": "depth > 1", "that": "all(solved)"}
    assert str(Claim(where="depth > 1", that="all(solved)")) == "all(solved) where depth > 1"


def test_the_outcomes_are_those_of_the_diagnosis():
    outcomes = get_args(get_type_hints(Verdict)["outcome"])
    assert OUTCOMES["verdict.depth"] == OUTCOMES["verdict.time"] == outcomes

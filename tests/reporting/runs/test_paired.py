"""Differences of ratios, numbers and shares by hand, and what is said where there is none."""

from math import exp, inf, isclose, log, nan, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.base.statistics import fisher, paired
from gradx.reporting.runs.matching import Cell
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.runs.paired import Difference, adjusted, difference, values_of

GROWTH = Outcome("growth.depth", "growth per layer", "ratio", 1.0)
LOSS = Outcome("loss.final", "final loss", "difference")
SOLVED = Outcome("solved", "share solved", "share")


def between(outcome: Outcome, before: list[Any], after: list[Any], **changes: Any) -> Difference | None:
    """Of two arms with one run for each seed."""
    rows = [{outcome.key: value, **changes} for value in (*before, *after)]
    cells = [Cell(seed, [seed], [seed + len(before)]) for seed in range(len(before))]
    return difference(values_of(rows, outcome), cells)


def found(outcome: Outcome, before: list[Any], after: list[Any], **changes: Any) -> Difference:
    made = between(outcome, before, after, **changes)
    assert made is not None
    return made


def test_a_ratio_is_compared_by_its_logarithm() -> None:
    made = found(GROWTH, [1.0, 1.0, 1.0], [2.0, 4.0, 8.0])
    logs = paired([log(2), log(4), log(8)])
    assert logs is not None
    assert made.size == pytest.approx(4.0)
    assert (made.low, made.high) == pytest.approx((exp(logs.low), exp(logs.high)))  # type: ignore[arg-type]
    assert made.d_z == pytest.approx(2.0)  # mean 2 log 2, standard deviation log 2
    assert (made.seeds, made.pairs) == (3, 3)


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=8))
def test_a_difference_is_the_paired_interval(pairs: list[tuple[float, float]]) -> None:
    made = found(LOSS, [one for one, _ in pairs], [other for _, other in pairs])
    expected = paired([other - one for one, other in pairs])
    assert expected is not None
    assert made.size == pytest.approx(expected.mean, rel=1e-9, abs=1e-9)
    if expected.low is None or made.low is None:  # the same in every seed, there or to 12 digits
        assert made.note == "the same in every seed" or made.same
        assert made.interval == ""
    else:
        assert made.low == pytest.approx(expected.low, rel=1e-9, abs=1e-6)


def test_the_seed_is_the_unit_of_noise() -> None:
    """Ten combinations do not make one seed ten: their mean counts once for each seed."""
    rows = [{"loss.final": value} for value in (0, 0, 0, 0, 1.0, 3.0, 2.0, 6.0)]
    cells = [Cell(0, [0], [4]), Cell(0, [1], [5]), Cell(1, [2], [6]), Cell(1, [3], [7])]
    made = difference(values_of(rows, LOSS), cells)
    assert made is not None
    assert made.size == 3.0
    assert made.d_z == pytest.approx(3 / sqrt(2))  # of 2 and 4
    assert (made.seeds, made.pairs) == (2, 4)
    one = difference(values_of(rows, LOSS), cells[:2])
    assert one is not None
    assert (one.size, one.low, one.p, one.seeds, one.pairs) == (2.0, None, None, 1, 2)
    assert one.note == "one seed: noise unknown"
    assert one.beyond_noise is None


def test_a_share_is_counted() -> None:
    made = found(SOLVED, [False] * 5, [True] * 5)
    assert made.counts == ((0, 5), (5, 5))
    assert made.p == pytest.approx(2 / 252)
    assert (made.size, made.low, made.d_z) == (1.0, None, None)
    assert made.text == "5/5 against 0/5"
    assert made.sentence == "share solved 5/5 against 0/5 (p 0.0079, 5 seeds)"


def test_runs_of_one_seed_are_not_independent() -> None:
    """20 of 20 runs against 10 of 20, but all the change is in one of two seeds."""
    rows = [{"solved": value} for value in [False] * 10 + [True] * 10 + [True] * 20]
    cells = [Cell(place // 10, [place], [place + 20]) for place in range(20)]
    made = difference(values_of(rows, SOLVED), cells)
    assert made is not None
    assert fisher(10, 20, 20, 20) < 0.001
    assert made.p == pytest.approx(0.5)  # t of (1, 0): 1, with one degree of freedom


@pytest.mark.parametrize(
    ("outcome", "after", "note"),
    [
        (LOSS, [1.0, nan, inf, 1.0, 1.0], "finite in 3 of 5 pairs: 3/5 runs against 5/5"),
        (GROWTH, [1.0, 0.0, 1.0, 1.0, 1.0], "finite above 0 in 4 of 5 pairs: 4/5 runs against 5/5"),
        (GROWTH, [-1.0, inf, 1.0, 1.0, 1.0], "finite above 0 in 3 of 5 pairs: 3/5 runs against 5/5"),
    ],
)
def test_what_is_not_finite_is_said_and_not_dropped(outcome: Outcome, after: list[float], note: str) -> None:
    made = found(outcome, [1.0] * 5, after)
    assert (made.size, made.low, made.p, made.beyond_noise) == (None, None, None, None)
    assert (made.note, made.text, made.interval) == (note, "", "")
    assert made.sentence == f"{outcome.label} {note}"


def test_missing_values() -> None:
    assert between(LOSS, [None, None], [1.0, 2.0]) is None
    some = found(LOSS, [1.0, 2.0, None, None], [2.0, 4.0, 1.0, None])
    assert (some.size, some.pairs, some.note) == (1.5, 2, "1 more pair with a value on one side only")
    gone = found(LOSS, [1.0, 2.0], [2.0, None], status="diverged")
    assert gone.note == "finite in 1 of 2 pairs: 1/2 runs against 2/2"
    both = found(LOSS, [None, nan], [nan, None], status="diverged")
    assert both.note == "finite in 0 of 2 pairs: 0/2 runs against 0/2, all of both diverged"


def test_differences_that_are_all_the_same() -> None:
    made = found(LOSS, [0.3, 0.4, 0.5], [0.1, 0.2, 0.3])  # but for the last digit
    assert (made.size, made.low, made.high, made.d_z, made.p) == (-0.2, None, None, None, 2 / 64)
    assert made.sentence == "final loss -0.2 (3 seeds, the same in every seed)"
    same = found(GROWTH, [0.5, 0.6], [0.5, 0.6])
    assert (same.size, same.p, same.text, same.interval) == (1.0, 1.0, "the same", "")
    assert same.sentence == "growth per layer the same (2 seeds)"
    assert (same.judgement, same.least) == ("the same", 1.0)


def test_a_mean_of_nothing_is_not_the_same() -> None:
    """Up at one depth and down at the other, by as much, in every seed."""
    rows = [{"loss.final": value} for value in (0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 1.0, -1.0)]
    made = difference(values_of(rows, LOSS), [Cell(place // 2, [place], [place + 4]) for place in range(4)])
    assert made is not None
    assert (made.size, made.p, made.same, made.text) == (0.0, 1.0, False, "+0")
    (judged,) = adjusted([made])
    assert judged.judgement == "no"


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_far_ratios_do_not_overflow(one: float, other: float) -> None:
    made = found(GROWTH, [one, other], [other, one])
    assert made.size is not None
    assert isclose(made.size, 1.0, rel_tol=1e-9)
    assert found(GROWTH, [1e-300, 1e-300], [1e300, 1e300]).size == inf


def test_as_many_digits_as_tell_the_ends_apart() -> None:
    made = Difference(GROWTH, 1.3801, 1.3799, 1.3803, 10.0, 0.001, 5, 5)
    assert (made.text, made.interval) == ("× 1.3801", "1.3799 to 1.3803")
    near = Difference(GROWTH, 1.0251, 1.0014, 1.0493, 1.0, 0.04, 5, 5)  # not 1 to 1.05, which would be no difference
    assert (near.text, near.interval) == ("× 1.025", "1.001 to 1.049")
    hardly = Difference(GROWTH, 1 + 2e-8, 1 + 1e-8, 1 + 3e-8, 2.0, 0.01, 5, 5)
    assert (hardly.text, hardly.interval) == ("the same to 6 digits", "")
    assert Difference(GROWTH, 1 + 1e-8, 1 - 1e-8, 1 + 3e-8, 0.5, 0.3, 5, 5).text == "the same to 6 digits"
    within = Difference(GROWTH, 1.00001, 0.9, 1.1, 0.1, 0.9, 5, 5)
    assert (within.text, within.interval) == ("× 1", "0.9 to 1.1")
    assert Difference(LOSS, -0.0, -0.1234, 0.1, 0.0, 0.9, 5, 5).text == "+0"


def test_p_is_adjusted_for_all() -> None:
    parts = [Difference(LOSS, 1.0, p=p) for p in (0.02, None, 0.01)]
    assert [part.adjusted for part in adjusted(parts)] == [0.02, None, 0.02]
    assert [part.beyond_noise for part in adjusted(parts)] == [True, None, True]
    assert not adjusted([*parts, Difference(LOSS, 1.0, p=0.04), Difference(LOSS, 1.0, p=0.5)])[0].beyond_noise


def test_untrained_runs_are_missing_values_and_not_nan() -> None:
    """A run of no steps that diverges has lost no training; one that was to be trained has."""
    rows = [
        {"loss.final": 1.0, "steps": 0, "steps_done": 0, "status": "finished"},
        {"loss.final": nan, "steps": 0, "steps_done": 0, "status": "diverged"},
        {"loss.final": None, "steps": 9, "steps_done": 0, "status": "diverged"},
        {"loss.final": 0.5, "steps": 9, "steps_done": 9, "status": "finished"},
    ]
    *missing, lost, kept = values_of(rows, LOSS).scaled
    assert (missing, kept) == ([None, None], 0.5)
    assert str(lost) == "nan"
    assert difference(values_of(rows, LOSS), [Cell(0, [0], [3])]) is None
    mixed = difference(values_of([*rows, rows[3] | {"loss.final": 0.25}], LOSS), [Cell(0, [0], [3]), Cell(1, [3], [4])])
    assert mixed is not None
    assert (mixed.size, mixed.pairs) == (-0.25, 1)
    assert "1 more pair with a value on one side only" in mixed.note

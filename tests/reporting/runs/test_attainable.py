"""What cannot be beyond noise is no comparison to correct for; what can is corrected as by Holm."""

import random
from itertools import product
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting.rows import grid_rows

from gradx.base.statistics import fisher, holm
from gradx.base.student import student_p
from gradx.reporting.runs.attainable import Margins, least_of_shares, of_those_that_can
from gradx.reporting.runs.effects import effects
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.noise import judged, rounded

P_VALUES = st.lists(st.tuples(st.floats(1e-4, 1), st.floats(0, 1)), max_size=8)


@given(st.lists(st.floats(1e-6, 1), max_size=8))
def test_it_is_holm_where_every_p_can_come(p_values: list[float]) -> None:
    assert of_those_that_can(p_values, [0.0] * len(p_values), 0.05) == pytest.approx(holm(p_values))


def test_by_hand() -> None:
    assert of_those_that_can([0.02, 1.0, 0.1], [0.0, 1.0, 0.1], 0.05) == [0.02, None, None]
    assert of_those_that_can([0.02, 0.03], [0.0, 0.03], 0.05) == [0.04, 0.04]  # alone, 0.03 can be rejected
    assert of_those_that_can([0.06, 0.03], [0.0, 0.03], 0.05) == [0.12, None]  # beside another it cannot
    assert of_those_that_can([0.03, 0.03], [0.03, 0.03], 0.05) == [None, None]  # one of two never below 0.025
    assert of_those_that_can([], [], 0.05) == []


@given(P_VALUES)
def test_what_is_rejected_is_what_tarones_test_of_each_set_rejects(pairs: list[tuple[float, float]]) -> None:
    """The closed procedure: rejected is what every set with it rejects, a set by its smallest p below 0.05 / K."""
    p_values, least = [max(p, q) for p, q in pairs], [q for _, q in pairs]
    found = of_those_that_can(p_values, least, 0.05)

    def size(part: list[int]) -> int:
        return next(k for k in range(1, len(part) + 1) if sum(least[each] < 0.05 / k for each in part) <= k)

    places = range(len(pairs))
    sets = [
        part
        for chosen in product([False, True], repeat=len(pairs))
        if (part := [place for place in places if chosen[place]])
    ]
    rejecting = [(part, min(p_values[place] for place in part) < 0.05 / size(part)) for part in sets]
    for place in places:
        expected = all(rejects for part, rejects in rejecting if place in part)
        adjusted = found[place]
        assert (adjusted is not None and adjusted < 0.05) == expected
        assert adjusted is None or p_values[place] <= adjusted <= 1


@given(st.integers(2, 3), st.integers(1, 4), st.data())
@settings(max_examples=60)
def test_no_shares_of_so_many_runs_give_less(seeds: int, runs: int, data: st.DataObject) -> None:
    """Every way in which the runs of each seed can come out, in floats and by `judged`."""
    margins: list[Margins] = [(runs, runs, data.draw(st.integers(0, 2 * runs))) for _ in range(seeds)]
    found = []
    for way in product(range(runs + 1), repeat=seeds):
        other = [met - each for each, (_, _, met) in zip(way, margins, strict=True)]
        if all(0 <= each <= runs for each in other):
            test = judged([rounded(two / runs - one / runs) for one, two in zip(way, other, strict=True)])
            assert test is not None
            assert test.p is not None
            found.append(max(test.p, fisher(sum(way), seeds * runs, sum(other), seeds * runs)))
    assert least_of_shares(tuple(margins)) <= min(found) * (1 + 1e-9)


def test_shares_by_hand() -> None:
    assert least_of_shares(((1, 1, 1),) * 3) == pytest.approx(0.1)  # 3 of 3 against 0 of 3
    clipped = least_of_shares(((9, 9, 4), (9, 9, 4), (9, 9, 5)))  # t of 4, 4, 5: 13, with two degrees of freedom
    assert clipped == pytest.approx(student_p(13.0, 2))
    assert least_of_shares(((3, 3, 3),) * 2) == 2 / 16
    assert least_of_shares(((1, 1, 0),) * 3) == 1.0
    assert least_of_shares(((5, 5, 5),)) == fisher(5, 5, 0, 5)


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_noise_of_every_kind_is_called_a_difference_in_one_report_of_twenty_at_most(seeds: int) -> None:
    """150 reports with growths that an axis cannot change, losses, accuracies and shares: within 3 standard errors."""
    draw, reports, wrong = random.Random(seeds), 150, 0
    for _ in range(reports):
        rows = grid_rows(activation=["a", "b", "c"], init__gain=[1.0, 2.0, 3.0], seed=list(range(seeds)))
        growth = {(row["activation"], row["seed"]): exp(draw.gauss(0, 1)) for row in rows}
        chance = draw.uniform(0.05, 0.95)
        for row in rows:
            row |= {"growth.depth": growth[row["activation"], row["seed"]], "loss.final": draw.gauss(0, 1)}
            row |= {"metric.final": sum(draw.random() < 0.9 for _ in range(20)) / 20, "solved": draw.random() < chance}
        wrong += any(effect.beyond_noise for effect in effects(Material([], [], rows, len(rows))))
    assert wrong / reports <= 0.05 + 3 * (0.05 * 0.95 / reports) ** 0.5

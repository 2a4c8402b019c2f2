"""The middle of several values: the median, of an even number in factors that of the logarithms."""

from math import exp, inf, isnan, log, nan
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.runs.groups import Group
from gradx.reporting.runs.middle import GEOMETRIC, geometric_note, middle
from gradx.reporting.runs.outcomes import outcome_of
from gradx.reporting.views.averaging import middle_of
from gradx.reporting.views.seeds import over_seeds

SIZES = st.lists(st.floats(1e-30, 1e30), min_size=1, max_size=12)


@given(SIZES)
def test_in_factors_it_is_the_median_of_the_logarithms(values: list[float]) -> None:
    assert middle(values, log=True) == pytest.approx(exp(median(map(log, values))), rel=1e-12)
    assert middle([1 / value for value in values], log=True) == pytest.approx(1 / middle(values, log=True), rel=1e-12)


@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=12))
def test_else_it_is_the_median(values: list[float]) -> None:
    assert middle(values, log=False) == pytest.approx(median(values), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("values", "log", "expected"),
    [
        ([1e-10, 1e-2], True, 1e-6),
        ([1.0, 3.0], False, 2.0),
        ([0.0, 4.0], True, 0.0),
        ([1e-200, 1e-200, 1e300, 1e300], True, 1e50),
        ([1.0, nan, 2.0], True, 2.0),  # NaN is beyond everything
        ([1.0, inf, nan], True, inf),
        ([1.0, inf], True, inf),
        ([inf, inf, nan], False, inf),
    ],
)
def test_what_is_not_finite_keeps_its_place(values: list[float], log: bool, expected: float) -> None:
    assert middle(values, log) == pytest.approx(expected, rel=1e-12)
    assert isnan(middle([1.0, nan, nan], log))
    assert isnan(middle([0.8, nan, nan], log, worst=-inf))
    assert middle([0.8, 0.9, nan], log, worst=-inf) == 0.8


@given(SIZES)
def test_charts_maps_and_tables_have_one_middle(values: list[float]) -> None:
    rows = [{"growth.depth": value, "loss.final": value} for value in values]
    profile = over_seeds("", [{1: value} for value in values]).y[0]
    spread = Group((), rows).spread("growth.depth")
    assert spread is not None
    assert profile == spread.middle == middle_of(outcome_of("growth.depth"), rows)
    assert spread.middle == Group((), rows).median("growth.depth", inf) == middle(values, log=True)
    loss = middle(values, log=False)
    assert loss == Group((), rows).median("loss.final", inf) == middle_of(outcome_of("loss.final"), rows)


def test_which_results_go_in_factors() -> None:
    keys = ("growth.depth", "growth.time", "grad_norm.first", "decades.depth", "loss.final", "solved", "metric.final")
    assert [outcome_of(key).log for key in keys] == [True, True, True, False, False, False, False]


def test_the_note_is_for_an_even_number() -> None:
    assert (geometric_note([5, 3, 1]), geometric_note([5, 2]), geometric_note([])) == ("", GEOMETRIC, "")

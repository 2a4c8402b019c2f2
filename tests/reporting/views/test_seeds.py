"""Curves over seeds: median and range, with NaN, inf, zero and missing kept apart; thinning keeps what matters."""

from math import inf, isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.elements import Series
from gradx.reporting.views.seeds import over_seeds
from gradx.reporting.views.thinning import places, thinned

SAME = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=7, max_size=7), min_size=2, max_size=6)


@given(SAME)
def test_median_and_range_are_those_of_numpy(curves: list[list[float]]) -> None:
    found = over_seeds("a", [dict(enumerate(curve)) for curve in curves], log=False)
    assert list(found.x) == list(range(7))
    np.testing.assert_allclose(found.y, np.median(curves, axis=0), rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(found.low, np.min(curves, axis=0))
    np.testing.assert_array_equal(found.high, np.max(curves, axis=0))


def test_a_single_curve_is_as_it_was_measured_without_a_band() -> None:
    found = over_seeds("a", [{3: nan, 1: 0.0, 2: inf}])
    assert (list(found.x), found.y[:2], found.low, found.high) == ([1, 2, 3], [0.0, inf], (), ())
    assert isnan(found.y[2])


def test_a_diverged_seed_counts_as_nan_and_the_line_is_not_that_of_the_survivors() -> None:
    curves = [{0: 9.0, 7: inf}, {0: 8.0, 7: inf}, {0: 7.0, 10: 0.1, 20: 0.1}]
    found = over_seeds("a", curves, ended=[7, 7, None])
    assert list(found.x) == [0, 7, 10, 20]
    assert found.y[:2] == [8.0, inf]
    assert all(map(isnan, found.y[2:]))
    assert (found.low[2:], found.high[2:]) == ([0.1, 0.1], [inf, inf])  # not the narrow band of the survivor
    late = over_seeds("a", [{0: 9.0, 7: nan}, {0: 8.0, 7: nan}, {0: 7.0, 10: 0.1}], ended=[7, 7, None])
    assert (list(late.x), late.low) == ([0, 10], [7.0, 0.1])  # at 7 nothing is known of the survivor
    upwards = over_seeds("a", [{0: 0.1, 7: 0.2}, {0: 0.1, 7: 0.4}, {0: 0.1, 7: nan}], log=False, worst=-inf)
    assert (upwards.y, upwards.low, upwards.high) == ([0.1, 0.2], [0.1, -inf], [0.1, 0.4])
    lost = over_seeds("a", [{0: nan}, {0: nan}])
    assert all(isnan(value) for values in (lost.y, lost.low, lost.high) for value in values)


def test_a_step_that_few_seeds_have_is_left_out() -> None:
    found = over_seeds("a", [{0: 1.0, 7: nan}, {0: 1.0, 9: 2.0}, {0: 1.0, 9: 4.0}], ended=[7, None, None])
    assert list(found.x) == [0, 9]
    assert found.y == [1.0, 4.0]


VALUES = st.lists(st.one_of(st.none(), st.sampled_from([0.0, inf, nan]), st.floats(-9, 9)), min_size=1, max_size=80)


@given(VALUES, st.integers(2, 30))
def test_thinning_keeps_ends_extremes_and_every_kind_of_value(values: list[float | None], most: int) -> None:
    kept = places(values, most)
    assert kept == sorted(set(kept))
    assert {0, len(values) - 1} <= set(kept)
    numbers = [value for value in values if value is not None and abs(value) < 10]
    left = [values[place] for place in kept]
    assert {repr(value) for value in values if value in (None, 0, inf) or value != value} <= set(map(repr, left))
    if numbers:
        usable = [value for value in left if value is not None and abs(value) < 10]
        assert (min(usable), max(usable)) == (min(numbers), max(numbers))


def test_thinning_keeps_as_many_as_allowed_of_a_long_line() -> None:
    long = Series("a", range(1000), [float(x) for x in range(1000)], [0.0] * 1000, [1e3] * 1000)
    short = thinned(long, 50)
    assert len(short.x) == len(short.y) == len(short.low) == len(short.high) == 50
    assert (short.x[0], short.x[-1], short.y == [float(x) for x in short.x]) == (0, 999, True)
    assert max(np.diff(short.x)) <= 1000 / 45  # evenly
    assert thinned(short, 50) is short
    assert len(places([nan] * 500, 20)) == 20  # a stretch of NaN needs no more

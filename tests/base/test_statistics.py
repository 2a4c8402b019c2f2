"""`fisher` against published tables and against counting every outcome; `mean_interval` against a table by hand."""

from itertools import combinations
from math import inf, isclose, nan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.base.statistics import fisher, mean_interval

counts = st.integers(0, 6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@pytest.mark.parametrize(
    ("met", "of", "other_met", "other_of", "p"),
    [
        (3, 4, 1, 4, 0.4857143),  # Fisher 1935: the lady tasting tea
        (2, 17, 10, 13, 0.0005367241),  # Fisher 1925, table 14: convictions of twins, as R's fisher.test has it
        (8, 10, 1, 6, 0.03496503),  # from the documentation of scipy.stats.fisher_exact
        (3, 3, 0, 3, 1 / 10),
        (4, 4, 0, 4, 2 / 70),
        (5, 5, 0, 5, 2 / 252),
        (5, 5, 5, 5, 1.0),
        (0, 0, 3, 5, 1.0),
    ],
)
def test_fisher_as_published(met: int, of: int, other_met: int, other_of: int, p: float) -> None:
    assert isclose(fisher(met, of, other_met, other_of), p, rel_tol=1e-6)


@settings(deadline=None, derandomize=True)
@given(counts, counts)
def test_fisher_counts_every_way_to_deal_the_outcomes(one: tuple[int, int], other: tuple[int, int]) -> None:
    (met, of), (other_met, other_of) = one, other
    dealt = [sum(place < of for place in places) for places in combinations(range(of + other_of), met + other_met)]
    ways = {k: dealt.count(k) for k in dealt}
    p = sum(count for count in ways.values() if count <= ways[met]) / len(dealt)
    assert isclose(fisher(met, of, other_met, other_of), p, rel_tol=1e-12)


@given(counts, counts)
def test_fisher_knows_no_first_arm_and_no_success(one: tuple[int, int], other: tuple[int, int]) -> None:
    (met, of), (other_met, other_of) = one, other
    assert isclose(fisher(*one, *other), fisher(*other, *one))
    assert isclose(fisher(*one, *other), fisher(of - met, of, other_of - other_met, other_of))


def test_the_interval_of_five_differences() -> None:
    found = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found is not None
    mean, low, high = found
    half = 2.776445 * sqrt(2.5 / 5)  # the quantile of 4 degrees of freedom, from a table
    assert mean == 3.0
    assert low is not None
    assert high is not None
    assert isclose(high - mean, half, rel_tol=0.005)  # as near as `student_t` promises
    assert isclose(mean - low, high - mean)


def test_what_has_no_interval() -> None:
    assert mean_interval([]) is None
    assert mean_interval([1.0, inf, 2.0]) is None
    assert mean_interval([nan]) is None
    assert mean_interval([2.5]) == (2.5, None, None)
    assert mean_interval([0.25, 0.25, 0.25]) == (0.25, 0.25, 0.25)

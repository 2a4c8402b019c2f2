"""`fisher` against published tables and against counting every outcome; `paired` by hand; `holm` by closed testing."""

from itertools import combinations
from math import inf, isclose, nan, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.base.statistics import fisher, holm, mean_interval, paired

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
    assert mean_interval([0.25, 0.25, 0.25]) == (0.25, None, None)  # an interval of width 0 would be a certainty


def test_fisher_of_thousands_of_runs() -> None:
    assert fisher(1000, 2000, 1000, 2000) == 1.0
    assert 0 < fisher(1000, 2000, 1100, 2000) < 0.01
    assert fisher(0, 2000, 2000, 2000) < 1e-300


def test_paired_by_hand() -> None:
    """Mean 3, s = sqrt(2.5): t = 3 / sqrt(0.5) = 4.2426 with 4 degrees of freedom."""
    found = paired([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found is not None
    assert found[:3] == mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert found.d_z == pytest.approx(3 / sqrt(2.5))
    a = sqrt(18 / (4 + 18))  # t / sqrt(n + t^2); for n = 4: A = a (1 + (1 - a^2) / 2)
    assert found.p == pytest.approx(1 - a * (1 + (1 - a * a) / 2), rel=1e-12)


def test_paired_at_the_ends() -> None:
    assert paired([]) is None
    assert paired([1.0, nan]) is None
    assert paired([1.0, -inf]) is None
    assert paired([0.5]) == (0.5, None, None, None, None)
    assert paired([0.1] * 3) == (0.1, None, None, inf, 0.0)
    assert paired([-0.1] * 3) == (-0.1, None, None, -inf, 0.0)
    assert paired([0.0, 0.0]) == (0.0, None, None, 0.0, 1.0)
    assert paired([1e308, -1e308]) == (0.0, -inf, inf, 0.0, 1.0)


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=9), st.sampled_from([0.25, 8.0, 1e200, 1e-200]))
def test_paired_knows_no_unit_and_no_direction(values: list[int], unit: float) -> None:
    found, other = paired([float(value) for value in values]), paired([-unit * value for value in values])
    assert found is not None
    assert other is not None
    assert other.mean == pytest.approx(-unit * found.mean, rel=1e-12, abs=1e-12 * unit)
    assert other.p == pytest.approx(found.p, rel=1e-9, abs=1e-12)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.sampled_from([0.0, 1e-4, 0.01, 0.02, 0.03, 0.05, 0.2, 0.5, 1.0]), min_size=1, max_size=6))
def test_holm_is_closed_testing_with_bonferroni(p_values: list[float]) -> None:
    """The slow twin: a hypothesis falls only if every set of hypotheses with it does, each by its smallest p."""
    places = range(len(p_values))
    sets = [chosen for size in range(1, len(p_values) + 1) for chosen in combinations(places, size)]

    def of(chosen: tuple[int, ...]) -> float:
        return min(1.0, len(chosen) * min(p_values[place] for place in chosen))

    assert holm(p_values) == [max(of(chosen) for chosen in sets if place in chosen) for place in places]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_never_helps(p_values: list[float]) -> None:
    found = holm(p_values)
    assert all(p <= adjusted <= 1 for p, adjusted in zip(p_values, found, strict=True))
    ranked = [adjusted for _, adjusted in sorted(zip(p_values, found, strict=True))]
    assert ranked == sorted(ranked)

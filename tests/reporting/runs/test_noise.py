"""Changes that are the same in every seed are no proof: coarse numbers are equal by chance."""

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import grid_rows

from gradx.base.statistics import paired
from gradx.reporting.runs.effects import effects
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.noise import by_seed, judged


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=6))
def test_it_is_the_paired_test_where_changes_differ(changes: list[float]) -> None:
    found = judged(changes)
    if len(changes) == 1 or len(set(changes)) > 1 or changes[0] == 0:
        expected = paired(changes)
        assert expected is not None
        assert found == expected._replace(p=None if expected.p is None else max(expected.p, 1e-12))
    else:
        assert found == (changes[0], None, None, None, 2 / 4 ** len(changes))


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=5), st.integers(2, 4))
def test_chance_makes_no_more_of_it(weights: list[float], seeds: int) -> None:
    """All ways in which x and y with these probabilities of 0, 1, 2 ... differ by the same in every seed."""
    chances = [weight / sum(weights) for weight in weights]
    by_change: dict[int, float] = {}
    for (one, p), (other, q) in product(enumerate(chances), repeat=2):
        by_change[other - one] = by_change.get(other - one, 0.0) + p * q
    chance = sum(p**seeds for change, p in by_change.items() if change)
    found = judged([1.0] * seeds)
    assert found is not None
    assert found.p is not None
    assert chance <= found.p * 1.08


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_coarse_noise_is_called_a_difference_in_one_report_of_twenty_at_most(seeds: int) -> None:
    """300 reports of accuracies of 20 examples, 6 comparisons each: within 3 standard errors of 5 %."""
    draw, reports, wrong = random.Random(seeds), 300, 0
    for _ in range(reports):
        rows = grid_rows(activation=["a", "b", "c"], init__gain=[1.0, 2.0, 3.0], seed=list(range(seeds)))
        rows = [row | {"metric.final": sum(draw.random() < 0.9 for _ in range(20)) / 20} for row in rows]
        wrong += any(effect.beyond_noise for effect in effects(Material([], [], rows, len(rows))))
    assert wrong / reports <= 0.05 + 3 * (0.05 * 0.95 / reports) ** 0.5


def test_the_mean_of_each_seed() -> None:
    assert by_seed([0, 0, 1, 0], [1.0, 2.0, 5.0, 6.0]) == [3.0, 5.0]
    assert by_seed([0, 1], [0.1 + 0.2, 0.3]) == [0.3, 0.3]

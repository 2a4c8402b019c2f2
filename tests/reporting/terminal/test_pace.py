"""Throughput and time left: right for a steady flow and for lumps, and calm between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.terminal.pace import HALF_LIFE, Pace


def test_nothing_is_known_before_something_came() -> None:
    pace = Pace(started=100.0)
    pace.add(105.0, 0.0)
    assert pace.rate(110.0) is None
    assert pace.left(110.0, 5) is None


@given(
    start=st.floats(0, 1e6), every=st.floats(0.1, 1000), lump=st.floats(0.01, 1000), times=st.integers(1, 50)
)  # fmt: skip
def test_a_steady_flow_of_lumps(start: float, every: float, lump: float, times: int) -> None:
    pace, now = Pace(start), start
    for place in range(1, times + 1):
        now = start + place * every
        pace.add(now, place * lump)
    assert pace.rate(now) == pytest.approx(lump / every, rel=1e-6)
    assert pace.left(now, 10 * lump) == pytest.approx(10 * every, rel=1e-6)
    assert pace.left(now + every / 2, 10 * lump) == pytest.approx(9.5 * every, rel=1e-6)  # counted down, no jump


def test_silence_counts_at_last() -> None:
    pace = Pace(0.0)
    for second in range(1, 11):
        pace.add(float(second), float(second))
    assert pace.rate(12.0) == pytest.approx(1.0)
    assert 0.05 < pace.rate(112.0) < 0.12
    assert pace.left(112.0, 100) > 5 * 100


def test_a_slower_cohort_shows_after_a_while() -> None:
    pace = Pace(0.0)
    for second in range(1, 61):
        pace.add(float(second), 10.0 * second)
    for second in range(61, 61 + int(HALF_LIFE * 8)):
        pace.add(float(second), 600.0 + (second - 60))
    assert 1 < pace.rate(180.0) < 2


def test_lost_work_is_not_gained_twice() -> None:
    pace = Pace(0.0)
    pace.add(10.0, 10.0)
    pace.add(11.0, 5.0)  # a worker was killed
    pace.add(15.0, 10.0)
    pace.add(20.0, 20.0)
    assert pace.rate(20.0) == pytest.approx(1.0, rel=0.1)


def test_several_gains_at_one_moment() -> None:
    pace = Pace(0.0)
    pace.add(10.0, 10.0)
    pace.add(10.0, 20.0)
    assert pace.rate(10.0) == pytest.approx(2.0)

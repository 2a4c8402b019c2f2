"""`growth` against a line fitted by NumPy, a leave-one-out loop and a table of Student's t; and what has no growth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gradx.base.student import student_t
from gradx.quantities.growth import growth, growth_rows

rng = np.random.default_rng(0)


def profile(rate, positions=10, examples=6, noise=0.0):
    """Norms (1, position, example) that change by `rate` from one position to the one before it."""
    k = np.arange(positions)[:, None]
    factor = np.exp(noise * rng.standard_normal((positions, examples)))
    return (rate ** (positions - 1 - k) * factor * rng.uniform(0.5, 2, examples))[None]


def of(norms, positions=None):
    return growth(norms, np.arange(1.0, norms.shape[1] + 1) if positions is None else positions)


def slow(norms, positions):
    """(rate, low, high) by polyfit and one refit without each example in turn."""
    trim = min(5, len(norms) // 6)
    norms, positions = norms[trim : len(norms) - trim], positions[trim : len(norms) - trim]

    def slope(kept):
        return np.polyfit(positions, np.log(np.sqrt((kept**2).sum(1))), 1)[0]

    count = norms.shape[1]
    without = np.array([slope(np.delete(norms, example, 1)) for example in range(count)])
    error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    half = student_t(count - 1) * error
    return np.exp(-slope(norms)), np.exp(-slope(norms) - half), np.exp(-slope(norms) + half)


@pytest.mark.parametrize(("positions", "examples"), [(2, 2), (5, 3), (6, 8), (12, 4), (40, 32)])
def test_rate_and_interval_are_those_of_slow_leave_one_out(positions, examples):
    norms = profile(0.8, positions, examples, noise=0.3)
    where = np.arange(1.0, positions + 1)
    found = of(norms, where)
    expected = slow(norms[0], where)
    np.testing.assert_allclose((found.rate[0], found.low[0], found.high[0]), expected, rtol=1e-10)
    total = np.sqrt((norms[0] ** 2).sum(1))
    np.testing.assert_allclose(found.decades[0], np.log10(total[0] / total[-1]), rtol=1e-12)


def test_one_example_that_holds_almost_everything_is_left_out_exactly():
    """Its squares subtracted from the total would leave nothing but rounding."""
    norms = profile(0.8, 8, 4, noise=0.1)
    norms[..., 2] *= 1e12
    expected = slow(norms[0], np.arange(1.0, 9))
    found = of(norms)
    np.testing.assert_allclose((found.rate[0], found.low[0], found.high[0]), expected, rtol=1e-9)


@pytest.mark.parametrize("rate", [0.5, 0.97, 1.0, 1.5])
@pytest.mark.parametrize("scale", [1e-320, 1e-150, 1.0, 1e150, 1e290])
def test_a_pure_exponential_has_its_rate_at_any_scale(rate, scale):
    positions = 3 if scale == 1e-320 else 12  # subnormal numbers have few digits
    found = of(profile(rate, positions) * scale)
    tolerance = 1e-3 if scale == 1e-320 else 1e-12
    np.testing.assert_allclose([found.rate, found.low, found.high], np.full((3, 1), rate), rtol=tolerance)
    np.testing.assert_allclose(found.decades, (positions - 1) * np.log10(rate), rtol=tolerance, atol=tolerance)


def test_positions_count_not_their_number():
    norms = profile(0.5, 5)
    np.testing.assert_allclose(of(norms, np.array([1.0, 3, 5, 7, 9])).rate, np.sqrt(0.5), rtol=1e-12)


def test_every_step_has_its_own():
    steps = np.concatenate([profile(0.5), profile(2.0)])
    np.testing.assert_allclose(of(steps).rate, [0.5, 2.0], rtol=1e-12)


@pytest.mark.parametrize(("positions", "examples"), [(2, 1), (5, 3), (16, 32), (40, 7), (301, 5)])
def test_steps_together_are_each_alone_bit_for_bit(positions, examples):
    """How many steps come to the host at once depends on the clock; a trace must not."""
    steps = np.concatenate([profile(0.9, positions, examples, noise=0.3) for _ in range(9)])
    together = of(steps)
    for number in range(9):
        for part in (slice(number, number + 1), slice(0, number + 1)):
            for all_steps, few in zip(together, of(steps[part]), strict=True):
                np.testing.assert_array_equal(all_steps[part], few)


def test_a_zero_is_left_out_of_the_line_and_makes_the_decades_infinite():
    norms = profile(0.5, 5)
    norms[0, 0] = 0
    found = of(norms)
    np.testing.assert_allclose(found.rate, 0.5, rtol=1e-12)
    assert found.decades[0] == -np.inf


def test_what_lies_on_the_floor_is_left_out_of_the_line():
    """A float32 profile that falls into the denormals sticks there; its decades are still those of its ends."""
    norms = profile(0.5, 8)
    norms[0, :3] = norms[0, 3]
    assert of(norms).rate[0] > 0.6
    floor = float(np.sqrt((norms[0, 3] ** 2).sum()))
    found = growth(norms, np.arange(1.0, 9), floor)
    np.testing.assert_allclose(found.rate, 0.5, rtol=1e-12)
    np.testing.assert_allclose(found.decades, 4 * np.log10(0.5), rtol=1e-12)


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_what_is_not_finite_is_left_out_of_the_line(bad):
    norms = profile(0.5, 5)
    norms[0, 2, 1] = bad
    np.testing.assert_allclose(of(norms).rate, 0.5, rtol=1e-12)
    norms[0, 0, 1] = bad
    np.testing.assert_equal(of(norms).decades[0], bad)


def test_nothing_left_is_nan():
    for norms in (np.zeros((1, 5, 3)), np.full((1, 5, 3), np.nan), np.full((1, 5, 3), np.inf)):
        found = of(norms)
        assert np.isnan([found.rate, found.low, found.high, found.decades]).all()


def test_one_position_left_is_no_line():
    norms = profile(0.5, 4)
    norms[0, :3] = 0
    found = of(norms)
    assert np.isnan([found.rate, found.low, found.high]).all()
    assert found.decades[0] == -np.inf


def test_one_example_has_a_rate_but_no_interval():
    found = of(profile(0.5, 4, examples=1))
    np.testing.assert_allclose(found.rate, 0.5, rtol=1e-12)
    assert np.isnan([found.low, found.high]).all()


def test_an_example_that_alone_has_a_gradient_somewhere_leaves_no_interval():
    norms = profile(0.5, 4)
    norms[0, 1, 1:] = 0
    found = of(norms)
    assert np.isfinite(found.rate)
    assert np.isnan([found.low, found.high]).all()


def test_a_factor_beyond_float64_is_missing():
    norms = np.array([[[1e300, 2e300], [1e-300, 3e-300]]])
    rows = {name: values for name, _, values in growth_rows("depth", norms, np.array([1.0, 2.0]), 0.0)}
    assert np.ma.getmaskarray(rows["growth.depth"]).all()
    np.testing.assert_allclose(rows["decades.depth"], [[np.log10(np.hypot(1e300, 2e300) / np.hypot(1, 3)) + 300]])


@given(
    hnp.arrays(
        float,
        st.tuples(st.just(2), st.integers(2, 14), st.integers(1, 4)),
        elements=st.one_of(st.floats(0, None), st.just(np.nan)),
    )
)
def test_any_profile_has_a_growth_or_none_without_a_warning(norms):
    positions = np.arange(1.0, norms.shape[1] + 1)
    rows = {name: values for name, _, values in growth_rows("depth", norms, positions, 0.0)}
    assert set(rows) == {"growth.depth", "growth.depth.low", "growth.depth.high", "decades.depth"}
    rate, low, high = (rows[name] for name in ("growth.depth", "growth.depth.low", "growth.depth.high"))
    assert np.isfinite(np.ma.compressed(rate)).all()
    both = ~np.ma.getmaskarray(low) & ~np.ma.getmaskarray(high)
    assert (low[both] <= rate[both] * (1 + 1e-12)).all()
    assert (high[both] >= rate[both] * (1 - 1e-12)).all()
    assert not np.isnan(np.ma.compressed(rows["decades.depth"])).any()

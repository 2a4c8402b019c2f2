"""Norms, moments and extremes against exact arithmetic with fractions and against plain loops, over the whole range."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradx.tensors.norms import BLOCK, extremes, l2, moments, share

DTYPES = {32: torch.float32, 64: torch.float64}


def numbers(width, finite=False, size=12):
    """Lists of floats, the smallest subnormals and the largest numbers among them."""
    any_float = st.floats(width=width, allow_nan=not finite, allow_infinity=not finite)
    by_decade = st.builds(
        lambda sign, mantissa, power: float(np.dtype(f"f{width // 8}").type(sign * mantissa * 10.0**power)),
        st.sampled_from([-1, 1]),
        st.floats(1, 9),
        st.integers(-45, 37) if width == 32 else st.integers(-320, 307),
    )
    return st.lists(st.one_of(any_float, by_decade, st.just(0.0)), min_size=1, max_size=size)


def exact_l2(entries):
    """The root of the exact sum of squares, rounded about once; inf where it exceeds float64."""
    if any(math.isnan(entry) for entry in entries):
        return math.nan
    if any(math.isinf(entry) for entry in entries):
        return math.inf
    return exact_root(sum(Fraction(entry) ** 2 for entry in entries))


def exact_root(total):
    if total == 0:
        return 0.0
    shift = (total.numerator.bit_length() - total.denominator.bit_length()) // 2
    try:
        return math.ldexp(math.sqrt(total / Fraction(4) ** shift), shift)
    except OverflowError:
        return math.inf


@pytest.mark.parametrize("width", [32, 64])
@given(data=st.data())
def test_l2_is_right_for_every_input(width, data):
    entries = data.draw(numbers(width))
    norm = l2(torch.tensor(entries, dtype=DTYPES[width]), 0)
    assert norm.dtype == torch.float64
    expected = exact_l2(entries)
    # relative: a few roundings; absolute: one unit of the last subnormal place
    np.testing.assert_allclose(norm.item(), expected, rtol=1e-14, atol=1e-323)
    assert (norm == 0) == (expected == 0)


@pytest.mark.parametrize("entry", [1e-45, 1e-30, 1e18, 3e38])
def test_l2_of_float32_neither_under_nor_overflows(entry):
    x = torch.full((2, 100), entry)
    torch.testing.assert_close(l2(x, 1), 10 * x[:, 0].double(), rtol=1e-14, atol=0)


@pytest.mark.parametrize("entry", [5e-324, 1e-320, 1e-200, 1e200, 1e307])
def test_l2_of_float64_neither_under_nor_overflows(entry):
    x = torch.full((2, 100), entry, dtype=torch.float64)
    torch.testing.assert_close(l2(x, 1), 10 * x[:, 0], rtol=1e-14, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_dimensions_are_those_of_vector_norm(dtype):
    x = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0)).to(dtype)
    for dim in (0, -1, (1, 3), (0, 1, 2, 3)):
        expected = torch.linalg.vector_norm(x.double(), dim=dim)
        torch.testing.assert_close(l2(x, dim), expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("width", [32, 64])
@given(data=st.data())
def test_moments_are_those_of_exact_arithmetic(width, data):
    largest = 2.0**127 if width == 32 else 2.0**100
    bounded = st.floats(-largest, largest, width=width, allow_subnormal=False)
    entries = data.draw(st.lists(bounded, min_size=1, max_size=12))
    mean, std = (each.item() for each in moments(torch.tensor([entries], dtype=DTYPES[width]), (1,)))
    exact = [Fraction(entry) for entry in entries]
    centre = sum(exact) / len(exact)
    variance = sum((entry - centre) ** 2 for entry in exact) / len(exact)
    size = max(map(abs, entries))
    assert abs(mean - centre) <= 1e-14 * size
    assert abs(std - exact_root(variance)) <= 1e-13 * exact_root(variance) + 1e-14 * size


def test_moments_keep_small_deviations_from_a_large_mean():
    x = 1e4 + torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    mean, std = moments(x, (0, -1))
    rows = x.transpose(0, 1).flatten(1).double().numpy()
    assert mean.dtype == std.dtype == torch.float64
    np.testing.assert_allclose(mean, rows.mean(1), rtol=1e-14)
    np.testing.assert_allclose(std, rows.std(1), rtol=1e-11)


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("entry", [math.inf, -math.inf, math.nan])
def test_moments_of_what_is_not_finite_are_not_finite(entry, place):
    x = torch.ones(2, 4)
    x[1, place] = entry
    mean, std = moments(x, (1,))
    assert (mean.isfinite().tolist(), std.isfinite().tolist()) == ([True, False], [True, False])


def slow_extremes(entries):
    largest = math.nan if any(map(math.isnan, entries)) else max(map(abs, entries))
    return largest, entries.count(0.0) / len(entries), sum(not math.isfinite(entry) for entry in entries)


@pytest.mark.parametrize("width", [32, 64])
@given(data=st.data())
def test_extremes_are_those_of_a_loop(width, data):
    size = data.draw(st.integers(1, 9))
    rows = [data.draw(numbers(width, finite, size)) for finite in (True, False)]
    rows = [(row * size)[:size] for row in rows]
    found = extremes(torch.tensor(rows, dtype=DTYPES[width]), 1)
    assert all(each.dtype == torch.float64 for each in found)
    for row, *measured in zip(rows, *(each.tolist() for each in found), strict=True):
        np.testing.assert_allclose(measured, slow_extremes(row), rtol=1e-6)


def test_extremes_leave_their_argument_alone():
    x = torch.tensor([[-1.0, 0.0, 2.0]])
    before = x.clone()
    extremes(x, 1)
    assert torch.equal(x, before)


# More entries than are converted at a time: the sums are put together from several parts.
LARGE = torch.randn(5, 7, 40, 60, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("dim", [-1, 0, (2, 3), (0, 2, 3), (1, 3), (0, 1, 2, 3)], ids=str)
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)], ids=["contiguous", "transposed"])
def test_large_tensors_are_summed_part_by_part(dim, order):
    x = LARGE.permute(order) * 1e-30  # whose squares float32 cannot hold
    assert x.numel() > BLOCK
    torch.testing.assert_close(l2(x, dim), torch.linalg.vector_norm(x.double(), dim=dim), rtol=1e-13, atol=0)


@pytest.mark.parametrize("dim", [(2, 3), (0, 2, 3)], ids=str)
def test_moments_of_large_tensors_are_those_of_float64(dim):
    mean, std = moments(LARGE + 0.5, dim)
    exact = (LARGE + 0.5).double()
    torch.testing.assert_close(mean, exact.mean(dim), rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(std, exact.std(dim, correction=0), rtol=1e-13, atol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_a_share_is_an_exact_count(dtype):
    ones = (LARGE > 0.3).to(dtype)
    expected = (LARGE > 0.3).sum((0, 2, 3)).double() / (5 * 40 * 60)
    assert torch.equal(share(ones, (0, 2, 3)), expected)


def test_zeros_beside_nan_are_counted():
    largest, zeros, nonfinite = extremes(torch.tensor([[0.0, math.nan, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]), 1)
    assert math.isnan(largest[0])
    assert (zeros.tolist(), nonfinite.tolist()) == ([0.5, 0.0], [1.0, 0.0])

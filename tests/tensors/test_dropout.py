"""Dropout is that of torch.nn.functional, for numbers that are given, of members that differ and in half precision."""

import pytest
import torch
from torch.nn import functional

from gradx.tensors.dropout import dropped

RATES = torch.tensor([[0.0], [0.1], [0.75]], dtype=torch.float64)


def numbers(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("space", [(), (5,), (4, 2)], ids=len)
def test_numbers_below_the_chance_are_left_out_and_the_others_larger(space):
    x, drawn = numbers(3, 50, 6, *space).double() - 0.5, numbers(3, 50, 6, *space)
    found = dropped(x, RATES, drawn)
    for member, rate in enumerate(RATES.flatten().tolist()):
        expected = torch.where(drawn[member].double() < rate, 0.0, x[member] / (1 - rate))
        torch.testing.assert_close(found[member], expected, rtol=1e-15, atol=0)
        assert torch.equal(dropped(x[member : member + 1], rate, drawn[member : member + 1])[0], found[member])


def test_what_stays_is_scaled_as_torch_does():
    ones = torch.ones(2, 1000, dtype=torch.float64)
    ours, theirs = dropped(ones, 0.3, numbers(2, 1000)), functional.dropout(ones, 0.3)
    torch.testing.assert_close(ours.unique(), theirs.unique(), rtol=1e-15, atol=0)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_share_is_right_in_half_precision(dtype):
    """0.1 in bfloat16 is 0.1001, and 1 - 0.1 is 0.8984."""
    drawn = (torch.arange(10_000) / 10_000).view(1, -1)
    found = dropped(torch.ones(1, 10_000, dtype=dtype), 0.1, drawn)
    assert found.dtype == dtype
    assert int((found == 0).sum()) == int((drawn < 0.1).sum()) == 1000


def test_what_is_left_out_is_zero_be_it_infinite():
    x = torch.full((1, 4), float("inf"))
    assert dropped(x, 0.5, torch.tensor([[0.1, 0.9, 0.4, 0.6]])).tolist() == [[0.0, float("inf")] * 2]

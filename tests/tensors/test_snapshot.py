"""`Series`, `Tapped` and `Snapshot`: gradients in their places, missing ones missing, norms right at any size."""

from dataclasses import replace

import pytest
import torch

from gradx.quantities.snapshot import Snapshot
from gradx.tensors.layout import Layout, Slot
from gradx.tensors.taps import Series, Tapped

MEMBERS, BATCH = 2, 3


def taps(count, *shape):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(MEMBERS, BATCH, *shape, generator=generator) for _ in range(count)]


def test_missing_gradients_have_no_position():
    values = taps(4, 5)
    tapped = Tapped(Series("hidden", "time", 1, values), [None, values[1], None, values[3]])
    assert tapped.positions == [2, 4]
    assert torch.equal(tapped.gradient, torch.stack([values[1], values[3]]))
    assert tapped.norms.shape == (MEMBERS, 2, BATCH)
    assert tapped.norms[1, 0, 2].item() == pytest.approx(values[1][1, 2].double().norm().item(), rel=1e-14)
    assert torch.equal(tapped.values, torch.stack(values))


def test_a_zero_gradient_is_not_a_missing_one():
    values = taps(2, 5)
    tapped = Tapped(Series("hidden", "time", 1, values), [torch.zeros_like(values[0]), values[1]])
    assert tapped.positions == [1, 2]
    assert not tapped.norms[:, 0].any()


def test_images_are_flattened_to_units():
    tapped = Tapped(Series("output", "depth", 0, taps(2, 4, 2, 2)), taps(2, 4, 2, 2))
    assert tapped.gradient.shape == (2, MEMBERS, BATCH, 16)


def test_a_whole_series_is_one_tensor_with_all_positions():
    whole = torch.stack(taps(4, 5), 1)  # (member, position, batch, unit)
    series = Series("preactivation", "time", 1, [whole], arrange=lambda tap: tap.transpose(0, 1), whole=True)
    assert Tapped(series, [whole]).positions == [1, 2, 3, 4]
    assert torch.equal(Tapped(series, [whole]).gradient, whole.transpose(0, 1))
    assert Tapped(series, [None]).positions == []


@pytest.fixture
def snapshot():
    layout = Layout([Slot("a", (2, 2), "weight", 1, 2, 2, 1.0), Slot("b", (3,), "bias", 1, 2, 2, 1.0)])
    gradient = torch.tensor([[3.0, 0, 0, 4.0, 0, 12.0, 0]], dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    norms = layout.norms(gradient)
    return Snapshot(layout, one, gradient, gradient, gradient, gradient, norms, 13 * one, one, [], [], None)


def test_without_clipping_the_norms_are_those_before(snapshot):
    assert snapshot.clipped_norms is snapshot.norms
    assert snapshot.clipped_total is snapshot.total


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e200])
def test_clipped_norms_are_right_at_any_size(snapshot, scale):
    clipped = replace(snapshot, clipped=snapshot.gradient * scale)
    torch.testing.assert_close(clipped.clipped_norms, torch.tensor([[5.0, 12.0]]).double() * scale, rtol=1e-14, atol=0)
    torch.testing.assert_close(clipped.clipped_total, torch.tensor([13.0]).double() * scale, rtol=1e-14, atol=0)

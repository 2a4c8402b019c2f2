"""`Layout`: parameters by name and the one flat tensor are the same memory; grouped measures are those of each slot."""

from itertools import groupby

import torch

from gradx.models import Dims
from gradx.models.lstm import LSTM
from gradx.tensors.layout import Layout
from gradx.tensors.norms import extremes, l2
from gradx.tensors.shapes import Sequence

SLOTS = LSTM().slots(Dims(Sequence(5, 3), 2, 1, 3, 4, None))
LAYOUT = Layout(SLOTS)
flat = torch.randn(2, LAYOUT.size, generator=torch.Generator().manual_seed(0))


def test_every_slot_has_its_place():
    views = LAYOUT.views(flat)
    assert list(views) == [slot.name for slot in LAYOUT.slots]
    assert {slot.name for slot in SLOTS} == set(views)
    assert LAYOUT.size == sum(view[0].numel() for view in views.values())
    assert LAYOUT.sites == [(slot.name, slot.layer) for slot in LAYOUT.slots]
    for slot in LAYOUT.slots:
        assert views[slot.name].shape == (2, *slot.shape)


def test_slots_of_one_shape_are_adjacent_in_order():
    shapes = [slot.shape for slot in LAYOUT.slots]
    assert len(list(groupby(shapes))) == len(set(shapes))
    for shape in set(shapes):
        group = [slot.name for slot in LAYOUT.slots if slot.shape == shape]
        assert group == [slot.name for slot in SLOTS if slot.shape == shape]


def test_views_and_back():
    views = LAYOUT.views(flat)
    assert torch.equal(LAYOUT.flatten(views), flat)
    assert torch.equal(LAYOUT.flatten(dict(reversed(views.items()))), flat), "names decide, not the order"


def test_views_are_leaves_that_share_the_memory():
    own = flat.clone()
    views = LAYOUT.views(own)
    assert all(view.is_leaf and view.requires_grad for view in views.values())
    own.add_(1)
    assert torch.equal(LAYOUT.flatten(views), flat + 1)
    assert not own.requires_grad


def test_measures_are_those_of_each_slot_alone():
    own = flat.clone()
    own[0, 3], own[1, -2], own[:, 40:60] = torch.nan, torch.inf, 0
    views = [view.detach().flatten(1) for view in LAYOUT.views(own).values()]
    norms = torch.stack([l2(view, 1) for view in views], 1)
    torch.testing.assert_close(LAYOUT.norms(own), norms, rtol=1e-14, atol=0, equal_nan=True)
    alone = zip(*(extremes(view, 1) for view in views), strict=True)
    for found, expected in zip(LAYOUT.extremes(own), alone, strict=True):
        torch.testing.assert_close(found, torch.stack(expected, 1), rtol=1e-6, atol=0, equal_nan=True)

"""Residual connections, each against what it says of itself."""

from functools import partial

import pytest
import torch
from common.networks import random, started
from hypothesis import given
from hypothesis import strategies as st

from gradx.families import parts
from gradx.residuals import AnyResidual, Fixup, Identity, NoResidual, Scaled, SkipInit
from gradx.spec import Experiment
from gradx.tensors.members import stack

MEMBERS = 3
SIGNALS = [(3, 5, 4), (3, 5, 4, 2, 2)]
RESIDUALS = parts(AnyResidual)
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-15)


def joined(part, shape, weights=None, blocks=9):
    """z, branch and what they become."""
    z, branch = random(*shape), random(*shape, seed=1)
    return z, branch, part.join(z, branch, "layers.2", blocks, weights or {})


@pytest.mark.parametrize("shape", SIGNALS)
def test_what_becomes_of_signal_and_branch(shape):
    z, branch, found = joined(NoResidual(), shape)
    assert torch.equal(found, branch)
    z, branch, found = joined(Identity(), shape)
    close(found, z + branch)
    z, branch, found = joined(Scaled(), shape)
    close(found, z + branch / 3)
    z, branch, found = joined(Scaled(scale=0.5), shape)
    close(found, z + branch / 2)
    for part, name in ((SkipInit(), "alpha"), (Fixup(), "scale")):
        factors = random(MEMBERS, 1, seed=2)
        z, branch, found = joined(part, shape, {f"layers.2.{name}": factors})
        close(found, z + factors.view(MEMBERS, *[1] * (z.ndim - 1)) * branch)


@pytest.mark.parametrize("shape", SIGNALS)
def test_members_may_differ_in_their_scale(shape):
    part = stack([Scaled(scale=scale) for scale in (0.1, 0.0, -2.0)])
    z, branch, found = joined(part, shape)
    for member, scale in enumerate((0.1, 0.0, -2.0)):
        close(found[member], z[member] + scale * branch[member])
    assert Scaled().scale is stack([Scaled(), Scaled()]).scale is None


def test_at_first_skipinit_is_the_identity_and_fixup_the_sum():
    for part in (SkipInit(), Fixup()):
        values = started(part.slots("layers.2", 2, 9), MEMBERS)
        z, branch, found = joined(part, SIGNALS[0], values)
        close(found, z if isinstance(part, SkipInit) else z + branch)
        assert torch.equal(part.shifted(z, part.maps("layers.2")[0], values), z)


def test_fixup_shifts_what_goes_into_each_map():
    part, x = Fixup(branch_layers=3), random(*SIGNALS[1])
    slots = part.slots("layers.2", 2, 9)
    assert [slot.name for slot in slots] == [*(f"layers.2.{place}.shift" for place in (1, 2, 3)), "layers.2.scale"]
    shifts = random(MEMBERS, 1, seed=4)
    close(part.shifted(x, "layers.2.3", {"layers.2.3.shift": shifts}), x + shifts.view(3, 1, 1, 1, 1))


@pytest.mark.parametrize("kind", RESIDUALS)
def test_parameters_are_single_numbers_that_no_init_draws(kind):
    part = RESIDUALS[kind]()
    slots = part.slots("layers.2", 2, 9)
    assert all(slot.shape == (1,) and slot.start is not None and slot.layer == 2 for slot in slots)
    assert part.maps("layers.2") == (["layers.2"] if part.branch_layers == 1 else ["layers.2.1", "layers.2.2"])


@pytest.mark.parametrize("kind", RESIDUALS)
def test_a_skip_needs_something_to_skip(kind):
    found = list(RESIDUALS[kind].misfits({"architecture": "mlp", "residual": kind}))
    assert bool(found) == RESIDUALS[kind].skips
    assert not list(RESIDUALS[kind].misfits({"architecture": "mlp", "residual": kind, "depth": 2}))
    if found:
        with pytest.raises(ValueError, match=f"residual {kind} needs a depth of at least 2"):
            Experiment(architecture="mlp", task="digits", residual=kind, depth=1)


def test_fixup_has_no_batch_norm_behind_its_shifts():
    given = {"residual": "fixup", "depth": 3, "normalization": {"kind": "batch"}}
    assert [path for path, _ in Fixup.misfits(given)] == [("residual",)]
    assert not list(Fixup.misfits({**given, "normalization": "layer"}))


@given(kind=st.sampled_from(sorted(RESIDUALS)), depth=st.one_of(st.none(), st.floats(), st.text(), st.lists(st.none())))
def test_garbage_is_left_to_others(kind, depth):
    list(RESIDUALS[kind].misfits({"depth": depth, "residual": {"kind": kind}}))

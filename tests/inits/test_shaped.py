"""Inits that look at where a weight stands: fixup in residual branches, delta_orthogonal in convolutions, sparse."""

from dataclasses import replace
from math import sqrt

import pytest
import torch
from common.runs import CPU, experiment, trace_of, values
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gradx.base.errors import SpecError
from gradx.engine.cohort import Cohort
from gradx.inits import AnyInit, initialize
from gradx.models.base import linear_slots
from gradx.tensors.layout import Branch, Slot
from gradx.tensors.members import stack

SQUARE = linear_slots("w", 1, 120, 120)[0]
RECURRENT = replace(SQUARE, role="recurrent")
CONVOLUTION = Slot("w", (24, 16, 3, 3), "weight", 1, 16 * 9, 24 * 9, 0.1)


def draw(slot, seeds=(1,), **init):
    return initialize(TypeAdapter(AnyInit).validate_python(init), [slot], seeds)[slot.name]


@pytest.mark.parametrize(("layers", "blocks"), [(2, 1), (2, 9), (3, 16), (4, 50)])
def test_fixup_scales_branches_and_ends_them_with_zero(layers, blocks):
    plain = draw(SQUARE, kind="kaiming_normal")
    assert torch.equal(draw(SQUARE, kind="fixup"), plain)
    assert not draw(replace(SQUARE, final=True), kind="fixup").any()
    for place in range(1, layers + 1):
        slot = replace(SQUARE, branch=Branch(place, layers, blocks))
        factor = blocks ** (-1 / (2 * layers - 2)) if place < layers else 0.0
        torch.testing.assert_close(draw(slot, kind="fixup"), factor * plain, rtol=1e-14, atol=0)


@pytest.mark.parametrize("residual", ["fixup", {"kind": "identity", "branch_layers": 3}], ids=str)
def test_a_fixup_net_of_any_depth_begins_as_its_first_layer(residual):
    """Branches give nothing, the readout nothing: the loss is that of equal chances, ln 10."""
    fields = {"residual": residual, "init": "fixup", "depth": 30, "width": 12, "steps": 0}
    trace = trace_of(experiment(**fields))
    assert values(trace, "loss")[0] == pytest.approx(torch.tensor(10.0).log().item(), rel=1e-6)
    cohort = Cohort([experiment(**fields)], CPU)
    x, _ = next(cohort.batches())
    _, series = cohort.model.forward(cohort.dims, cohort.weights, x)
    for tap in series[0].taps:
        torch.testing.assert_close(tap, series[0].taps[0], rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("residual", "message"),
    [
        ("none", "needs residual fixup"),
        ("identity", "2 layers or more"),
        ({"kind": "fixup", "branch_layers": 1}, "is 1"),
    ],
    ids=str,
)
def test_fixup_needs_branches(residual, message):
    with pytest.raises(ValidationError, match=f"init: init fixup .*{message}"):
        experiment(init="fixup", residual=residual)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_delta_orthogonal_has_an_isometry_in_its_centre(size):
    slot = replace(CONVOLUTION, shape=(24, 16, size, size))
    weight = draw(slot, kind="delta_orthogonal", gain=1.5)[0]
    middle = (size - 1) // 2
    centre = weight[:, :, middle, middle]
    torch.testing.assert_close(centre.T @ centre, 2.25 * torch.eye(16).double(), rtol=0, atol=1e-13)
    weight[:, :, middle, middle] = 0
    assert not weight.any()


@pytest.mark.parametrize("size", [3, 4])
def test_delta_orthogonal_keeps_the_norm_of_images_and_gradients(size):
    fields = {
        "architecture": {"kind": "cnn", "kernel_size": size},
        "activation": "identity",
        "init": "delta_orthogonal",
    }
    cohort = Cohort([experiment(depth=50, width=8, **fields)], CPU)
    x, _ = next(cohort.batches())
    _, series = cohort.model.forward(cohort.dims, cohort.weights, x)
    assert float(series[0].taps[-1].detach().norm()) == pytest.approx(float(x.norm()), rel=1e-12)
    trace = trace_of(experiment(depth=50, width=8, steps=0, **fields))
    norms = values(trace, "grad_norm.preactivation")
    assert norms == pytest.approx([norms[0]] * 50, rel=1e-10)
    readout = cohort.weights["readout.weight"][0].detach()
    torch.testing.assert_close(readout @ readout.T, torch.eye(8).double(), rtol=0, atol=1e-13)


def test_delta_orthogonal_cannot_squeeze_channels():
    with pytest.raises(SpecError, match="cannot keep the norm of 16 channels in 8: make 'width' larger"):
        draw(replace(CONVOLUTION, shape=(8, 16, 3, 3)), kind="delta_orthogonal")
    with pytest.raises(ValidationError, match="which architecture mlp does not have"):
        experiment(init="delta_orthogonal")


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 200), st.sampled_from([SQUARE, CONVOLUTION]))
def test_sparse_units_have_k_inputs(k, slot):
    weight = draw(slot, seeds=(1, 2), kind="sparse", k=k, std=0.3)
    inputs = 120 if slot is SQUARE else 16 * 9
    counts = (weight != 0).sum(1) if slot is SQUARE else (weight != 0).flatten(2).sum(2)
    assert (counts == min(k, inputs)).all()


def test_sparse_weights_are_gaussian_and_anywhere():
    weight = draw(SQUARE, seeds=range(50), kind="sparse", std=0.3)
    chosen = weight[weight != 0]
    assert float(chosen.std()) == pytest.approx(0.3, rel=5 / sqrt(2 * len(chosen)))
    assert abs(float(chosen.mean())) < 5 * 0.3 / sqrt(len(chosen))
    share = (weight != 0).double().mean((0, 2))  # of each input: it goes to 15 of 120 units
    assert ((share - 15 / 120).abs() < 5 * sqrt(0.11 / 6000)).all()


def test_sparse_is_sparse_of_torch():
    theirs = torch.nn.init.sparse_(torch.empty(120, 120), sparsity=1 - 15 / 120, std=0.3)
    assert ((theirs != 0).sum(0) == (draw(SQUARE, kind="sparse", std=0.3)[0] != 0).sum(0)).all()


@pytest.mark.parametrize("k", [1, 15, 500])
def test_recurrent_weights_have_the_spectral_radius_asked_for(k):
    weight = draw(RECURRENT, seeds=(1, 2, 3), kind="sparse", k=k, spectral_radius=0.95)
    assert torch.linalg.eigvals(weight).abs().amax(1).tolist() == pytest.approx([0.95] * 3, rel=1e-10)
    assert torch.equal(draw(SQUARE, kind="sparse", spectral_radius=0.95), draw(SQUARE, kind="sparse"))
    assert not draw(RECURRENT, kind="sparse", std=0.0, spectral_radius=0.95).any()


def test_members_of_different_spectral_radii_are_each_alone():
    inits = [
        TypeAdapter(AnyInit).validate_python({"kind": "sparse", "k": 3, "std": std, "spectral_radius": 3 * std})
        for std in (0.1, 0.2, 0.3)
    ]
    together = initialize(stack(inits), [RECURRENT], [1, 2, 3])["w.weight"]
    for member, init in enumerate(inits):
        alone = initialize(init, [RECURRENT], [member + 1])["w.weight"][0]
        torch.testing.assert_close(together[member], alone, rtol=1e-12, atol=0)


def test_the_smart_tanh_of_pascanu():
    init = {"kind": "normal", "std": 0.01, "recurrent": {"kind": "sparse", "spectral_radius": 0.95}}
    cohort = Cohort([experiment("rnn", "temporal_order", sequence_length=10, width=50, init=init)], CPU)
    inner = cohort.weights["rnn.1.weight_hh"][0].detach()
    assert ((inner != 0).sum(0) == 15).all()
    assert float(torch.linalg.eigvals(inner).abs().max()) == pytest.approx(0.95, rel=1e-10)
    assert float(cohort.weights["rnn.1.weight_ih"].detach().std()) == pytest.approx(0.01, rel=0.2)


def test_a_spectral_radius_needs_recurrent_weights():
    with pytest.raises(ValidationError, match="architecture mlp has no recurrent weights and does not use 'spectral_"):
        experiment(init={"kind": "sparse", "spectral_radius": 0.9})

"""Normalizations of weights are those of torch.nn.utils.parametrizations: weights, gradients, power iterations."""

from functools import partial

import pytest
import torch
from common.networks import as_torch, random, started
from torch import nn
from torch.nn.utils import parametrizations

from gradx.normalizations import SpectralNorm, WeightNorm
from gradx.tensors.layout import Slot
from gradx.tensors.mode import Mode

MEMBERS = 3
LINEAR = Slot("w", (4, 6), "weight", 1, 4, 6, 0.5)
CONVOLUTION = Slot("w", (6, 2, 3, 3), "weight", 1, 18, 54, 0.2)
MODULES = {"w": (lambda: nn.Linear(4, 6, bias=False)), "c": (lambda: nn.Conv2d(2, 6, 3, bias=False))}
SLOTS = [pytest.param(LINEAR, "w", id="linear"), pytest.param(CONVOLUTION, "c", id="convolution")]
close = partial(torch.testing.assert_close, rtol=1e-12, atol=1e-13)


def initial(part, slot):
    """Random weights, and what follows from them."""
    values = {"w": random(MEMBERS, *slot.shape)} | started(part.weight_slots(slot), MEMBERS)
    part.adjust(values, [slot])
    return values


@pytest.mark.parametrize(("slot", "module"), SLOTS)
def test_weight_norm_is_that_of_torch(slot, module):
    part = WeightNorm()
    weights = initial(part, slot)
    close(part.weight("w", weights, Mode()), weights["w"])  # it starts as the weight itself
    weights["w_g"] = weights["w_g"] * torch.linspace(0.5, 2, 6, dtype=torch.float64)
    leaves = {name: value.requires_grad_() for name, value in weights.items()}
    found = part.reparametrized(leaves, [slot], Mode(True))["w"]
    upstream = random(*found.shape, seed=5)
    d_v, d_g = torch.autograd.grad(found, [leaves["w"], leaves["w_g"]], upstream)
    for member in range(MEMBERS):
        own = parametrizations.weight_norm(MODULES[module]().double(), dim=0)
        inner = own.parametrizations.weight
        with torch.no_grad():
            inner.original0.copy_(weights["w_g"][member].view(inner.original0.shape))
            inner.original1.copy_(as_torch(weights["w"][member]))
        close(as_torch(found[member]), own.weight)
        own.weight.backward(as_torch(upstream[member]))
        close(as_torch(d_v[member]), inner.original1.grad)
        close(d_g[member], inner.original0.grad.flatten())


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize(("slot", "module"), SLOTS)
def test_spectral_norm_is_that_of_torch(slot, module, times):
    """Over several steps with changing weights; evaluation leaves u and v alone."""
    part = SpectralNorm(n_power_iterations=times)
    kept = {name: value for name, value in initial(part, slot).items() if name != "w"}
    theirs = [
        parametrizations.spectral_norm(MODULES[module]().double(), n_power_iterations=times) for _ in range(MEMBERS)
    ]
    for member, own in enumerate(theirs):
        inner = own.parametrizations.weight[0]
        inner._u.copy_(kept["w_u"][member])
        inner._v.copy_(kept["w_v"][member])
    for step, training in enumerate((True, True, False, True)):
        weight = random(MEMBERS, *slot.shape, seed=step).requires_grad_()
        found = part.reparametrized({"w": weight}, [slot], Mode(training, kept))["w"]
        upstream = random(*found.shape, seed=5)
        (gradient,) = torch.autograd.grad(found, weight, upstream)
        for member, own in enumerate(theirs):
            original = own.train(training).parametrizations.weight.original
            with torch.no_grad():
                original.copy_(as_torch(weight[member]))
            made = own.weight
            close(as_torch(found[member]), made)
            (expected,) = torch.autograd.grad(made, original, as_torch(upstream[member]))
            close(as_torch(gradient[member]), expected)
            close(kept["w_u"][member], own.parametrizations.weight[0]._u)
            close(kept["w_v"][member], own.parametrizations.weight[0]._v)


@pytest.mark.parametrize("buffers", [True, False], ids=["kept", "fresh"])
@pytest.mark.parametrize("slot", [LINEAR, CONVOLUTION], ids=["linear", "convolution"])
def test_the_largest_singular_value_is_one(slot, buffers):
    """At once within the error of 15 iterations, later exactly; without buffers it is iterated anew."""
    part = SpectralNorm()
    values = initial(part, slot)
    mode = Mode(True, {name: value for name, value in values.items() if name != "w"} if buffers else {})
    for steps, tolerance in ((1, 0.05), (100, 1e-6)):
        for _ in range(steps):
            found = part.weight("w", values, mode)
        matrices = found.mT if slot is LINEAR else found.flatten(2)
        largest = torch.linalg.matrix_norm(matrices, 2)
        assert (largest >= 1 - 1e-12).all()  # u^T W v is at most the largest singular value
        assert (largest <= 1 + (tolerance if buffers else 0.05)).all()


def test_a_convolution_may_still_amplify_by_the_root_of_its_kernels_area():
    """A kernel of equal numbers adds up the nine places of a constant image, and has a largest singular value of 3."""
    slot = Slot("w", (1, 1, 3, 3), "weight", 1, 9, 9, 0.2)
    values = {"w": torch.full((1, 1, 1, 3, 3), 7.0, dtype=torch.float64)} | started(
        SpectralNorm().weight_slots(slot), 1
    )
    SpectralNorm().adjust(values, [slot])
    kernel = SpectralNorm().weight("w", values, Mode())[0]
    found = nn.functional.conv2d(torch.ones(1, 1, 3, 3, dtype=torch.float64), kernel)
    close(found, torch.full((1, 1, 1, 1), 3.0, dtype=torch.float64))


@pytest.mark.parametrize("part", [WeightNorm(), SpectralNorm()], ids=lambda part: part.kind)
def test_only_what_inputs_are_multiplied_by_is_normalized(part):
    bias = Slot("b", (6,), "bias", 1, 4, 6, 0.5)
    values = initial(part, LINEAR) | {"b": random(MEMBERS, 6)}
    made = part.reparametrized(values, [LINEAR, bias], Mode())
    assert made["b"] is values["b"]
    assert made["w"] is not values["w"]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("part", [WeightNorm(), SpectralNorm()], ids=lambda part: part.kind)
def test_half_precision(part, dtype):
    """The weights are half, what is kept beside them float32."""
    values = initial(part, LINEAR)
    kept = {name: value.float() for name, value in values.items() if name != "w"}
    halves = {name: value.to(dtype) for name, value in values.items()}
    found = part.weight("w", halves, Mode(True, kept))
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), part.weight("w", values, Mode(True, values)), rtol=0.02, atol=0.02)

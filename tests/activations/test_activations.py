"""Every activation against torch's function of that name, its autograd slope and the definition of saturation."""

from typing import get_args

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import nn

from gradx.activations import AnyActivation
from gradx.activations.base import FLAT

PARTS = get_args(get_args(AnyActivation)[0])
CASES = [
    ({"kind": "elu"}, nn.ELU()),
    ({"kind": "elu", "alpha": 0.5}, nn.ELU(0.5)),
    ({"kind": "elu", "alpha": 1.7}, nn.ELU(1.7)),
    ({"kind": "erf"}, torch.erf),
    ({"kind": "gelu"}, nn.GELU()),
    ({"kind": "hard_tanh"}, nn.Hardtanh()),
    ({"kind": "identity"}, nn.Identity()),
    ({"kind": "leaky_relu"}, nn.LeakyReLU()),
    ({"kind": "leaky_relu", "negative_slope": 0.2}, nn.LeakyReLU(0.2)),
    ({"kind": "leaky_relu", "negative_slope": 1.5}, nn.LeakyReLU(1.5)),
    ({"kind": "relu"}, nn.ReLU()),
    ({"kind": "selu"}, nn.SELU()),
    ({"kind": "sigmoid"}, nn.Sigmoid()),
    ({"kind": "silu"}, nn.SiLU()),
    ({"kind": "sin"}, torch.sin),
    ({"kind": "softplus"}, nn.Softplus()),
    ({"kind": "softplus", "beta": 2.0}, nn.Softplus(2.0)),
    ({"kind": "tanh"}, nn.Tanh()),
]
SPECS = [spec for spec, _ in CASES]
NAMED = [str(spec) for spec in SPECS]
GRID = torch.arange(-30_000, 30_001, dtype=torch.float64) / 1000  # holds every kink (0, 1 and -1)


def build(spec):
    return TypeAdapter(AnyActivation).validate_python(spec)


def autograd_slope(function):
    z = GRID.clone().requires_grad_()
    return torch.autograd.grad(function(z).sum(), z)[0]


def test_every_activation_is_a_case():
    assert {spec["kind"] for spec in SPECS} == {part.model_fields["kind"].default for part in PARTS}


@pytest.mark.parametrize(("spec", "function"), CASES, ids=NAMED)
def test_value_and_slope_are_those_of_torch_at_kinks_too(spec, function):
    phi = build(spec)
    torch.testing.assert_close(phi(GRID), function(GRID), rtol=1e-12, atol=1e-14)
    linear = 5e-9 if phi.kind == "softplus" else 1e-14  # torch's is linear above beta z = 20, where 1 - sigmoid is 2e-9
    torch.testing.assert_close(phi.slope(GRID), autograd_slope(function), rtol=1e-12, atol=linear)


@pytest.mark.parametrize(("spec", "function"), CASES, ids=NAMED)
def test_backward_is_the_gradient_times_the_slope(spec, function):
    phi = build(spec)
    gradient = torch.sin(7 * GRID)
    found = phi.backward(gradient, GRID, phi(GRID))
    linear = 5e-9 if phi.kind == "softplus" else 1e-14
    torch.testing.assert_close(found, gradient * autograd_slope(function), rtol=1e-12, atol=linear)


@pytest.mark.parametrize(("spec", "function"), CASES, ids=NAMED)
def test_steepest_is_the_supremum_of_the_slope(spec, function):
    assert abs(build(spec).steepest - float(autograd_slope(function).abs().max())) < 1e-6


@pytest.mark.parametrize(("spec", "function"), CASES, ids=NAMED)
def test_saturated_is_below_two_percent_of_the_steepest(spec, function):
    phi = build(spec)
    slope = autograd_slope(function).abs()
    limit = FLAT * float(slope.max())
    clear = (slope - limit).abs() > 1e-7  # on the limit itself rounding decides
    found = phi.saturated(GRID if phi.by_input else phi(GRID))
    assert torch.equal(found[clear], (slope < limit).to(GRID.dtype)[clear])
    assert clear.sum() > len(GRID) - 10


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_dtype_and_argument_are_left_as_they_are(spec):
    phi = build(spec)
    z = torch.linspace(-5, 5, 101)
    before = z.clone()
    for function in (phi, phi.slope, phi.saturated):
        result = function(z)
        assert (result.dtype, result.shape) == (torch.float32, z.shape)
    assert torch.equal(z, before)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_gradients_of_input_and_output_are_asked_for_separately(spec):
    z = torch.tensor([0.3, 2.0], requires_grad=True)
    output = build(spec)(z)
    assert output is not z
    of_output, of_input = torch.autograd.grad((3 * output).sum(), [output, z])
    assert of_output.tolist() == [3, 3]
    torch.testing.assert_close(of_input, 3 * build(spec).slope(z.detach()))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_docstring_has_formula_and_sources(part):
    for words in ("phi(z) =", "Equivalent to `torch.", "Reference:"):
        assert words in part.__doc__


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "elu", "alpha": 0.0},
        {"kind": "leaky_relu", "negative_slope": -0.1},
        {"kind": "softplus", "beta": -1.0},
        {"kind": "tanh", "alpha": 1.0},
    ],
    ids=str,
)
def test_impossible_parameters_are_refused(spec):
    with pytest.raises(ValidationError):
        build(spec)

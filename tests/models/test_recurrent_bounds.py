"""What theory says of the gradient through time in each cell, exactly."""

import pytest
import torch
from common.networks import backward, random
from common.runs import CPU, experiment, values

from gradx.activations.gelu import GELU
from gradx.activations.identity import Identity
from gradx.base.trace import Trace
from gradx.engine.cohort import Cohort
from gradx.engine.train import train
from gradx.inits import initialize
from gradx.inits.torch_default import TorchDefault
from gradx.models import Dims
from gradx.models.antisymmetric_rnn import AntisymmetricRNN
from gradx.models.indrnn import IndRNN
from gradx.models.lru import LRU
from gradx.models.lstm import LSTM
from gradx.models.mingru import MinGRU
from gradx.models.passes import Graph
from gradx.models.rnn import RNN
from gradx.tensors.members import stack
from gradx.tensors.shapes import Sequence

T = 20
near = {"rtol": 1e-12, "atol": 0.0}
double = {"dtype": torch.float64}


def passed(model, dims, values, x):
    """The pass with these weights, its gradients of the sum of the outputs, and those of the states by kind."""
    weights = {name: value.clone().requires_grad_() for name, value in values.items()}
    made = Graph(*model.forward(dims, weights, x), weights)
    gradients, tapped = made.backward(torch.ones_like(made.output), taps=True)
    return made, gradients, {each.series.kind: each.gradient for each in tapped}


def scalar(model, weight):
    """One unit that reads x_1 = 1 and then nothing, and is read out as it is: h_t = w^(t - 1)."""
    dims = Dims(Sequence(T, 1), 1, 1, 1, 1, Identity())
    name = "u" if model.kind == "indrnn" else "weight_hh"
    values = {slot.name: torch.zeros(1, *slot.shape, **double) for slot in model.slots(dims)}
    values[f"{model.kind}.1.weight_ih"] += 1
    values[f"{model.kind}.1.{name}"] += weight
    values["readout.weight"] += 1
    x = torch.zeros(1, 1, T, 1, **double)
    x[:, :, 0] = 1
    made, gradients, states = passed(model, dims, values, x)
    return made.output.item(), gradients[f"{model.kind}.1.{name}"].item(), states["hidden"].flatten()


@pytest.mark.parametrize("weight", [0.9, 1.1])
@pytest.mark.parametrize("model", [RNN(), IndRNN(bounded=False)], ids=["rnn", "indrnn"])
def test_scalar_recurrence(model, weight):
    output, slope, states = scalar(model, weight)
    assert output == pytest.approx(weight ** (T - 1), rel=1e-12)
    assert slope == pytest.approx((T - 1) * weight ** (T - 2), rel=1e-12)
    torch.testing.assert_close(states, torch.tensor([weight ** (T - 1 - t) for t in range(T)], **double), **near)


def test_sensitivity_of_a_linear_recurrence_to_white_noise():
    """E[h^2] = 1 / (1 - l^2), E[(dh/dl)^2] = (1 + l^2) / (1 - l^2)^3 (Zucchet, Orvieto 2024); an example a member."""
    model, weight, members, steps = IndRNN(bounded=False), 0.8, 4000, 60
    dims = Dims(Sequence(steps, 1), 1, 1, 1, 1, Identity())
    values = {slot.name: torch.zeros(members, *slot.shape, **double) for slot in model.slots(dims)}
    values["indrnn.1.weight_ih"] += 1
    values["indrnn.1.u"] += weight
    values["readout.weight"] += 1
    made, gradients, _ = passed(model, dims, values, random(members, 1, steps, 1))
    left = 1 - weight**2
    assert made.output.square().mean().item() == pytest.approx(1 / left, rel=0.1)  # 4 standard errors
    assert gradients["indrnn.1.u"].square().mean().item() == pytest.approx((1 + weight**2) / left**3, rel=0.1)


@pytest.mark.parametrize("bias", [0.0, 1.0, 2.0, 3.0, 5.0])
def test_the_lstms_cell_path_is_the_product_of_its_forget_gates(bias):
    model, dims = LSTM(forget_bias=bias), Dims(Sequence(T, 1), 1, 1, 1, 4, None)
    values = initialize(TorchDefault(), model.slots(dims), [1])
    model.adjust(dims, values)
    values["lstm.1.weight_hh"].zero_()
    _, _, states = passed(model, dims, values, torch.zeros(1, 2, T, 1, **double))
    gate = torch.sigmoid(torch.tensor(bias, **double))
    torch.testing.assert_close(states["cell"][0], states["cell"][-1] * gate ** (T - 1), **near)


@pytest.mark.parametrize("weight", [0.3, 1.0, 5.0, -5.0])
def test_a_bounded_indrnns_path_gains_no_more_than_two(weight):
    _, slope, states = scalar(IndRNN(), weight)
    limit = 2 ** (1 / T)
    held = max(-limit, min(limit, weight))
    torch.testing.assert_close(states, torch.tensor([held ** (T - 1 - t) for t in range(T)], **double), **near)
    assert states.abs().max().item() <= 2
    assert slope == pytest.approx((T - 1) * held ** (T - 2), rel=1e-12), "a weight outside can come back"


@pytest.mark.parametrize(("epsilon", "gamma"), [(0.1, 0.0), (0.1, 1.0), (0.5, 0.05)])
def test_antisymmetric_steps_have_the_eigenvalues_of_euler(epsilon, gamma):
    model, dims = AntisymmetricRNN(epsilon=epsilon, gamma=gamma), Dims(Sequence(T, 1), 1, 1, 1, 6, Identity())
    values = initialize(TorchDefault(), model.slots(dims), [1])
    weight = values["antisymmetric_rnn.1.weight_hh"][0]
    turn = torch.linalg.eigvals(weight - weight.T).imag
    expected = (1 - 2 * epsilon * gamma + epsilon**2 * (gamma**2 + turn**2)).sqrt()
    _, _, states = passed(model, dims, values, torch.zeros(1, 1, T, 1, **double))
    gradient = states["hidden"][:, 0, 0]
    step = torch.eye(6, **double) + epsilon * (weight - weight.T - gamma * torch.eye(6, **double))
    torch.testing.assert_close(gradient[:-1], gradient[1:] @ step.T, **near)
    torch.testing.assert_close(torch.linalg.svdvals(step), expected.sort(descending=True).values, **near)
    factors = gradient[:-1].norm(dim=1) / gradient[1:].norm(dim=1)
    stable = epsilon <= 2 * gamma / (gamma**2 + turn.square().max())
    assert expected.min() - 1e-12 <= factors.min() <= factors.max() <= expected.max() + 1e-12
    assert (expected.max() <= 1) == stable == (gamma == 1.0)


def test_a_mingrus_factor_is_between_zero_and_one_whatever_its_weights():
    dims = Dims(Sequence(T, 2), 1, 1, 1, 5, None)
    found = backward(MinGRU(), dims, 3 * random(2, 3, T, 2), lambda output: output.sum())
    gradient, z = found.tapped["hidden", 1].gradient, found.tapped["preactivation", 1].values
    factor = gradient[:-1] / gradient[1:]
    assert 0 < factor.min() < 0.05 < 0.95 < factor.max() < 1
    torch.testing.assert_close(factor, 1 - torch.sigmoid(z[1:, ..., :5]), rtol=1e-9, atol=0)


def test_an_orthogonal_rnn_stays_orthogonal_and_its_gradient_the_same_at_all_times():
    fields = {"sequence_length": 6, "activation": "identity", "steps": 50, "optimizer": {"kind": "adam", "lr": 0.01}}
    cohort = Cohort([experiment("orthogonal_rnn", "adding", width=8, measure={"every": 49}, **fields)], CPU)
    before, blocks = cohort.params.clone(), []
    train(cohort, lambda block: blocks.append(block.trace()))
    assert (cohort.params - before).abs().max() > 0.1
    matrix = cohort.model.inner(cohort.dims, cohort.weights, "orthogonal_rnn.1")["weight_hh"][0].detach()
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(8, **double), rtol=0, atol=1e-12)
    for step in (0, 49):
        assert values(Trace.concat(blocks), "growth.time", step) == pytest.approx(1, rel=1e-12)


def ring(**fields):
    """An LRU of 500 units at the start, its weights, and its lambda (member, unit)."""
    model = stack([LRU(r_min=low, r_max=high, max_phase=most) for low, high, most in fields["of"]])
    dims = Dims(Sequence(T, 2), 1, 1, 1, 500, GELU())
    values = initialize(TorchDefault(), model.slots(dims), list(range(len(fields["of"]))))
    model.adjust(dims, values)
    size, angle = (-values["lru.1.nu_log"].exp()).exp(), values["lru.1.theta_log"].exp()
    return model, dims, values, torch.polar(size, angle)


def test_lambda_starts_uniform_on_each_members_ring():
    of = [(0.0, 0.999, 6.28), (0.5, 0.9, 1.0), (0.9, 0.99, 0.1)]
    _, _, values, factor = ring(of=of)
    for member, (low, high, most) in enumerate(of):
        size, angle = factor[member].abs(), factor[member].angle() % (2 * torch.pi)
        assert low <= size.min() < size.max() <= high
        assert angle.max() <= most
        share = (size**2 - low**2) / (high**2 - low**2)
        for uniform in (share, angle / most):
            assert uniform.mean().item() == pytest.approx(0.5, abs=4 * 12**-0.5 / 500**0.5)
            assert uniform.max() > 0.98
        gamma = values["lru.1.gamma_log"][member].exp()
        torch.testing.assert_close(gamma, (1 - size**2).sqrt(), rtol=1e-9, atol=0)


def test_an_lrus_gradient_is_lambda_to_the_power_of_time_and_its_state_a_sum():
    model, dims, values, factor = ring(of=[(0.5, 0.99, 6.28), (0.9, 0.99, 1.0)])
    x = random(2, 3, T, 2)
    made, _, states = passed(model, dims, values, x)
    real, imaginary = states["hidden"].chunk(2, -1)
    size = (real**2 + imaginary**2).sqrt()
    for t in range(T):
        expected = size[-1] * factor.abs().unsqueeze(1) ** (T - 1 - t)
        torch.testing.assert_close(size[t], expected, **near)
    given = x.to(torch.complex128) @ torch.complex(*values["lru.1.B"].chunk(2, -1)).unsqueeze(1)
    given = given * values["lru.1.gamma_log"].exp().view(2, 1, 1, -1)
    powers = factor.unsqueeze(1) ** torch.arange(T - 1, -1, -1).view(1, T, 1)
    total = (given * powers.unsqueeze(1)).sum(2)
    _, series = model.forward(dims, values, x)
    state = torch.complex(*series[1].taps[-1].chunk(2, -1))
    torch.testing.assert_close(state, total, rtol=1e-10, atol=1e-12)
    assert made.output.shape == (2, 3, 1, 1)

"""A step as a problem: its losses, gradients, curvature and examples against dense autograd, whatever is dropped."""

from itertools import islice

import pytest
import torch
from common.runs import CPU, experiment
from torch.autograd.functional import hessian
from torch.func import jacrev

from gradx.engine.cohort import Cohort
from gradx.engine.differentiated import differentiated
from gradx.engine.problem import BatchProblem

ADDING = {"architecture": "gru", "task": "adding", "sequence_length": 4, "width": 3}
COPYING = {"architecture": "rnn", "task": {"kind": "copying", "symbols": 2, "alphabet": 3}, "sequence_length": 3}
DIGITS = {"activation": "tanh", "depth": 2, "width": 4}
DROPPED = DIGITS | {"dropout": 0.4}
NETWORKS = {"mlp": DIGITS, "gru": ADDING, "copying": COPYING | {"width": 3}, "dropout": DROPPED}
CASES = pytest.mark.parametrize("fields", NETWORKS.values(), ids=NETWORKS.keys())


def problem(fields, members=2, step=3, **more):
    """A problem whose passes have been made, with its cohort and batch."""
    many = [experiment(**fields, **more, batch_size=3, seed=seed) for seed in range(members)]
    cohort = Cohort(many, CPU)
    batch = next(islice(cohort.batches(), 1, None))
    made = BatchProblem(cohort, batch, step)
    made.found = differentiated(cohort, cohort.weights, batch, cohort.training(step), taps=True)
    made.whole = made.found.gradient
    return made, cohort, batch


def loss_of(cohort, batch, step):
    """The losses (member,) as a function of params (member, parameter), by `forward` alone."""

    def loss(params):
        weights, rest = {}, params
        for slot in cohort.layout.slots:
            weights[slot.name], rest = rest[:, : slot.size].reshape(-1, *slot.shape), rest[:, slot.size :]
        output, _ = cohort.model.forward(cohort.dims, weights, batch[0], cohort.training(step))
        return cohort.source.loss(output, batch[1]), output

    return loss


@CASES
def test_losses_and_gradients_are_those_of_autograd_at_any_parameters(fields):
    made, cohort, batch = problem(fields, regularization={"kind": "l2", "weight": 0.1})
    other = (cohort.params + 0.1).requires_grad_()
    expected = loss_of(cohort, batch, 3)(other)[0] + 0.05 * other.square().sum(1)
    (gradient,) = torch.autograd.grad(expected.sum(), other)
    with torch.no_grad():  # as rules run
        losses, found = made.gradient(other.detach())
        assert torch.allclose(made.losses(other.detach()), expected.detach(), rtol=1e-12, atol=0)
    assert torch.allclose(losses, expected.detach(), rtol=1e-12, atol=0)
    assert torch.allclose(found, gradient, rtol=1e-10, atol=1e-14)


@CASES
def test_gauss_newton_is_that_of_the_dense_matrices(fields):
    made, cohort, batch = problem(fields)
    vector = torch.randn(cohort.params.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        found = [made.gauss_newton(each) for each in (vector, 2 * vector)]
    loss, members = loss_of(cohort, batch, 3), len(vector)
    output = loss(cohort.params)[1].detach()
    whole = jacrev(lambda params: loss(params)[1].flatten(1))(cohort.params)  # (member, out, member, parameter)
    for member in range(members):
        jacobian = whole[member, :, member]

        def of_output(flat, member=member):
            y = batch[1][member : member + 1]
            return cohort.source.loss(flat.view(1, *output.shape[1:]), y)[0]

        curvature = hessian(of_output, output[member].flatten())
        expected = jacobian.T @ curvature @ jacobian @ vector[member]
        assert torch.allclose(found[0][member], expected, rtol=1e-10, atol=1e-13)
        assert torch.allclose(found[1][member], 2 * expected, rtol=1e-10, atol=1e-13)


@CASES
def test_examples_have_the_mean_of_the_batch_and_are_each_alone(fields):
    made, cohort, (x, y) = problem(fields)
    found = made.examples()
    assert found.shape == (2, 3, cohort.layout.size)
    assert torch.allclose(found.mean(1), made.whole, rtol=1e-12, atol=1e-15)
    if "dropout" not in fields:
        alone = differentiated(cohort, cohort.weights, (x[:, 1:2], y[:, 1:2]), cohort.training(3)).gradient
        assert torch.allclose(found[:, 1], alone, rtol=1e-12, atol=1e-15)


def test_the_same_units_are_dropped_whenever_a_step_asks_and_others_at_the_next():
    made, cohort, batch = problem(DROPPED)
    assert torch.equal(made.losses(cohort.params), made.losses(cohort.params.clone()))
    assert torch.allclose(made.losses(cohort.params), made.found.losses, rtol=1e-14)
    assert not torch.allclose(BatchProblem(cohort, batch, 4).losses(cohort.params), made.found.losses, rtol=1e-3)


@pytest.mark.parametrize("normalization", ["batch", "spectral"])
def test_buffers_are_as_before_the_step_whenever_it_asks(normalization):
    fields = DIGITS | {"normalization": normalization}
    cohort = Cohort([experiment(**fields, seed=seed) for seed in range(2)], CPU)
    batch, before = next(cohort.batches()), {name: each.clone() for name, each in cohort.buffers.items()}
    made = BatchProblem(cohort, batch, 1)
    made.losses(cohort.params)
    made.gradient(cohort.params)
    made.gauss_newton(cohort.params)
    assert before
    assert all(torch.equal(cohort.buffers[name], each) for name, each in before.items())
    found = differentiated(cohort, cohort.weights, batch, cohort.training(1))
    assert not any(torch.equal(cohort.buffers[name], each) for name, each in before.items())
    assert torch.allclose(made.losses(cohort.params), found.losses, rtol=1e-14)


def test_norms_are_those_before_clipping_per_parameter():
    made, cohort, _ = problem(DIGITS)
    views = cohort.layout.views(made.whole)
    expected = [
        [float(views[slot.name][member].detach().norm()) for slot in cohort.layout.slots] for member in range(2)
    ]
    assert torch.allclose(made.norms, torch.tensor(expected, dtype=torch.float64), rtol=1e-12)
    assert torch.allclose(made.total, made.whole.norm(dim=1), rtol=1e-12)

"""Omega: against autograd of the paper's formula, against finite differences, and where it must be silent."""

import pytest
import torch
from common.networks import backward, random
from common.problems import Given

from gradx.activations import Identity, ReLU, Tanh
from gradx.models import IRNN, RNN, Dims
from gradx.optim import Omega
from gradx.tensors.layout import Layout
from gradx.tensors.members import stack
from gradx.tensors.shapes import Sequence

STEPS, BATCH, WIDTH, MEMBERS = 7, 3, 5, 2
FORMS = ("equation", "code")
CASES = {
    "tanh": (RNN(), Tanh(), 1, 1),
    "two layers, three answers": (RNN(), Tanh(), 2, 3),
    "relu": (IRNN(), ReLU(), 1, 1),
}
cases = pytest.mark.parametrize("case", CASES)
forms = pytest.mark.parametrize("form", FORMS)


def step_of(case, by_autograd=False, members=MEMBERS, loss=lambda output: output.square().sum()):
    model, activation, depth, scored = CASES[case]
    dims = Dims(Sequence(STEPS, 2), 3, scored, depth, WIDTH, activation)
    found = backward(model, dims, random(members, BATCH, STEPS, 2), loss, by_autograd)
    layout = Layout(model.slots(dims))
    problem = Given(layout, layout.flatten(found.gradients), layout.flatten(found.weights))
    problem.tapped, problem.activation = list(found.tapped.values()), activation
    return problem


def omega(weight, problem, layer, member, form):
    """Omega by loops over time and examples, as a function of the recurrent weight (width, width) alone."""
    tapped = {(each.series.kind, each.series.layer): each for each in problem.tapped}
    states, z = tapped["hidden", layer], tapped["preactivation", layer]
    terms = []
    for k in range(STEPS):
        for example in range(BATCH):
            slope = problem.activation.slope(states.inputs[k, member, example])
            if form == "equation" and k + 1 < STEPS and z.gradient[k + 1, member, example].any():
                ahead = z.gradient[k + 1, member, example]
                jacobian = torch.diag(slope) @ weight  # (k, k + 1): the signal goes h @ weight
                if (jacobian @ ahead).any():  # otherwise a constant, and nothing for autograd to divide by
                    terms.append(((jacobian @ ahead).norm() / ahead.norm() - 1) ** 2)
            if form == "code" and states.gradient[k, member, example].any():
                here = states.gradient[k, member, example]
                terms.append(((weight @ (slope * here)).square().sum() / here.square().sum() - 1) ** 2)
    total = torch.stack(terms).sum()
    return total / BATCH if form == "equation" else total / len(terms)


@cases
@forms
def test_the_pull_is_the_immediate_derivative(case, form):
    problem, rule = step_of(case), Omega(weight=0.7, form=form)
    found = {name: view.detach() for name, view in problem.layout.views(rule.pull(problem.params, problem)).items()}
    assert rule.penalty(problem.params).tolist() == [0.0] * MEMBERS
    for name, weight in problem.layout.views(problem.params).items():
        if not name.endswith("weight_hh"):
            assert not found[name].any()
            continue
        layer = int(name.split(".")[1])
        for member in range(MEMBERS):
            leaf = weight[member].detach().clone().requires_grad_()
            (expected,) = torch.autograd.grad(0.7 * omega(leaf, problem, layer, member, form), leaf)
            torch.testing.assert_close(found[name][member], expected, rtol=1e-10, atol=1e-12)


@forms
def test_finite_differences_with_gradients_and_states_held(form):
    problem, step = step_of("tanh"), 1e-6
    found = problem.layout.views(Omega(weight=1.0, form=form).pull(problem.params, problem))["rnn.1.weight_hh"]
    weight = problem.layout.views(problem.params)["rnn.1.weight_hh"].detach()[0]
    for place in ((0, 0), (1, 3), (4, 2)):
        moved = torch.zeros_like(weight)
        moved[place] = step
        up, down = (omega(weight + sign * moved, problem, 1, 0, form) for sign in (1, -1))
        assert found[0][place].item() == pytest.approx(((up - down) / (2 * step)).item(), rel=1e-6)


@cases
@forms
def test_both_ways_back_give_the_same(case, form):
    rule, problems = Omega(form=form), [step_of(case, by_autograd) for by_autograd in (False, True)]
    one, other = (rule.pull(problem.params, problem) for problem in problems)
    torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


@forms
def test_members_together_are_each_alone(form):
    weights = (0.5, 4.0)
    problem = step_of("tanh")
    found = stack([Omega(weight=weight, form=form) for weight in weights]).pull(problem.params, problem)
    for member, weight in enumerate(weights):
        alone = Omega(weight=weight, form=form).pull(problem.params, problem)
        torch.testing.assert_close(found[member], alone[member], rtol=1e-12, atol=0)
        assert found[member].any()


@forms
def test_weights_that_keep_lengths_are_left_alone(form):
    """A linear network with an orthogonal recurrent matrix: every ratio is 1; scaled by c, Omega pulls inwards."""
    problem = step_of("tanh")
    problem.activation = Identity()
    views = problem.layout.views(problem.params)
    with torch.no_grad():
        views["rnn.1.weight_hh"].copy_(torch.linalg.qr(random(MEMBERS, WIDTH, WIDTH, seed=5)).Q)
    pull = Omega(form=form).pull(problem.params, problem)
    torch.testing.assert_close(pull, torch.zeros_like(pull), rtol=0, atol=1e-13)
    for factor, sign in ((1.1, 1), (0.9, -1)):
        pull = problem.layout.views(Omega(form=form).pull(problem.params * factor, problem))["rnn.1.weight_hh"]
        along = (pull * views["rnn.1.weight_hh"]).sum((1, 2))
        assert (along.sign() == sign).all()


@forms
@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e150])
def test_the_size_of_the_loss_does_not_matter(form, scale):
    problem, tiny = step_of("tanh"), step_of("tanh", loss=lambda output: scale * output.square().sum())
    rule = Omega(form=form)
    torch.testing.assert_close(rule.pull(tiny.params, tiny), rule.pull(problem.params, problem), rtol=1e-9, atol=1e-12)


@forms
def test_examples_without_a_gradient_are_left_out(form):
    """The loss looks at the first of three examples; then nothing at all has a gradient."""
    problem, rule = step_of("tanh", loss=lambda output: output[:, 0].square().sum()), Omega(weight=1.0, form=form)
    found = problem.layout.views(rule.pull(problem.params, problem))["rnn.1.weight_hh"]
    assert found.isfinite().all()
    assert found.any()
    silent = step_of("tanh", loss=lambda output: 0 * output.sum())
    assert not rule.pull(silent.params, silent).any()


def test_flat_units_give_nothing():
    problem = step_of("relu")
    states = next(each for each in problem.tapped if each.series.kind == "hidden")
    for z in states.series.inputs:
        z.fill_(-1.0)
    pull = Omega().pull(problem.params, problem)
    assert not pull.any()


@pytest.mark.parametrize(
    "data",
    [
        {"architecture": "lstm"},
        {"architecture": {"kind": "transformer"}},
        {"normalization": "layer"},
        {"optimizer": {"kind": "lbfgs"}},
        {"optimizer": "hessian_free"},
    ],
)
def test_what_omega_does_not_go_with(data):
    assert [path for path, _ in Omega.misfits({"regularization": "omega", **data})] == [("regularization",)]


@pytest.mark.parametrize("data", [{}, {"architecture": "rnn", "normalization": "none"}, {"architecture": "irnn"}])
def test_what_omega_goes_with(data):
    assert not list(Omega.misfits(data))

"""Regularization: penalties against autograd and against weight decay."""

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from gradx.optim import L1, L2, SGD, AnyRegularization, NoRegularization
from gradx.tensors.members import stack

COHORTS = {
    "none": [NoRegularization()] * 3,
    "l1": [L1(weight=w) for w in (0.0, 0.1, 2.0)],
    "l2": [L2(weight=w) for w in (0.0, 0.1, 2.0)],
}
cohorts = pytest.mark.parametrize("specs", COHORTS.values(), ids=COHORTS.keys())


@pytest.fixture
def params():
    draw = torch.randn(3, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    draw[:, 0] = 0  # where |w| has a corner
    return draw


@cohorts
def test_gradient_is_that_of_the_penalty(specs, params):
    rule, leaf = stack(specs), params.clone().requires_grad_()
    penalty = rule.penalty(leaf)
    assert penalty.shape == (3,)
    expected = torch.zeros_like(params)
    if penalty.requires_grad:
        (expected,) = torch.autograd.grad(penalty.sum(), leaf)
    torch.testing.assert_close(rule.gradient(params), expected, rtol=1e-12, atol=0)


def test_penalties_in_closed_form():
    params = torch.tensor([[3.0, -4.0], [1.0, 0.0]])
    assert L1(weight=0.5).penalty(params).tolist() == [3.5, 0.5]
    assert L2(weight=0.5).penalty(params).tolist() == [6.25, 0.25]
    assert NoRegularization().penalty(params).tolist() == [0.0, 0.0]


@cohorts
def test_members_together_are_each_alone(specs, params):
    rule = stack(specs)
    for member, spec in enumerate(specs):
        one = params[member : member + 1]
        torch.testing.assert_close(rule.penalty(params)[member : member + 1], spec.penalty(one), rtol=1e-12, atol=0)
        torch.testing.assert_close(rule.gradient(params)[member : member + 1], spec.gradient(one), rtol=1e-12, atol=0)


@cohorts
def test_float32_gradients_and_float64_penalties(specs):
    params = torch.full((3, 4), 1e30)
    rule = stack(specs)
    assert rule.gradient(params).dtype == torch.float32
    assert rule.penalty(params).dtype == torch.float64
    assert rule.penalty(params).isfinite().all()


def test_l2_with_sgd_is_weight_decay(params):
    decays = [0.0, 0.01, 0.3]
    decay = stack([SGD(lr=0.1, momentum=0.9, weight_decay=d) for d in decays])
    plain, penalty = stack([SGD(lr=0.1, momentum=0.9)] * 3), stack([L2(weight=d) for d in decays])
    one, other = params, params
    one_state, other_state = decay.init(params), plain.init(params)
    for step in range(1, 21):
        change, one_state = decay.update(one.cos(), one_state, one, step)
        other_change, other_state = plain.update(other.cos() + penalty.gradient(other), other_state, other, step)
        one, other = one + change, other + other_change
    torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("part", [NoRegularization(), L1(), L2()])
def test_the_union_knows_each_kind_by_its_name(part):
    assert TypeAdapter(AnyRegularization).validate_python(part.kind) == part
    assert TypeAdapter(AnyRegularization).validate_python(part.model_dump()) == part


@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_a_negative_weight_is_refused(kind):
    with pytest.raises(ValidationError):
        TypeAdapter(AnyRegularization).validate_python({"kind": kind, "weight": -0.1})

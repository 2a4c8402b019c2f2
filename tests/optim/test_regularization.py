"""Regularization: penalties against autograd, weight decay against AdamW, max-norm against torch's projection."""

import pytest
import torch
from common.problems import Given, layout, random
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from gradx.families import parts
from gradx.optim import L1, L2, SGD, Adam, AdamW, AnyRegularization, MaxNorm, NoRegularization, WeightDecay
from gradx.tensors.members import stack

KINDS = parts(AnyRegularization)
LAYOUT = layout()
LR = torch.tensor([[0.1], [0.5], [1.0]], dtype=torch.float64)

COHORTS = {
    "none": [NoRegularization()] * 3,
    "l1": [L1(weight=w) for w in (0.0, 0.1, 2.0)],
    "l2": [L2(weight=w) for w in (0.0, 0.1, 2.0)],
    "weight_decay": [WeightDecay(weight=w) for w in (0.0, 0.1, 2.0)],
    "max_norm": [MaxNorm(max_norm=n) for n in (0.1, 1.5, 100.0)],
}
cohorts = pytest.mark.parametrize("specs", COHORTS.values(), ids=COHORTS.keys())


@pytest.fixture
def params():
    draw = random(3, LAYOUT.size)
    draw[:, 0] = 0  # where |w| has a corner
    return draw


def test_every_regularization_is_here():
    assert set(COHORTS) | {"omega"} == set(KINDS)  # test_omega.py has the last one


@cohorts
def test_gradient_is_that_of_the_penalty(specs, params):
    rule, leaf = stack(specs), params.clone().requires_grad_()
    penalty = rule.penalty(leaf)
    assert penalty.shape == (3,)
    expected = torch.zeros_like(params)
    if penalty.requires_grad:
        (expected,) = torch.autograd.grad(penalty.sum(), leaf)
    torch.testing.assert_close(rule.gradient(params), expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(rule.pull(params, Given(LAYOUT, params)), expected, rtol=1e-12, atol=0)


def test_penalties_in_closed_form():
    params = torch.tensor([[3.0, -4.0], [1.0, 0.0]])
    assert L1(weight=0.5).penalty(params).tolist() == [3.5, 0.5]
    assert L2(weight=0.5).penalty(params).tolist() == [6.25, 0.25]
    for rule in (NoRegularization(), WeightDecay(), MaxNorm()):
        assert rule.penalty(params).tolist() == [0.0, 0.0]


@cohorts
def test_members_together_are_each_alone(specs, params):
    rule, change = stack(specs), random(3, LAYOUT.size, seed=1)
    before = change.clone()
    settled = rule.settle(change, params, LR, LAYOUT)
    assert torch.equal(change, before)
    for member, spec in enumerate(specs):
        one = slice(member, member + 1)
        lr = LR[member].item()
        alone = spec.settle(change[one], params[one], lr, LAYOUT)
        torch.testing.assert_close(settled[one], alone, rtol=1e-12, atol=1e-15)
        torch.testing.assert_close(rule.penalty(params)[one], spec.penalty(params[one]), rtol=1e-12, atol=0)
        torch.testing.assert_close(rule.gradient(params)[one], spec.gradient(params[one]), rtol=1e-12, atol=0)


@cohorts
def test_float32_gradients_and_float64_penalties(specs):
    params = torch.full((3, LAYOUT.size), 1e30)
    rule = stack(specs)
    assert rule.gradient(params).dtype == torch.float32
    assert rule.settle(params, params, LR, LAYOUT).dtype == torch.float32
    assert rule.penalty(params).dtype == torch.float64
    assert rule.penalty(params).isfinite().all()


def trained(optimizer, regularization, params, steps=50):
    """Descent of a made-up loss, as the engine makes a step."""
    state = optimizer.init(params)
    for step in range(1, steps + 1):
        grad = params.cos() + regularization.pull(params, Given(LAYOUT, params))
        change, state = optimizer.update(grad, state, params, step)
        params = params + regularization.settle(change, params, optimizer.lr, LAYOUT)
    return params


DECAYS = (0.0, 0.01, 0.3)


def test_weight_decay_makes_adamw_of_adam(params):
    one = trained(stack([AdamW(lr=0.1, weight_decay=d) for d in DECAYS]), NoRegularization(), params)
    other = trained(stack([Adam(lr=0.1, weight_decay=0.0)] * 3), stack([WeightDecay(weight=d) for d in DECAYS]), params)
    torch.testing.assert_close(other, one, rtol=1e-12, atol=1e-12)


def test_weight_decay_l2_and_sgds_own_are_one_without_momentum_and_not_with(params):
    for momentum, same in ((0.0, True), (0.9, False)):
        sgd = stack([SGD(lr=0.1, momentum=momentum)] * 3)
        penalized = trained(sgd, stack([L2(weight=d) for d in DECAYS]), params)
        decayed = trained(sgd, stack([WeightDecay(weight=d) for d in DECAYS]), params)
        own = trained(
            stack([SGD(lr=0.1, momentum=momentum, weight_decay=d) for d in DECAYS]), NoRegularization(), params
        )
        torch.testing.assert_close(penalized, own, rtol=1e-12, atol=1e-12)
        assert torch.allclose(decayed[1:], penalized[1:], rtol=1e-12, atol=1e-12) == same


def by_name(flat):
    return {name: view.detach() for name, view in LAYOUT.views(flat).items()}


@pytest.mark.parametrize("max_norm", [0.1, 1.5, 3.0])
def test_max_norm_is_torchs_renorm_of_every_weight(max_norm, params):
    """`renorm` takes the axis of the units; its constant 1e-7 beside the norm is why 1e-6 is all to ask for."""
    change = random(3, LAYOUT.size, seed=1)
    found = by_name(params + MaxNorm(max_norm=max_norm).settle(change, params, 0.1, LAYOUT))
    for name, moved in by_name(params + change).items():
        if name.endswith("bias"):
            assert torch.equal(found[name], moved)
            continue
        for member in range(3):
            expected = moved[member].renorm(2, 0 if moved.ndim == 5 else 1, max_norm)
            torch.testing.assert_close(found[name][member], expected, rtol=2e-6, atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=LAYOUT.size, max_size=LAYOUT.size), st.floats(1e-3, 1e3))
def test_max_norm_is_idempotent(row, max_norm):
    params, still = torch.tensor([row]), torch.zeros(1, LAYOUT.size)
    rule = MaxNorm(max_norm=max_norm)
    once = params + rule.settle(still, params, 0.1, LAYOUT)
    twice = once + rule.settle(still, once, 0.1, LAYOUT)
    size = max(abs(entry) for entry in row)  # what is subtracted of a large weight is rounded at that weight
    torch.testing.assert_close(twice, once, rtol=1e-6, atol=3e-7 * size + 1e-40)


def test_what_is_within_the_ball_moves_as_the_optimizer_says(params):
    change = 1e-20 * random(3, LAYOUT.size, seed=1)
    assert torch.equal(MaxNorm(max_norm=1e3).settle(change, params, 0.1, LAYOUT), change)


@pytest.mark.parametrize("kind", KINDS)
def test_the_union_knows_each_kind_by_its_name(kind):
    part = KINDS[kind]()
    assert TypeAdapter(AnyRegularization).validate_python(kind) == part
    assert TypeAdapter(AnyRegularization).validate_python(part.model_dump()) == part


@pytest.mark.parametrize("kind", ["l1", "l2", "weight_decay", "omega"])
def test_a_negative_weight_is_refused(kind):
    with pytest.raises(ValidationError):
        TypeAdapter(AnyRegularization).validate_python({"kind": kind, "weight": -0.1})

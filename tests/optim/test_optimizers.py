"""Every optimizer against `torch.optim`: members trained together are as many separate torch runs."""

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from gradx.optim import LBFGS, SGD, Adagrad, Adam, AdamW, AnyOptimizer, HessianFree, Lion, Muon, NAdam, RAdam, RMSprop
from gradx.optim.optimizers import __all__ as exported
from gradx.tensors.members import stack

PARAMETERS = 7
STEPS = 50

# No run may oscillate around its minimum: that multiplies the last bit until torch differs from torch nudged by a bit.
CASES = {
    "sgd": [SGD(lr=lr) for lr in (0.01, 0.03, 0.1)],
    "sgd-decay": [SGD(lr=lr, weight_decay=d) for lr, d in [(0.01, 0.0), (0.03, 0.1), (0.1, 0.01)]],
    "sgd-momentum": [SGD(lr=0.01, momentum=m, weight_decay=0.01) for m in (0.0, 0.5, 0.9)],
    "sgd-nesterov": [SGD(lr=lr, momentum=m, nesterov=True) for lr, m in [(0.01, 0.5), (0.02, 0.8), (0.03, 0.9)]],
    "adagrad": [Adagrad(lr=lr) for lr in (0.01, 0.1, 0.5)],
    "adagrad-all": [
        Adagrad(lr=0.1, lr_decay=d, eps=e, initial_accumulator_value=a, weight_decay=w)
        for d, e, a, w in [(0.0, 1e-10, 0.1, 0.0), (0.1, 1e-3, 0.0, 0.1), (0.01, 0.1, 1.0, 0.01)]
    ],
    "rmsprop": [RMSprop(lr=lr, alpha=a) for lr, a in [(0.001, 0.99), (0.003, 0.9), (0.01, 0.5)]],
    "rmsprop-momentum": [
        RMSprop(lr=0.003, momentum=m, weight_decay=w, eps=e)
        for m, w, e in [(0.0, 0.1, 1e-8), (0.5, 0.0, 1e-2), (0.9, 0.01, 1e-4)]
    ],
    "rmsprop-centered": [RMSprop(lr=0.003, alpha=a, momentum=0.5, centered=True) for a in (0.9, 0.95, 0.99)],
    "adam": [Adam(lr=lr) for lr in (0.001, 0.01, 0.1)],
    "adam-all": [
        Adam(lr=0.01, beta1=b1, beta2=b2, eps=e, weight_decay=w)
        for b1, b2, e, w in [(0.0, 0.5, 1e-3, 0.1), (0.5, 0.9, 1e-8, 0.0), (0.95, 0.99, 1e-16, 0.01)]
    ],
    "adam-amsgrad": [Adam(lr=lr, beta2=0.5, amsgrad=True) for lr in (0.01, 0.03, 0.1)],
    "adamw": [AdamW(lr=lr) for lr in (0.001, 0.01, 0.1)],
    "adamw-all": [
        AdamW(lr=0.01, beta1=b1, beta2=b2, eps=e, weight_decay=w, amsgrad=True)
        for b1, b2, e, w in [(0.0, 0.5, 1e-3, 0.1), (0.5, 0.9, 1e-8, 0.0), (0.95, 0.99, 1e-16, 0.01)]
    ],
    "nadam": [NAdam(lr=lr) for lr in (0.001, 0.003, 0.01)],
    "nadam-all": [
        NAdam(lr=0.01, beta1=b1, beta2=b2, eps=e, weight_decay=w, momentum_decay=d)
        for b1, b2, e, w, d in [(0.0, 0.5, 1e-3, 0.1, 0.1), (0.5, 0.9, 1e-8, 0.0, 0.0), (0.9, 0.99, 1e-16, 0.01, 1.0)]
    ],
    "nadam-decoupled": [NAdam(lr=0.003, weight_decay=w, decoupled_weight_decay=True) for w in (0.0, 0.1, 1.0)],
    "radam": [RAdam(lr=lr) for lr in (0.001, 0.01, 0.03)],
    "radam-all": [  # beta2 = 0.5 never trusts v (rho = 3), 0.9 from step 6 on, 0.999 too
        RAdam(lr=0.01, beta1=b1, beta2=b2, eps=e, weight_decay=w)
        for b1, b2, e, w in [(0.0, 0.5, 1e-3, 0.1), (0.5, 0.9, 1e-8, 0.0), (0.9, 0.999, 1e-16, 0.01)]
    ],
    "radam-decoupled": [RAdam(lr=0.01, weight_decay=w, decoupled_weight_decay=True) for w in (0.0, 0.1, 1.0)],
}
cases = pytest.mark.parametrize("specs", CASES.values(), ids=CASES.keys())


@cases
def test_members_together_are_separate_torch_runs(specs):
    start, slopes = problem(len(specs))
    final = train(stack(specs), start, slopes)
    for member, spec in enumerate(specs):
        expected = torch_train(spec, start[member], slopes[member])
        assert (expected - start[member]).abs().min() > 1e-4, "the run must go somewhere"
        torch.testing.assert_close(final[member], expected, rtol=1e-12, atol=0)


@cases
def test_members_together_are_each_alone(specs):
    start, slopes = problem(len(specs))
    final = train(stack(specs), start, slopes)
    for member, spec in enumerate(specs):
        one = slice(member, member + 1)
        torch.testing.assert_close(final[one], train(spec, start[one], slopes[one]), rtol=1e-12, atol=0)


@cases
def test_float32_stays_float32_and_no_memory_is_shared(specs):
    rule = stack(specs)
    params = torch.randn(len(specs), PARAMETERS, generator=torch.Generator().manual_seed(1))
    state = rule.init(params)
    for step in (1, 2):
        grad, before = params.cos(), params.clone()
        grad_before = grad.clone()
        change, state = rule.update(grad, state, params, step)
        tensors = [grad, params, change, *state.values()]
        numbers = [t for t in tensors if t.shape == (len(params), 1)]
        assert all(t.dtype == torch.float64 for t in numbers), "one number a member costs nothing"
        assert all(t.dtype == torch.float32 and t.shape == params.shape for t in tensors if t.shape[1] > 1)
        assert len(numbers) == (rule.kind == "nadam")
        assert len({t.untyped_storage().data_ptr() for t in tensors}) == len(tensors)
        assert torch.equal(params, before)
        assert torch.equal(grad, grad_before)


@pytest.mark.parametrize("spec", [Adam(), AdamW(amsgrad=True), RMSprop(), Adagrad()], ids=lambda spec: spec.kind)
def test_float32_overflows_and_underflows_as_torch(spec):
    """Squares of gradients leave float32 at 1e-23 and 1e19: what the rule then does is part of the subject."""
    grad = torch.logspace(-30, 30, 61).unsqueeze(0)
    param = torch.zeros(61, requires_grad=True)
    rule = torch_rule(spec, param)
    params, state = torch.zeros(1, 61), stack([spec]).init(grad)
    for step in (1, 2):
        param.grad = grad[0] * step
        rule.step()
        change, state = stack([spec]).update(grad * step, state, params, step)
        params = params + change
    torch.testing.assert_close(params[0], param.detach(), rtol=1e-5, atol=0)


def test_state_holds_only_what_is_used():
    params = torch.zeros(2, PARAMETERS)
    assert stack([SGD(), SGD(lr=1.0)]).init(params) == {}
    assert set(stack([SGD(), SGD(momentum=0.9)]).init(params)) == {"velocity"}
    assert set(RMSprop().init(params)) == {"mean_square"}
    assert set(Adam().init(params)) == {"mean", "mean_square"}


def test_centered_rmsprop_survives_a_constant_gradient():
    """The variance of a constant gradient is 0 and rounds below it: torch.optim.RMSprop takes the root of that."""
    rule, params = RMSprop(alpha=0.9, centered=True), torch.zeros(1, 100)
    grad = torch.linspace(0.1, 1, 100).unsqueeze(0)
    state = rule.init(params)
    for step in range(1, 300):
        change, state = rule.update(grad, state, params, step)
        assert change.isfinite().all()
    assert (state["mean_square"] < state["mean"].square()).any(), "the case must arise"


def test_adam_is_bounded_and_blind_to_the_scale_of_the_gradient():
    """Closed form: a constant gradient moves every parameter by lr at every step, whatever its size (section 2.1)."""
    rule = Adam(lr=0.01, eps=0.0)
    params = torch.zeros(1, 5)
    grad = torch.tensor([[1e-15, 1e-8, 1.0, 1e8, 1e15]])
    state = rule.init(params)
    for step in range(1, 20):
        change, state = rule.update(grad, state, params, step)
        torch.testing.assert_close(change, torch.full_like(change, -0.01), rtol=1e-5, atol=0)


@pytest.mark.parametrize("rule", [SGD, Adagrad, RMSprop, Adam, AdamW, NAdam, RAdam, Lion, Muon, LBFGS, HessianFree])
def test_the_union_knows_each_kind_by_its_name(rule):
    adapter = TypeAdapter(AnyOptimizer)
    kind = rule().kind
    assert rule.__name__ in exported
    assert adapter.validate_python(kind) == adapter.validate_python({"kind": kind}) == rule()
    assert adapter.validate_python(rule(lr=0.5).model_dump()) == rule(lr=0.5)
    assert (f"Equivalent to `torch.optim.{rule.__name__}`" in rule.__doc__) == hasattr(torch.optim, rule.__name__)
    assert "Reference:" in rule.__doc__


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "sgd", "lr": 0.0},
        {"kind": "sgd", "lr": float("inf")},
        {"kind": "sgd", "momentum": 1.0},
        {"kind": "sgd", "nesterov": True},
        {"kind": "adam", "beta1": 1.0},
        {"kind": "adam", "beta2": -0.1},
        {"kind": "adam", "eps": -1e-8},
        {"kind": "adamw", "weight_decay": -0.1},
        {"kind": "adagrad", "momentum": 0.9},
        {"kind": "muon", "ns_steps": 0},
        {"kind": "muon", "adjust_lr": "none"},
        {"kind": "lbfgs", "history_size": 0},
        {"kind": "hessian_free", "warm_start": 1.5},
        {"kind": "lamb"},
    ],
)
def test_impossible_settings_are_refused(fields):
    with pytest.raises(ValidationError):
        TypeAdapter(AnyOptimizer).validate_python(fields)


def problem(members: int) -> tuple[Tensor, Tensor]:
    """Start (member, parameter) and slopes (member, parameter, parameter) of a nonconvex loss, in float64."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(members, PARAMETERS, dtype=torch.float64, generator=generator)
    slopes = torch.randn(members, PARAMETERS, PARAMETERS, dtype=torch.float64, generator=generator)
    return start, slopes / PARAMETERS**0.5


def loss(params: Tensor, slopes: Tensor) -> Tensor:
    """Sum of tanh(slopes w)^2 + cos(w): bounded curvature, many minima."""
    return (slopes @ params.unsqueeze(-1)).tanh().square().sum() + params.cos().sum()


def train(rule, start: Tensor, slopes: Tensor) -> Tensor:
    params, state = start, rule.init(start)
    for step in range(1, STEPS + 1):
        leaf = params.detach().requires_grad_()
        (grad,) = torch.autograd.grad(loss(leaf, slopes), leaf)
        change, state = rule.update(grad, state, params, step)
        params = params + change
    return params


def torch_train(spec, start: Tensor, slopes: Tensor) -> Tensor:
    torch.set_default_dtype(torch.float64)  # NAdam keeps its product of momenta in it
    try:
        return _torch_train(spec, start, slopes)
    finally:
        torch.set_default_dtype(torch.float32)


def _torch_train(spec, start: Tensor, slopes: Tensor) -> Tensor:
    params = start.clone().requires_grad_()
    rule = torch_rule(spec, params)
    for _ in range(STEPS):
        rule.zero_grad()
        loss(params, slopes).backward()
        rule.step()
    return params.detach()


def torch_rule(spec, param: Tensor) -> torch.optim.Optimizer:
    fields = spec.model_dump(exclude={"kind"})
    if "beta1" in fields:
        fields["betas"] = (fields.pop("beta1"), fields.pop("beta2"))
    return getattr(torch.optim, type(spec).__name__)([param], foreach=False, **fields)

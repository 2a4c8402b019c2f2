"""L-BFGS against `torch.optim.LBFGS`: members that stop at different times are as many separate torch runs."""

import pytest
import torch
from common.explicit import Explicit
from pydantic import ValidationError

from gradx.optim import LBFGS
from gradx.spec import Experiment
from gradx.tensors.members import stack

SIZE, STEPS = 6, 3


def curved(members: int, batch: int = 0):
    """Sum of cosh-like wells along skew directions, plus a bowl: smooth, convex, badly scaled; shifted by the batch."""
    generator = torch.Generator().manual_seed(0)
    slopes = torch.randn(members, 9, SIZE, dtype=torch.float64, generator=generator)
    slopes = slopes * torch.logspace(-1, 0.5, SIZE, dtype=torch.float64)
    shift = 0.1 * batch

    def outputs(params):
        at = (slopes[: len(params)] @ params.unsqueeze(2)) - shift
        return (1 + at**2).sqrt() + 0.1 * at**2

    return outputs


def start(members: int):
    return torch.randn(members, SIZE, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def train(rule, params, function=curved, steps=STEPS, batches=False):
    state, used = rule.init(params), []
    for step in range(1, steps + 1):
        problem = Explicit(params, function(3, step if batches else 0))
        grad = problem.gradient(params)[1]
        change, state = rule.advance(grad, state, params, step, problem)
        params = params + change
        used.append(problem.evaluations)
    return params, used


def torch_train(spec, params, member, steps=STEPS, batches=False):
    leaf = params[member : member + 1].clone().requires_grad_()
    fields = spec.model_dump(exclude={"kind", "weight_decay", "line_search"})
    fields["line_search_fn"] = None if spec.line_search == "none" else spec.line_search
    rule = torch.optim.LBFGS([leaf], **fields)
    for step in range(1, steps + 1):
        outputs = curved(3, step if batches else 0)

        def closure(outputs=outputs):
            rule.zero_grad()
            padded = torch.cat([leaf.detach()] * member + [leaf])
            loss = outputs(padded)[member].mean() + spec.weight_decay * leaf.square().sum() / 2
            loss.backward()
            return loss

        rule.step(closure)
    return leaf.detach()[0]


# Few steps, and none near a minimum: there the last bit decides (torch differs from torch nudged by a bit).
CASES = {
    "plain": [LBFGS(lr=lr, max_iter=8) for lr in (0.1, 0.5, 1.0)],
    "short": [LBFGS(lr=0.3, history_size=2, max_iter=7, weight_decay=d) for d in (0.0, 0.1, 1.0)],
    "loose": [LBFGS(lr=0.5, tolerance_grad=g, tolerance_change=c) for g, c in [(0.3, 1e-9), (0.1, 1e-9), (0.0, 1e-2)]],
    "wolfe": [LBFGS(lr=lr, max_iter=6, line_search="strong_wolfe") for lr in (0.1, 1.0, 100.0)],
    "wolfe-few": [LBFGS(lr=lr, line_search="strong_wolfe", max_iter=5, history_size=3) for lr in (0.01, 1.0, 30.0)],
}
cases = pytest.mark.parametrize("specs", CASES.values(), ids=CASES.keys())


@cases
@pytest.mark.parametrize("batches", [False, True], ids=["one batch", "many batches"])
def test_members_together_are_separate_torch_runs(specs, batches):
    params = start(3)
    final, _ = train(stack(specs), params, batches=batches)
    for member, spec in enumerate(specs):
        expected = torch_train(spec, params, member, batches=batches)
        assert (expected - params[member]).abs().max() > 1e-3, "the run must go somewhere"
        torch.testing.assert_close(final[member], expected, rtol=1e-9, atol=1e-10)


@cases
def test_members_together_are_each_alone(specs):
    params = start(3)
    final, _ = train(stack(specs), params)
    for member, spec in enumerate(specs):
        copies, _ = train(stack([spec] * 3), params)
        torch.testing.assert_close(final[member], copies[member], rtol=1e-12, atol=0)


def test_plain_numbers_are_as_exact_as_those_of_members():
    """The line search interpolates a loss that holds weight_decay |w|^2 / 2: not rounded to float32."""
    spec = LBFGS(lr=10.0, weight_decay=0.7, line_search="strong_wolfe", max_iter=4)
    (plain, _), (stacked, _) = (train(rule, start(1)) for rule in (spec, stack([spec])))
    torch.testing.assert_close(plain, stacked, rtol=1e-12, atol=0)


def test_one_that_has_arrived_stands_still_and_asks_no_more():
    arrived, _ = train(stack([LBFGS(line_search="strong_wolfe")] * 3), start(3), steps=10)
    params = start(3)
    params[1] = arrived[1]
    rule = stack([LBFGS(tolerance_grad=1e-4)] * 3)
    final, used = train(rule, params, steps=1)
    assert torch.equal(final[1], params[1])
    assert (final != params)[[0, 2]].all()
    assert used[0] > 10
    _, used = train(rule, arrived, steps=1)
    assert used == [2]  # the gradient that every step begins with, and its loss


def test_a_step_not_taken_is_not_remembered():
    """torch.optim.LBFGS counts the direction from which it turned away as a step, on the next batch."""
    rule, params = LBFGS(tolerance_change=1e3), start(1)  # every slope is above -1e3: no step is taken
    problem = Explicit(params, curved(1))
    change, state = rule.advance(problem.gradient(params)[1], rule.init(params), params, 1, problem)
    assert not change.any()
    other = Explicit(params, curved(1, batch=5))
    _, state = rule.advance(other.gradient(params)[1], state, params, 2, other)
    assert not state["steps"].any()


def test_rosenbrock_is_solved():
    def valley(members, batch):
        return lambda w: ((1 - w[:, :1]) ** 2 + 100 * (w[:, 1:] - w[:, :1] ** 2) ** 2).unsqueeze(2)

    params = torch.tensor([[-1.2, 1.0], [3.0, -2.0]], dtype=torch.float64)
    final, _ = train(stack([LBFGS(line_search="strong_wolfe", tolerance_change=0.0)] * 2), params, valley, steps=5)
    torch.testing.assert_close(final, torch.ones_like(final), rtol=0, atol=1e-6)


@pytest.mark.parametrize("search", ["none", "strong_wolfe"])
@pytest.mark.parametrize("lost", [torch.nan, torch.inf])
def test_divergence_shows_ends_and_leaves_the_others_alone(search, lost):
    params = start(3)
    params[1, 0] = lost
    rule = stack([LBFGS(lr=0.5, line_search=search)] * 3)
    final, used = train(rule, params)
    assert not final[1].isfinite().all()
    assert max(used) < 1000
    whole, _ = train(rule, start(3))
    torch.testing.assert_close(final[[0, 2]], whole[[0, 2]], rtol=1e-12, atol=0)


@pytest.mark.parametrize("search", ["none", "strong_wolfe"])
def test_steep_cliffs_end(search):
    """exp of a steep line overflows at any large step: values of inf along the line."""

    def cliff(members, batch):
        return lambda w: ((50 * w).exp() + (-w).exp()).sum(1).reshape(-1, 1, 1)

    final, used = train(stack([LBFGS(lr=1e3, line_search=search)] * 2), torch.full((2, 3), 1.0), cliff, steps=3)
    assert max(used) < 1000
    assert final.dtype == torch.float32


def test_float32_and_the_size_of_the_state():
    """Without a stop at small changes it ends where max |gradient| = max |2 w / 50| is at most tolerance_grad."""
    rule = stack([LBFGS(history_size=4, tolerance_grad=1e-7, tolerance_change=0)] * 2)
    params = torch.randn(2, 50, generator=torch.Generator().manual_seed(2))
    state = rule.init(params)
    assert sum(t.numel() for t in state.values()) == 2 * ((2 * 4 + 2) * 50 + 4 + 2)
    problem = Explicit(params, lambda w: (w**2).unsqueeze(2))
    grad = problem.gradient(params)[1]
    before = params.clone(), grad.clone()
    change, new = rule.advance(grad, state, params, 1, problem)
    assert torch.equal(params, before[0])
    assert torch.equal(grad, before[1])
    assert change.dtype == torch.float32
    assert {name: (t.dtype, t.shape) for name, t in new.items()} == {n: (t.dtype, t.shape) for n, t in state.items()}
    torch.testing.assert_close(params + change, torch.zeros(2, 50), rtol=0, atol=50 / 2 * 1e-7)


def test_clipping_is_refused():
    with pytest.raises(ValidationError, match="lbfgs needs the gradient as it is"):
        Experiment(architecture="mlp", task="digits", optimizer="lbfgs", clipping={"kind": "norm", "max_norm": 1.0})

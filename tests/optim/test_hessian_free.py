"""Conjugate gradients against a dense solve, and Hessian-free steps against the formulas, computed densely."""

import pytest
import torch
from common.explicit import Explicit
from pydantic import ValidationError

from gradx.optim import HessianFree
from gradx.optim.conjugate import conjugate_gradients
from gradx.spec import Experiment
from gradx.tensors.members import stack

SIZE, EXAMPLES = 5, 12


def random(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def positive(members=3):
    a = random(members, 8, SIZE)
    return a.mT @ a


def linear(members=3):
    """A linear network with squared error: (x, y, outputs, loss)."""
    x, y = random(members, EXAMPLES, SIZE), random(members, EXAMPLES, 1, seed=1)
    return x, y, lambda w: x @ w.unsqueeze(2), lambda output: (output - y).square().squeeze(2)


def curved(members=3):
    """A network of one sine whose loss is a logistic one: a quadratic model is soon wrong."""
    x, y = random(members, EXAMPLES, SIZE), random(members, EXAMPLES, 1, seed=1).sign()
    return lambda w: 8 * (3 * x @ w.unsqueeze(2)).sin(), lambda o: torch.nn.functional.softplus(-o * y).squeeze(2)


def step(rule, params, problem, state=None, number=1):
    return rule.advance(problem.gradient(params)[1], state or rule.init(params), params, number, problem)


def test_conjugate_gradients_solve():
    a, b = positive(), random(3, SIZE, seed=2)
    x, value = conjugate_gradients(lambda v: (a @ v.unsqueeze(2)).squeeze(2), b, torch.zeros_like(b), 50, 0.0)
    expected = torch.linalg.solve(a, b)
    torch.testing.assert_close(x, expected, rtol=1e-8, atol=0)
    torch.testing.assert_close(value[:, 0], -(expected * b).sum(1) / 2, rtol=1e-10, atol=0)


def test_conjugate_gradients_from_the_solution_stay():
    a, b = positive(), random(3, SIZE, seed=2)
    solution = torch.linalg.solve(a, b)
    x, _ = conjugate_gradients(lambda v: (a @ v.unsqueeze(2)).squeeze(2), b, solution, 50, 0.0)
    torch.testing.assert_close(x, solution, rtol=1e-8, atol=0)


def test_each_iteration_is_that_of_the_textbook():
    """The slow twin, one member at a time, stopped after three products; member 2's start is worse than zero."""
    a, b = positive(), random(3, SIZE, seed=2)
    start = torch.linalg.solve(a, b) * torch.tensor([[0.5], [1.5], [-1.0]]) + 0.01 * random(3, SIZE, seed=3)
    x, _ = conjugate_gradients(lambda v: (a @ v.unsqueeze(2)).squeeze(2), b, start, 3, 0.0)
    for member in range(3):
        here = torch.zeros_like(start[2]) if member == 2 else start[member]
        r = b[member] - a[member] @ here
        p = r
        for _ in range(3):
            alpha = (r @ r) / (p @ a[member] @ p)
            here, after = here + alpha * p, r - alpha * a[member] @ p
            p, r = after + (after @ after) / (r @ r) * p, after
        torch.testing.assert_close(x[member], here, rtol=1e-10, atol=0)


def test_slow_progress_stops_a_member_by_itself():
    """Eigenvalues over six decades: with a large tolerance member 1 stops after the eleventh iteration."""
    size = 200
    spectrum = torch.logspace(-6, 0, size, dtype=torch.float64)
    b, asked = random(2, size), []

    def product(v):
        asked.append(v)
        return v * spectrum

    tolerance = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    x, _ = conjugate_gradients(product, b, torch.zeros_like(b), 60, tolerance)
    assert len(asked) == 61
    early, _ = conjugate_gradients(lambda v: v * spectrum, b[1:], torch.zeros(1, size).double(), 11, 0.0)
    torch.testing.assert_close(x[1:], early, rtol=1e-12, atol=0)


def test_overflow_is_nan_and_no_solution_is_zero():
    b = torch.tensor([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]], dtype=torch.float64)
    gain = torch.tensor([[torch.inf], [2.0], [2.0]], dtype=torch.float64)
    x, _ = conjugate_gradients(lambda v: v * gain, b, torch.zeros_like(b), 20, 0.0)
    assert x[0].isnan().all()
    torch.testing.assert_close(x[1:], b[1:] / 2)


def test_one_step_solves_least_squares():
    x, y, outputs, loss = linear()
    params = random(3, SIZE, seed=4)
    change, _ = step(stack([HessianFree(damping=0.0, tolerance=0.0)] * 3), params, Explicit(params, outputs, loss))
    torch.testing.assert_close(params + change, torch.linalg.lstsq(x, y).solution.squeeze(2), rtol=1e-8, atol=0)


def test_weight_decay_is_part_of_the_loss():
    """Ridge regression: mean (x w - y)^2 + decay |w|^2 / 2, solved by its normal equations."""
    x, y, outputs, loss = linear()
    params, decays = random(3, SIZE, seed=4), (0.0, 0.1, 10.0)
    rule = stack([HessianFree(damping=0.0, tolerance=0.0, weight_decay=decay) for decay in decays])
    change, _ = step(rule, params, Explicit(params, outputs, loss))
    for member, decay in enumerate(decays):
        normal = 2 * x[member].T @ x[member] / EXAMPLES + decay * torch.eye(SIZE, dtype=torch.float64)
        expected = torch.linalg.solve(normal, 2 * x[member].T @ y[member] / EXAMPLES).squeeze(1)
        torch.testing.assert_close((params + change)[member], expected, rtol=1e-8, atol=0)


def test_steps_are_those_of_the_formulas():
    """Damped dense solve, rho, lambda's rule and the line search, one member at a time, over six steps."""
    outputs, loss = curved()
    rule = stack(
        [HessianFree(damping=d, tolerance=0.0, warm_start=0.0, lr=lr) for d, lr in [(1e-6, 1), (0.1, 1), (5, 0.5)]]
    )
    params, seen = random(3, SIZE, seed=4), set()
    state = rule.init(params)
    for number in range(1, 7):
        problem = Explicit(params, outputs, loss)
        grads, matrices, f = problem.gradient(params)[1], problem.matrix, problem.losses(params)
        change, new = step(rule, params, problem, state, number)
        for member in range(3):
            g, b, damping = grads[member], matrices[member], state["damping"][member]
            x = -torch.linalg.solve(b + damping * torch.eye(SIZE, dtype=torch.float64), g)

            def at(length, x=x, member=member, params=params, problem=problem):
                return problem.losses(params + length * x)[member]

            rho = (at(1) - f[member]) / (g @ x + x @ b @ x / 2)
            factor = 2 / 3 if rho > 0.75 else 1.5 if rho < 0.25 else 1.0
            length = next(0.8**k for k in range(60) if at(0.8**k) <= f[member] + 0.01 * 0.8**k * g @ x)
            seen.add((factor, length < 1))
            lr = 0.5 if member == 2 else 1
            torch.testing.assert_close(change[member], lr * length * x, rtol=1e-6, atol=1e-9)
            torch.testing.assert_close(new["damping"][member], damping * factor, rtol=1e-12, atol=0)
        params, state = params + change, new
    assert {factor for factor, _ in seen} >= {2 / 3, 1.5}
    assert any(shorter for _, shorter in seen), "the line search must have had to act"


def test_members_together_are_each_alone():
    outputs, loss = curved()
    fields = [(1e-6, 0.0, 0.0), (0.1, 5e-4, 0.95), (5.0, 1e-2, 0.5)]
    specs = [HessianFree(damping=d, tolerance=t, warm_start=w, weight_decay=d / 100) for d, t, w in fields]

    def run(specs):
        rule, params = stack(specs), random(3, SIZE, seed=4)
        state = rule.init(params)
        for number in range(1, 9):
            change, state = step(rule, params, Explicit(params, outputs, loss), state, number)
            params = params + change
        return params, state["damping"]

    together = run(specs)
    for member, spec in enumerate(specs):
        alone = run([spec] * 3)
        for one, other in zip(together, alone, strict=True):
            torch.testing.assert_close(one[member], other[member], rtol=1e-10, atol=0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_plain_numbers_are_as_exact_as_those_of_members(dtype):
    """No field is rounded to float32 on its way."""
    _, _, outputs, loss = linear(1)
    params = random(1, SIZE, seed=4).to(dtype)
    problem = Explicit(params, lambda w: outputs(w.double()).to(dtype), lambda o: loss(o.double()).to(dtype))
    one = HessianFree(damping=0.1, weight_decay=0.7, lr=0.3)
    (change, state), (same, alike) = (step(rule, params, problem) for rule in (one, stack([one])))
    torch.testing.assert_close(change, same, rtol=1e-14 if dtype == torch.float64 else 0, atol=0)
    assert one.init(params)["damping"].item() == stack([one]).init(params)["damping"].item() == 0.1
    torch.testing.assert_close(state["damping"], alike["damping"], rtol=1e-14, atol=0)


@pytest.mark.parametrize("lost", [torch.nan, torch.inf])
def test_divergence_shows_ends_and_leaves_the_others_alone(lost):
    _, _, outputs, loss = linear()
    params = random(3, SIZE, seed=4)
    rule = stack([HessianFree()] * 3)
    whole, _ = step(rule, params, Explicit(params, outputs, loss))
    broken = params.clone()
    broken[1, 0] = lost
    change, state = step(rule, broken, Explicit(broken, outputs, loss))
    assert not change[1].isfinite().any()
    torch.testing.assert_close(change[[0, 2]], whole[[0, 2]], rtol=1e-12, atol=0)
    assert (state["damping"][[0, 2]] > 0).all()


def test_where_nothing_helps_it_stays_and_damps_more():
    """A loss that only rises: the gradient says otherwise."""
    params = torch.zeros(1, 2, dtype=torch.float64)

    class Wrong(Explicit):
        def losses(self, params):
            return params.square().sum(1)

    problem = Wrong(params, lambda w: w.unsqueeze(2), lambda o: o.square().squeeze(2))
    change, state = HessianFree(damping=0.1).advance(
        torch.ones(1, 2, dtype=torch.float64), HessianFree(damping=0.1).init(params), params, 1, problem
    )
    assert torch.equal(change, torch.zeros_like(change))
    assert state["damping"].item() == pytest.approx(0.15)


def test_float32_and_what_is_kept():
    _, _, outputs, loss = linear()
    params = random(3, SIZE, seed=4).float()
    rule = stack([HessianFree()] * 3)
    state = rule.init(params)
    problem = Explicit(params, lambda w: outputs(w.double()).float(), lambda o: loss(o.double()).float())
    grad, before = problem.gradient(params)[1], params.clone()
    change, new = rule.advance(grad, state, params, 1, problem)
    assert change.dtype == torch.float32
    assert torch.equal(params, before)
    assert {name: (t.dtype, t.shape) for name, t in new.items()} == {n: (t.dtype, t.shape) for n, t in state.items()}
    assert (problem.losses(params + change) < problem.losses(params)).all()


def test_clipping_is_refused():
    with pytest.raises(ValidationError, match="hessian_free needs the gradient as it is"):
        Experiment(architecture="mlp", task="digits", optimizer="hessian_free", clipping="norm")

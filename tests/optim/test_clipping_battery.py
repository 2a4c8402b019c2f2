"""What holds for every clipping: members apart, what is within bounds untouched, divergence visible."""

import pytest
import torch
from common.problems import Given, layout, random
from pydantic import TypeAdapter, ValidationError

from gradx.families import parts
from gradx.optim import AnyClipping
from gradx.tensors.members import stack

KINDS = parts(AnyClipping)
LAYOUT = layout()
MEMBERS, EXAMPLES = 4, 5

# The members of a cohort: each with other values of what may vary, so that most of them clip and one does not.
COHORTS = {
    "none": [{}] * 4,
    "norm": [{"max_norm": n} for n in (0.1, 1.0, 5.0, 1e3)],
    "value": [{"clip_value": v} for v in (0.01, 0.1, 0.5, 1e3)],
    "parameter_norm": [{"max_norm": n} for n in (0.1, 1.0, 5.0, 1e3)],
    "layerwise_norm": [{"max_norm": n} for n in (0.1, 1.0, 5.0, 1e3)],
    "agc": [{"clipping": c, "eps": e} for c, e in ((0.01, 1e-3), (0.1, 0.5), (1.0, 1e-3), (1e3, 1e-3))],
    "autoclip": [{"clip_percentile": p} for p in (0.0, 10.0, 50.0, 100.0)],
    "zclip": [
        {"warmup_steps": 3, "z_thresh": z, "alpha": a, "max_grad_norm": n}
        for z, a, n in ((0.1, 0.5, 1.0), (0.5, 0.9, 100.0), (1.0, 0.97, 3.0), (1e3, 0.97, 1e3))
    ],
    "per_sample_norm": [{"max_norm": n} for n in (0.1, 1.0, 5.0, 1e3)],
}
kinds = pytest.mark.parametrize("kind", COHORTS)


def cohort(kind):
    return [KINDS[kind](**fields) for fields in COHORTS[kind]]


def batch(seed, size=1.0, dtype=torch.float64):
    """A gradient with the parameters and examples behind it."""
    examples = size * random(MEMBERS, EXAMPLES, LAYOUT.size, seed=seed, dtype=dtype)
    return Given(LAYOUT, examples.mean(1), random(MEMBERS, LAYOUT.size, seed=99, dtype=dtype), examples)


def bound(rule, problem, state):
    norm = problem.grad.double().norm(dim=1)
    return rule.bound(problem.grad, norm, state, problem)


def test_every_clipping_is_here():
    assert set(COHORTS) == set(KINDS)


@kinds
def test_members_together_are_each_alone(kind):
    specs = cohort(kind)
    rule = stack(specs)
    state, alone = rule.init(MEMBERS), [spec.init(1) for spec in specs]
    acted = torch.zeros(MEMBERS, dtype=torch.bool)
    for step in range(12):
        problem = batch(step, size=(1 + step % 5) ** 2)
        before, kept = problem.grad.clone(), {name: values.clone() for name, values in state.items()}
        found = bound(rule, problem, state)
        assert torch.equal(problem.grad, before)
        assert all(torch.equal(values, kept[name]) for name, values in state.items())
        assert (found.coefficient.shape, found.coefficient.dtype) == ((MEMBERS,), torch.float64)
        assert (found.acted.shape, found.acted.dtype) == ((MEMBERS,), torch.bool)
        assert found.gradient.dtype == torch.float64
        norm = problem.grad.norm(dim=1)
        torch.testing.assert_close(found.coefficient * norm, found.gradient.norm(dim=1), rtol=1e-12, atol=0)
        assert torch.equal(found.acted, (found.gradient != problem.grad).any(1))
        assert (found.coefficient[~found.acted] == 1).all()
        for member, spec in enumerate(specs):
            one = bound(spec, problem.only(member), alone[member])
            alone[member] = one.state
            torch.testing.assert_close(found.gradient[member], one.gradient[0], rtol=1e-12, atol=1e-15)
            torch.testing.assert_close(found.coefficient[member], one.coefficient[0], rtol=1e-12, atol=0)
            assert found.acted[member] == one.acted[0]
        acted |= found.acted
        state = found.state
    assert acted.any() == (kind != "none")
    assert not acted[3]


@kinds
def test_a_gradient_of_zeros_stays_as_it_is(kind):
    rule, zeros = stack(cohort(kind)), torch.zeros(MEMBERS, LAYOUT.size)
    problem = Given(LAYOUT, zeros, zeros, zeros.unsqueeze(1).expand(-1, EXAMPLES, -1))
    state = rule.init(MEMBERS)
    for _ in range(5):
        found = bound(rule, problem, state)
        assert torch.equal(found.gradient, zeros)
        assert found.coefficient.tolist() == [1.0] * MEMBERS
        assert not found.acted.any()
        state = found.state


@kinds
@pytest.mark.parametrize("bad", [torch.inf, -torch.inf, torch.nan])
def test_divergence_of_one_member_stays_visible_and_leaves_the_others_alone(kind, bad):
    specs = [cohort(kind)[0]] * MEMBERS
    rule, others = stack(specs), [0, 2, 3]
    state = rule.init(MEMBERS)
    for step in range(6):
        problem = batch(step, size=1 + step)
        sick = batch(step, size=1 + step)
        if step in (2, 5):
            sick.grad[1, 7] = bad
            sick.the_examples[1, 3, 7] = bad
        before = {name: values.clone() for name, values in state.items()}
        found, fine = bound(rule, sick, state), bound(rule, problem, state)
        assert torch.equal(found.gradient[others], fine.gradient[others])
        if step in (2, 5) and not (kind == "value" and bad != bad):
            assert kind == "value" or not found.gradient[1].isfinite().all()
            assert found.coefficient[1].isnan() or kind in ("none", "value")
        for name, values in found.state.items():
            torch.testing.assert_close(values[others], fine.state[name][others], rtol=0, atol=0)
            if step in (2, 5):
                assert values[1].isfinite().sum() == before[name][1].isfinite().sum()
        state = found.state


@kinds
@pytest.mark.parametrize("size", [1e-38, 1e-20, 1e18, 1e36])
def test_float32_far_from_one_is_clipped_as_in_float64(kind, size):
    """With bounds as far away: the slow twin scales in float64 and rounds once."""
    fields = {
        name: value * size
        for name, value in COHORTS[kind][0].items()
        if name in ("max_norm", "clip_value", "max_grad_norm", "clipping")
    }
    spec = KINDS[kind](**COHORTS[kind][0] | fields | ({"eps": 0.0} if kind == "zclip" else {}))
    state, exact = spec.init(MEMBERS), spec.init(MEMBERS)
    for step in range(5):
        problem, twin = (batch(step, size * (1 + step) / 10, dtype) for dtype in (torch.float32, torch.float64))
        found, expected = bound(spec, problem, state), bound(spec, twin, exact)
        assert found.gradient.dtype == torch.float32
        torch.testing.assert_close(found.gradient / size, (expected.gradient / size).float(), rtol=1e-5, atol=2e-7)
        torch.testing.assert_close(found.coefficient, expected.coefficient, rtol=1e-5, atol=0)
        state, exact = found.state, expected.state


@kinds
def test_the_union_knows_each_kind_by_its_name(kind):
    part = KINDS[kind]()
    assert TypeAdapter(AnyClipping).validate_python(kind) == part
    assert TypeAdapter(AnyClipping).validate_python(part.model_dump()) == part


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "norm", "max_norm": 0.0},
        {"kind": "value", "clip_value": -1.0},
        {"kind": "parameter_norm", "max_norm": 0.0},
        {"kind": "layerwise_norm", "max_norm": 0.0},
        {"kind": "agc", "clipping": 0.0},
        {"kind": "agc", "eps": -1e-3},
        {"kind": "autoclip", "clip_percentile": 101.0},
        {"kind": "zclip", "warmup_steps": 0},
        {"kind": "zclip", "alpha": 1.0},
        {"kind": "zclip", "max_grad_norm": 0.0},
        {"kind": "per_sample_norm", "max_norm": 0.0},
    ],
)
def test_impossible_bounds_are_refused(fields):
    with pytest.raises(ValidationError):
        TypeAdapter(AnyClipping).validate_python(fields)

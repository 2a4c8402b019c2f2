"""Schedules against `torch.optim.lr_scheduler`, over whole runs."""

import warnings
from math import cos, pi

import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from gradx.base.part import varying
from gradx.families import parts
from gradx.optim import SGD, AnySchedule, Constant, Cosine, Exponential, Step, Warmup
from gradx.tensors.members import stack

STEPS = 60
SCHEDULERS = torch.optim.lr_scheduler


def warmed(spec, rule):
    """torch's own of a `Warmup` of at least two steps."""
    rise, rest = spec.warmup_steps, STEPS - spec.warmup_steps
    first = SCHEDULERS.LinearLR(rule, start_factor=1 / rise, total_iters=rise - 1)
    fall = {
        "constant": lambda: SCHEDULERS.ConstantLR(rule, factor=1.0),
        "linear": lambda: SCHEDULERS.LinearLR(rule, 1.0, spec.final, total_iters=rest),
        "cosine": lambda: SCHEDULERS.CosineAnnealingLR(rule, rest, eta_min=spec.final),
    }[spec.then]()
    return SCHEDULERS.SequentialLR(rule, [first, fall], milestones=[rise])


CASES = {
    "constant": ([Constant()], lambda spec, rule: SCHEDULERS.ConstantLR(rule, factor=1.0)),
    "cosine": (
        [Cosine(final=final) for final in (0.0, 0.1, 1.0)],
        lambda spec, rule: SCHEDULERS.CosineAnnealingLR(rule, STEPS, eta_min=spec.final),
    ),
    "step": (
        [Step(step_size=size, gamma=gamma) for size, gamma in [(1, 0.9), (7, 0.1), (100, 0.5)]],
        lambda spec, rule: SCHEDULERS.StepLR(rule, spec.step_size, spec.gamma),
    ),
    "exponential": (
        [Exponential(gamma=gamma) for gamma in (0.5, 0.99, 1.0)],
        lambda spec, rule: SCHEDULERS.ExponentialLR(rule, spec.gamma),
    ),
    "warmup": ([Warmup(warmup_steps=rise) for rise in (2, 10, 59)], warmed),
    "warmup-linear": (
        [Warmup(warmup_steps=rise, then="linear", final=final) for rise, final in [(2, 0.0), (10, 0.1), (59, 0.5)]],
        warmed,
    ),
    "warmup-cosine": (
        [Warmup(warmup_steps=rise, then="cosine", final=final) for rise, final in [(2, 0.0), (10, 0.1), (59, 0.5)]],
        warmed,
    ),
}
cases = pytest.mark.parametrize(("specs", "scheduler"), CASES.values(), ids=CASES.keys())


def factors(schedule, members):
    found = [torch.as_tensor(schedule.factor(step, STEPS), dtype=torch.float64) for step in range(1, STEPS + 1)]
    return torch.cat([factor.expand(members, 1) for factor in found], dim=1)


@cases
def test_members_together_are_separate_torch_schedules(specs, scheduler):
    together = factors(stack(specs), len(specs))
    for member, spec in enumerate(specs):
        rule = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        expected = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's SequentialLR calls its own parts in a way it deprecates
            paced = scheduler(spec, rule)
            for _ in range(STEPS):
                expected.append(rule.param_groups[0]["lr"])
                rule.step()
                paced.step()
        torch.testing.assert_close(together[member].tolist(), expected, rtol=1e-12, atol=1e-15)
        torch.testing.assert_close(factors(spec, 1)[0], together[member], rtol=1e-15, atol=0)


@cases
def test_what_may_vary_does(specs, scheduler):
    assert {name for spec in specs for name in varying(spec)} == {
        name for name in type(specs[0]).model_fields if name not in ("kind", "then")
    }


def test_every_schedule_is_here():
    assert {type(specs[0]) for specs, _ in CASES.values()} == set(parts(AnySchedule).values())


@pytest.mark.parametrize("rise", [0, 1])
def test_warmup_of_no_step_or_one(rise):
    """Where torch's LinearLR would divide by zero; with no warm-up `cosine` is the schedule of that name."""
    schedule, rest = Warmup(warmup_steps=rise, then="cosine", final=0.2), STEPS - rise
    expected = [1.0] * rise + [0.2 + 0.8 * (1 + cos(pi * step / rest)) / 2 for step in range(rest)]
    assert factors(schedule, 1)[0].tolist() == pytest.approx(expected, rel=1e-14)
    if rise == 0:
        torch.testing.assert_close(factors(schedule, 1), factors(Cosine(final=0.2), 1), rtol=1e-14, atol=0)


def test_a_warmup_longer_than_the_run_only_rises():
    schedule = Warmup(warmup_steps=2 * STEPS, then="linear")
    expected = [step / (2 * STEPS) for step in range(1, STEPS + 1)]
    assert factors(schedule, 1)[0].tolist() == pytest.approx(expected, rel=1e-15)


@cases
def test_a_run_without_steps_is_measured_at_the_first_rate(specs, scheduler):
    for schedule in (stack(specs), *specs):
        without, one = (torch.as_tensor(schedule.factor(1, steps), dtype=torch.float64) for steps in (0, 1))
        assert torch.equal(without, one)


def test_a_paced_rule_has_its_members_own_rates():
    rule = stack([SGD(lr=0.1), SGD(lr=0.2)]).paced(stack([Step(step_size=1), Step(step_size=3)]).factor(3, STEPS))
    torch.testing.assert_close(rule.lr, torch.tensor([[0.001], [0.2]], dtype=torch.float64))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "step", "step_size": 0},
        {"kind": "step", "gamma": 0.0},
        {"kind": "exponential", "gamma": 1.1},
        {"kind": "warmup", "warmup_steps": -1},
        {"kind": "warmup", "warmup_steps": 0.1},
        {"kind": "warmup", "final": 0.1},
        {"kind": "cosine", "final": 2.0},
        {"kind": "sawtooth"},
    ],
)
def test_impossible_settings_are_refused(fields):
    with pytest.raises(ValidationError):
        TypeAdapter(AnySchedule).validate_python(fields)

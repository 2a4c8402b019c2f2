"""What holds for every optimizer in the engine: members together are each alone, one run is one run, float32 works."""

import pytest
import torch
from common.runs import assert_same, experiment, trained

from gradx.families import parts
from gradx.optim import AnyOptimizer

RULES = parts(AnyOptimizer)
MEMBERS, LOOKED_AT = 5, (0, 4)
# Fields that would otherwise be at their defaults; the number is a member's.
FIELDS = {
    "sgd": lambda i: {"lr": 0.1 * (i + 1), "momentum": 0.1 * i},
    "lbfgs": lambda i: {"max_iter": 3, "lr": 0.1 + 0.1 * i, "line_search": "strong_wolfe"},
    "hessian_free": lambda i: {"max_iter": 5, "damping": 0.1 + i, "tolerance": 1e-3 * i},
    "lion": lambda i: {"lr": 1e-3 * (i + 1)},
    "muon": lambda i: {"momentum": 0.1 * i, "adamw_lr": 1e-3 * (i + 1)},
}
PLACES = {"mlp": ("digits", {"depth": 3}), "lstm": ("adding", {"sequence_length": 6}), "cnn": ("digits", {"depth": 2})}


def member(kind, model, number, **fields):
    task, shape = PLACES[model]
    own = FIELDS.get(kind, lambda i: {"lr": 0.01 * (i + 1)})(number)
    rule = {"kind": kind, "weight_decay": 0.01 * number, **own}
    pace = {"kind": "warmup", "warmup_steps": number, "then": "cosine"}
    return experiment(model, task, optimizer=rule, schedule=pace, seed=number, **{"steps": 4} | shape | fields)


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("model", PLACES)
def test_members_together_are_each_alone(kind, model):
    members = [member(kind, model, number) for number in range(MEMBERS)]
    together = trained(members)
    for number in LOOKED_AT:
        ((alone, trace),) = trained([members[number]])
        assert_same(together[number][1], trace, rtol=1e-10)
        assert together[number][0].loss_final == pytest.approx(alone.loss_final, rel=1e-10)


@pytest.mark.parametrize("kind", RULES)
def test_one_seed_is_one_run_in_float32_and_it_learns(kind):
    good = {"activation": "relu", "init": "kaiming_normal", "width": 24, "batch_size": 64}
    one = member(kind, "mlp", 1, dtype="float32", steps=30, **good)
    first, second = (trained([one])[0] for _ in range(2))
    assert first[1].value.tobytes() == second[1].value.tobytes()
    assert first[0].loss_final < first[0].loss_first


@pytest.mark.parametrize("kind", RULES)
def test_a_diverged_member_leaves_the_others_alone(kind):
    """Weights of 1e200 times their size overflow: the member's loss is no number, and nothing else happens."""
    members = [member(kind, "mlp", number) for number in range(2)]
    huge = members[1].model_copy(update={"init": members[1].init.model_copy(update={"gain": 1e200})})
    whole, broken = trained(members), trained([members[0], huge])
    assert broken[1][0].diverged_at == 0
    assert broken[0][0].diverged_at is None
    assert_same(broken[0][1], whole[0][1], rtol=1e-10)


@pytest.mark.parametrize("kind", RULES)
def test_the_state_grows_with_the_parameters_and_little_else(kind):
    """What the memory estimate counts: numbers kept for each parameter."""
    rule = RULES[kind]()
    sizes = [sum(value.numel() for value in rule.init(torch.zeros(2, size)).values()) for size in (100, 200, 400)]
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])
    assert sizes[0] - (sizes[1] - sizes[0]) <= 2 * 20, "beside them a few numbers a member"

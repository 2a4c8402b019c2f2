"""Every clipping and regularization inside training: members together are each alone, and rules do what they say."""

import numpy as np
import pytest
import torch
from common.runs import CPU, assert_same, experiment, trained, values

from gradx.engine.cohort import Cohort
from gradx.engine.step import fresh, step
from gradx.families import parts
from gradx.optim import AnyClipping, AnyRegularization

# Each takes a member's number to fields that vary.
CLIPPING = {
    "none": lambda i: {},
    "norm": lambda i: {"max_norm": 0.02 * (i + 1)},
    "value": lambda i: {"clip_value": 0.01 * (i + 1)},
    "parameter_norm": lambda i: {"max_norm": 0.02 * (i + 1)},
    "layerwise_norm": lambda i: {"max_norm": 0.02 * (i + 1)},
    "agc": lambda i: {"clipping": 0.02 * (i + 1), "eps": 0.01 * i},
    "autoclip": lambda i: {"clip_percentile": 10.0 * i},
    "zclip": lambda i: {
        "warmup_steps": 2,
        "z_thresh": 0.1 * (i + 1),
        "alpha": 0.9 + 0.02 * i,
        "max_grad_norm": 0.05 * (i + 1),
    },
    "per_sample_norm": lambda i: {"max_norm": 0.02 * (i + 1)},
}
REGULARIZATION = {
    "none": lambda i: {},
    "l1": lambda i: {"weight": 0.01 * i},
    "l2": lambda i: {"weight": 0.1 * i},
    "weight_decay": lambda i: {"weight": 0.1 * i},
    "max_norm": lambda i: {"max_norm": 0.1 * (i + 1)},
    "omega": lambda i: {"weight": 0.1 * i},
}
FAMILIES = {"clipping": CLIPPING, "regularization": REGULARIZATION}
PAIRS = [(family, kind) for family, rules in FAMILIES.items() for kind in rules if kind != "none"]
MEMBERS, LOOKED_AT = 4, 2
NETWORKS = {"rnn": ("rnn", "adding", {"sequence_length": 6}), "cnn": ("cnn", "digits", {})}


def members(network, family, kind, number, **fields):
    model, task, rest = NETWORKS[network]
    chosen = {family: {"kind": kind, **FAMILIES[family][kind](number)}}
    small = {"width": 4, "batch_size": 5, "steps": 6, "depth": 2, "optimizer": {"kind": "sgd", "lr": 0.1}}
    return experiment(model, task, seed=number, **small | rest | chosen | fields)


def test_every_rule_is_here():
    assert set(CLIPPING) == set(parts(AnyClipping))
    assert set(REGULARIZATION) == set(parts(AnyRegularization))


@pytest.mark.parametrize(
    ("network", "family", "kind"),
    [(network, *pair) for network in NETWORKS for pair in PAIRS if (network, pair[1]) != ("cnn", "omega")],
)
def test_members_together_are_each_alone(network, family, kind):
    all_of_them = [members(network, family, kind, number) for number in range(MEMBERS)]
    together = trained(all_of_them)
    ((alone, trace),) = trained([all_of_them[LOOKED_AT]])
    assert_same(together[LOOKED_AT][1], trace, rtol=1e-10)
    assert together[LOOKED_AT][0].loss_final == pytest.approx(alone.loss_final, rel=1e-10)


@pytest.mark.parametrize(("family", "kind"), PAIRS)
def test_every_rule_makes_a_difference(family, kind):
    found, plain = (trained([members("rnn", family, each, 1, steps=8)])[0][0].loss_final for each in (kind, "none"))
    assert abs(found / plain - 1) > 1e-6


@pytest.mark.parametrize("kind", [kind for kind in CLIPPING if kind != "none"])
def test_what_the_optimizer_gets_is_what_the_rule_says(kind):
    ((_, trace),) = trained([members("rnn", "clipping", kind, 1, steps=8)])
    coefficient = np.concatenate([values(trace, "clip_coefficient", number) for number in range(8)])
    before, after = (
        np.concatenate([values(trace, name, number) for number in range(8)])
        for name in ("grad_norm", "grad_norm.clipped")
    )
    np.testing.assert_allclose(coefficient, after / before, rtol=1e-12)
    assert (coefficient != 1).any()


def test_weight_decay_shrinks_by_the_learning_rate_of_the_schedule():
    """With gradients clipped to almost nothing, what is left of a parameter is the product of 1 - lr_t * weight."""
    one = members(
        "rnn",
        "regularization",
        "weight_decay",
        3,
        clipping={"kind": "norm", "max_norm": 1e-30},
        schedule="cosine",
        steps=4,
    )
    cohort = Cohort([one], CPU)
    memory, batches, before = fresh(cohort), cohort.batches(), cohort.params.clone()
    for number in range(1, 5):
        memory = step(cohort, memory, next(batches), number).memory
    rates = [0.1 * one.schedule.factor(number, 4) for number in range(1, 5)]
    torch.testing.assert_close(cohort.params, before * np.prod([1 - 0.3 * rate for rate in rates]), rtol=1e-12, atol=0)


def test_max_norm_holds_at_every_step():
    cohort = Cohort([members("cnn", "regularization", "max_norm", number) for number in range(3)], CPU)
    memory, batches = fresh(cohort), cohort.batches()
    for number in range(1, 4):
        memory = step(cohort, memory, next(batches), number).memory
        for name, weight in cohort.weights.items():
            if name.endswith("weight"):
                units = weight.flatten(2).norm(dim=2) if weight.ndim == 5 else weight.norm(dim=1)
                assert (units.amax(1) <= torch.tensor([0.1, 0.2, 0.3]) * (1 + 1e-12)).all()

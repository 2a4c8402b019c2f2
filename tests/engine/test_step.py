"""One step: what the schedule does to it, what clipping did in it, what is drawn and kept beside the weights."""

from itertools import islice
from typing import Literal

import numpy as np
import pytest
import torch
from common.runs import CPU, assert_same, experiment, trained, values
from torch.nn import functional

from gradx.engine.cohort import Cohort
from gradx.engine.drawing import Draws
from gradx.engine.step import fresh, step
from gradx.engine.train import evaluate
from gradx.optim import Schedule

DROPPED = {"activation": "tanh", "depth": 2, "dropout": 0.5}


class Given(Schedule):
    """Any factors (step, member)."""

    kind: Literal["given"] = "given"
    factors: list[list[float]]

    def factor(self, step, steps):
        return torch.tensor(self.factors[step - 1], dtype=torch.float64).unsqueeze(1)


def changes(cohort, steps):
    """What each step did to the parameters."""
    memory, found = fresh(cohort), []
    for number, batch in enumerate(islice(cohort.batches(), steps), 1):
        before = cohort.params.clone()
        memory = step(cohort, memory, batch, number).memory
        found.append(cohort.params - before)
    return found


def test_a_schedule_paces_each_member_on_its_own():
    members = [experiment(seed=seed, optimizer={"kind": "sgd", "lr": 1e-9}) for seed in range(2)]
    plain, paced = Cohort(members, CPU), Cohort(members, CPU)
    factors = [[1.0, 0.5], [0.25, 0.0]]
    paced.schedule = Given(factors=factors)
    for one, other, factor in zip(changes(plain, 2), changes(paced, 2), factors, strict=True):
        expected = one * torch.tensor(factor, dtype=torch.float64).unsqueeze(1)
        assert torch.allclose(other, expected, rtol=1e-4, atol=1e-16)  # changes of 1e-10 of parameters around 1


def test_a_schedule_of_the_spec_reaches_the_change():
    fields = {"steps": 4, "optimizer": {"kind": "sgd", "lr": 1e-9}}
    traces = [trained([experiment(**fields, schedule=kind)])[0][1] for kind in ("constant", "cosine")]
    for number, factor in enumerate([1, 0.5 + 0.5**1.5, 0.5, 0.5 - 0.5**1.5]):
        one, other = (values(trace, "update_ratio", number) for trace in traces)
        assert other == pytest.approx(factor * one, rel=1e-6)


@pytest.mark.parametrize("clipping", [{"kind": "norm", "max_norm": 1.5}, {"kind": "value", "clip_value": 0.4}])
def test_clipping_is_counted_at_every_step_whatever_is_sampled(clipping):
    fields = {"clipping": clipping, "optimizer": {"kind": "sgd", "lr": 0.5}, "steps": 12}
    many = [experiment(**fields, seed=seed) for seed in range(3)]
    often = trained(many)
    rare = trained([one.model_copy(update={"measure": one.measure.model_copy(update={"every": 100})}) for one in many])
    for (member, trace), (other, _) in zip(often, rare, strict=True):
        expected = sum(values(trace, "clip_coefficient", number)[0] < 1 for number in range(12))
        assert member.clipped_steps == other.clipped_steps == expected
    assert len({member.clipped_steps for member, _ in often} - {0, 12}) > 0


def test_clipping_after_the_end_of_a_member_does_not_count():
    fields = {"clipping": {"kind": "value", "clip_value": 1e-3}, "steps": 9, "measure": {"every": 100}}
    rates = [0.01, 1e306]
    many = [experiment(**fields, seed=1, optimizer={"kind": "sgd", "lr": rate, "momentum": 0.9}) for rate in rates]
    calm, wild = (member for member, _ in trained(many))
    assert (calm.clipped_steps, calm.steps_done, calm.diverged_at) == (9, 9, None)
    assert wild.clipped_steps <= wild.steps_done < 9


def test_draws_are_those_of_each_member_and_step_alone():
    shape = (3, 4)
    together = Draws([1, 2], 5, CPU)
    first, second = together(shape), together(shape)
    assert (first.shape, first.dtype) == ((2, 3, 4), torch.float32)
    assert torch.equal(Draws([2], 5, CPU)(shape)[0], first[1])
    again = Draws([1, 2], 5, CPU)
    assert torch.equal(again(shape), first)
    assert torch.equal(again(shape), second)
    others = [first[0], first[1], second[0], Draws([1], 6, CPU)(shape)[0]]
    assert len({other.numpy().tobytes() for other in others}) == 4
    split = Draws([1, 2], 5, CPU, examples=3)((1, 4))
    assert torch.equal(split.view(2, 3, 4), first)
    assert 0 <= float(first.min()) < float(first.max()) < 1


def test_members_with_their_own_dropout_are_each_alone():
    many = [experiment(**DROPPED | {"dropout": 0.2 * number}, seed=number, steps=4) for number in range(4)]
    for one, (_, trace) in zip(many, trained(many), strict=True):
        assert_same(trace, trained([one])[0][1], rtol=1e-10)


def test_nothing_is_dropped_in_evaluation():
    cohorts = [Cohort([experiment(**DROPPED | {"dropout": rate})], CPU) for rate in (0.0, 0.5)]
    plain, dropped = (evaluate(cohort) for cohort in cohorts)
    assert plain[0] == pytest.approx(dropped[0], rel=1e-12)
    x, y = next(cohorts[0].batches())
    losses = [step(cohort, fresh(cohort), (x, y), 1, update=False).losses for cohort in cohorts]
    assert abs(float(losses[0] - losses[1])) > 1e-3


def test_running_statistics_are_those_of_each_member_and_used_in_evaluation():
    many = [experiment(activation="tanh", normalization="batch", width=4, seed=seed, steps=0) for seed in range(2)]
    cohort = Cohort(many, CPU)
    assert {name: each.shape for name, each in cohort.buffers.items()} == {
        "layers.1.norm.running_mean": (2, 4),
        "layers.1.norm.running_var": (2, 4),
    }
    batches = list(islice(cohort.batches(), 3))
    memory = fresh(cohort)
    for number, batch in enumerate(batches, 1):
        memory = step(cohort, memory, batch, number).memory
    losses = evaluate(cohort)[0]
    for member, one in enumerate(many):
        alone = Cohort([one], CPU)
        memory = fresh(alone)
        for number, (x, y) in enumerate(batches, 1):
            memory = step(alone, memory, (x[member : member + 1], y[member : member + 1]), number).memory
        for name, each in alone.buffers.items():
            assert torch.allclose(cohort.buffers[name][member], each[0], rtol=1e-10)
        w = {name: weight[0].detach() for name, weight in alone.weights.items()}
        kept = {name.rpartition(".")[2]: each[0] for name, each in alone.buffers.items()}
        x, y = alone.source.test()
        z = x.double().flatten(1) @ w["layers.1.weight"]  # no bias before batch norm
        z = functional.batch_norm(
            z, kept["running_mean"], kept["running_var"], w["layers.1.norm.weight"], w["layers.1.norm.bias"]
        )
        output = torch.tanh(z) @ w["readout.weight"] + w["readout.bias"]
        assert losses[member] == pytest.approx(float(functional.cross_entropy(output, y[:, 0])), rel=1e-10)
    assert not np.allclose(cohort.buffers["layers.1.norm.running_mean"][0], 0)


@pytest.mark.parametrize("normalization", ["batch", "spectral"])
def test_without_an_update_nothing_is_changed(normalization):
    cohort = Cohort([experiment("mlp", "digits", depth=2, width=4, normalization=normalization)], CPU)
    before = {name: values.clone() for name, values in cohort.buffers.items()} | {"params": cohort.params.clone()}
    batch = next(cohort.batches())
    step(cohort, fresh(cohort), batch, 1, update=False)
    after = cohort.buffers | {"params": cohort.params}
    assert all(torch.equal(after[name], values) for name, values in before.items())
    step(cohort, fresh(cohort), batch, 1)
    assert not any(torch.equal(after[name], values) for name, values in before.items())

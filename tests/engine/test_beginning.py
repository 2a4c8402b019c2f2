"""Initial values: who has a say, in which order, and what an init may see of the data."""

from typing import Literal

import pytest
import torch
from common.runs import CPU, experiment

from gradx.base.seeds import stream
from gradx.engine.beginning import initial
from gradx.engine.cohort import Cohort, dims, open_source
from gradx.inits import Init
from gradx.inits.normal import Normal
from gradx.models.mlp import MLP

MLP_FIELDS = {"activation": "tanh", "depth": 3, "width": 5}
RNN_FIELDS = {"architecture": "rnn", "task": "adding", "sequence_length": 4, "width": 5}


class Looking(Normal):
    """Doubles every weight, and keeps what the probe says before and after."""

    kind: Literal["looking"] = "looking"
    seen: list

    def at(self, activation):
        self.seen.append(activation)
        return self

    def adapt(self, values, slots, probe):
        self.seen.append(probe(values))
        for slot in slots:
            values[slot.name] *= 2
        self.seen.append(probe(values))


class Own(MLP):
    """Brings its own values."""

    kind: Literal["own"] = "own"

    def initial(self, dims, seeds):
        return {slot.name: torch.full((len(seeds), *slot.shape), 0.25) for slot in self.slots(dims)}


def begun(fields, init: Init, members=2, model=None):
    many = [experiment(**fields, seed=seed) for seed in range(members)]
    source = open_source(many[0])
    built = dims(many[0], source)
    return *initial(model or many[0].architecture, built, init, source, many), many, source


@pytest.mark.parametrize("fields", [MLP_FIELDS, RNN_FIELDS], ids=["mlp", "rnn"])
def test_the_probe_sees_one_batch_of_each_members_own_stream(fields):
    init = Looking(std=0.3, seen=[])
    values, _, many, source = begun(fields, init)
    activation, before, after = init.seen
    assert activation == many[0].activation
    for member, one in enumerate(many):
        generator = torch.Generator().manual_seed(stream(one.seed, "init-data"))
        x = next(source.batches(generator, one.batch_size))[0][0].double()
        w = {name: each[member] / 2 for name, each in values.items()}
        found = []
        if "depth" in fields:
            h = x.flatten(1)
            for layer in (1, 2, 3):
                z = h @ w[f"layers.{layer}.weight"] + w[f"layers.{layer}.bias"]
                found, h = [*found, float(z.std(correction=0))], torch.tanh(z)
        else:
            found = [float((x @ w["rnn.1.weight_ih"]).std(correction=0))]
        assert [float(before[layer][member]) for layer in sorted(before)] == pytest.approx(found, rel=1e-10)
    assert float(after[1][0]) == pytest.approx(2 * float(before[1][0]), rel=1e-10)


def test_nothing_is_dropped_and_no_buffer_changed_for_the_probe():
    init = Looking(std=0.3, seen=[])
    values, buffers, *_ = begun(MLP_FIELDS | {"dropout": 0.5, "normalization": "batch"}, init)
    plain = Looking(std=0.3, seen=[])
    begun(MLP_FIELDS | {"normalization": "batch"}, plain)
    assert all(torch.equal(init.seen[1][layer], plain.seen[1][layer]) for layer in (1, 2, 3))
    assert {float(each.min()) for each in buffers.values()} == {0, 1}
    assert all(each.dtype == torch.float64 for each in (*values.values(), *buffers.values()))


def test_an_architecture_may_bring_its_own_values():
    values, _, *_ = begun(MLP_FIELDS, Normal(std=1.0), model=Own())
    assert all(bool((each == 0.25).all()) and each.dtype == torch.float64 for each in values.values())


def test_fixed_initial_values_are_honoured():
    cohort = Cohort([experiment(**MLP_FIELDS, normalization="rms", init={"kind": "normal", "gain": 3.0})], CPU)
    gains = [slot for slot in cohort.layout.slots if slot.role == "gain"]
    assert len(gains) == 3
    assert all(bool((cohort.weights[slot.name] == 1).all()) for slot in gains)

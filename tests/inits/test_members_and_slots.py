"""Who draws what: each member and slot on its own, gates apart, recurrent weights and biases by their own rule."""

from typing import get_args

import pytest
import torch
from pydantic import TypeAdapter

from gradx.inits import AnyInit, initialize
from gradx.models.base import Dims
from gradx.models.lstm import LSTM
from gradx.tensors.members import stack
from gradx.tensors.shapes import Sequence

KINDS = sorted(part.model_fields["kind"].default for part in get_args(get_args(AnyInit)[0]))
SLOTS = LSTM().slots(Dims(Sequence(3, 5), 4, 1, 2, 8, None))
WEIGHTS = [slot for slot in SLOTS if slot.role != "bias"]
SEEDS = [3, 5, 7]


def build(spec):
    return TypeAdapter(AnyInit).validate_python(spec)


@pytest.mark.parametrize("kind", KINDS)
def test_a_draw_depends_on_neither_companions_nor_other_slots(kind):
    init = build({"kind": kind, "bias_std": 0.1})
    together = initialize(init, SLOTS, SEEDS)
    for slot in SLOTS:
        for member, seed in enumerate(SEEDS):
            assert torch.equal(together[slot.name][member], initialize(init, [slot], [seed])[slot.name][0])


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"constant", "identity"}))
def test_seeds_and_slots_differ(kind):
    drawn = initialize(build(kind), WEIGHTS, SEEDS)
    first, second = drawn["lstm.1.weight_hh"], drawn["lstm.2.weight_hh"]
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], second[0])


@pytest.mark.parametrize("kind", KINDS)
def test_gain_is_one_number_for_each_member(kind):
    gains = [0.5, 1.0, -2.0]
    stacked = initialize(stack([build({"kind": kind, "gain": gain}) for gain in gains]), WEIGHTS, SEEDS)
    plain = initialize(build(kind), WEIGHTS, SEEDS)
    for name, values in stacked.items():
        for member, gain in enumerate(gains):
            assert torch.equal(values[member], gain * plain[name][member])


@pytest.mark.parametrize(
    "specs",
    [
        [{"kind": "normal", "std": std} for std in (0.1, 0.2, 0.3)],
        [{"kind": "uniform", "a": -a, "b": 2 * a} for a in (0.1, 0.2, 0.3)],
        [{"kind": "constant", "val": val} for val in (0.1, 0.2, 0.3)],
        [{"kind": "orthogonal", "bias_std": std} for std in (0.1, 0.0, 0.3)],
        [{"kind": "torch_default", "bias_std": std, "gain": 2.0} for std in (0.1, 0.0, 0.3)],
        [{"kind": "normal", "recurrent": {"kind": "orthogonal", "gain": gain}} for gain in (0.1, 0.2, 0.3)],
        [{"kind": "chrono", "t_max": t_max, "bias_std": 0.1} for t_max in (2.0, 10.0, 300.0)],
        [{"kind": "sparse", "k": 3, "std": std} for std in (0.1, 0.2, 0.3)],
    ],
    ids=str,
)
def test_stacked_members_are_each_alone(specs):
    stacked = initialize(stack([build(spec) for spec in specs]), SLOTS, SEEDS)
    for member, (spec, seed) in enumerate(zip(specs, SEEDS, strict=True)):
        for name, values in initialize(build(spec), SLOTS, [seed]).items():
            assert torch.equal(stacked[name][member], values[0])


def test_gates_are_drawn_apart():
    weight = initialize(build("orthogonal"), SLOTS, [1])["lstm.1.weight_hh"][0]
    gates = weight.chunk(4, 1)
    for gate in gates:
        torch.testing.assert_close(gate @ gate.mT, torch.eye(8, dtype=torch.float64), rtol=0, atol=1e-13)
    assert all(not torch.equal(gates[0], gate) for gate in gates[1:])
    assert torch.equal(
        initialize(build("identity"), SLOTS, [1])["lstm.1.weight_hh"][0], torch.eye(8).double().repeat(1, 4)
    )


def test_recurrent_weights_alone_follow_recurrent():
    init = build({"kind": "constant", "val": 2.0, "gain": 3.0, "recurrent": {"kind": "identity", "gain": 0.5}})
    for slot in SLOTS:
        values = initialize(init, [slot], [1])[slot.name][0]
        expected = {"weight": torch.full(slot.shape, 6.0), "bias": torch.zeros(slot.shape)}
        expected["recurrent"] = 0.5 * torch.eye(8).repeat(1, 4)
        assert torch.equal(values, expected[slot.role].double())


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"chrono", "torch_default"}))
def test_biases_are_zero_or_normal_and_gain_leaves_them(kind):
    slot = next(slot for slot in SLOTS if slot.role == "bias")
    assert not initialize(build(kind), [slot], SEEDS)[slot.name].any()
    init = build({"kind": kind, "gain": 5.0, "bias_std": 0.3})
    drawn = initialize(init, [slot], range(400))[slot.name]
    assert float(drawn.std()) == pytest.approx(0.3, rel=5 * (2 * drawn.numel()) ** -0.5)
    assert abs(float(drawn.mean())) < 5 * 0.3 * drawn.numel() ** -0.5


def test_bias_std_comes_on_top_of_torchs_own_biases():
    slot = next(slot for slot in SLOTS if slot.role == "bias")
    plain = initialize(build({"kind": "torch_default", "gain": 2.0}), [slot], range(400))[slot.name]
    both = initialize(build({"kind": "torch_default", "gain": 2.0, "bias_std": 0.3}), [slot], range(400))[slot.name]
    assert plain.abs().max() <= 2 * slot.bound
    assert plain.abs().max() > 1.99 * slot.bound
    assert float((both - plain).std()) == pytest.approx(0.3, rel=5 * (2 * plain.numel()) ** -0.5)

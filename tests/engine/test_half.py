"""Half precision and loss scaling: a torch loop by hand, what underflows, and that a scale is no part of a result."""

from itertools import islice
from math import erf, sqrt

import numpy as np
import pytest
import torch
from common.runs import CPU, assert_same, experiment, trained, values
from torch.nn import functional

from gradx.engine.cohort import Cohort
from gradx.engine.step import fresh, step
from gradx.tensors.norms import extremes
from gradx.tensors.taps import Series, Tapped

HALVES = {"bfloat16": torch.bfloat16, "float16": torch.float16}
MLP = {"activation": "tanh", "depth": 2, "width": 5}
RNN = {"architecture": "rnn", "task": "adding", "sequence_length": 4, "width": 5}
DEEP = {"activation": "sigmoid", "depth": 30, "width": 16, "steps": 0}
STEPS, LR, SCALE = 4, 0.1, 1024.0


def mlp(w, x):
    h = x.flatten(1)
    for layer in ("layers.1", "layers.2"):
        h = torch.tanh(torch.addmm(w[f"{layer}.bias"], h, w[f"{layer}.weight"]))
    return torch.addmm(w["readout.bias"], h, w["readout.weight"])


def rnn(w, x):
    h = x.new_zeros(len(x), 5)
    for t in range(x.shape[1]):
        inputs = torch.addmm(w["rnn.1.bias_ih"] + w["rnn.1.bias_hh"], x[:, t], w["rnn.1.weight_ih"])
        h = torch.tanh(torch.addmm(inputs, h, w["rnn.1.weight_hh"]))
    return torch.addmm(w["readout.bias"], h, w["readout.weight"])


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize(("fields", "network", "roundings"), [(MLP, mlp, 0), (RNN, rnn, 2)], ids=["mlp", "rnn"])
def test_training_is_that_of_a_torch_loop_with_master_weights(fields, network, roundings, dtype):
    """Bit for bit; but autograd adds up a recurrent weight's gradients in half, time step by time step."""
    one = experiment(**fields, dtype=dtype, loss_scale=SCALE, optimizer={"kind": "sgd", "lr": LR}, seed=1)
    cohort, half = Cohort([one], CPU), HALVES[dtype]
    master = {name: weight[0].detach().clone() for name, weight in cohort.weights.items()}
    start, memory = cohort.params.clone(), fresh(cohort)
    for number, (x, y) in enumerate(islice(cohort.batches(), STEPS), 1):
        w = {name: weight.to(half).requires_grad_() for name, weight in master.items()}
        output = network(w, x[0].to(half))
        wide = output.detach().float().requires_grad_()
        regression = cohort.source.objective == "mse"
        loss = (wide - y[0, :, 0]).square().mean() if regression else functional.cross_entropy(wide, y[0, :, 0])
        (d_output,) = torch.autograd.grad(loss, wide)
        found = torch.autograd.grad(output, list(w.values()), (d_output * SCALE).to(half))
        for weight, gradient in zip(master.values(), found, strict=True):
            weight -= LR * gradient.float() / SCALE
        losses, _, memory = step(cohort, memory, (x, y), number)
        assert losses.dtype == cohort.params.dtype == torch.float32
        assert float(losses) == pytest.approx(float(loss.detach()), rel=1e-6 + roundings * torch.finfo(half).eps)
    expected = cohort.layout.flatten({name: weight.unsqueeze(0) for name, weight in master.items()})
    moved = float((expected - start).norm())
    assert float((cohort.params - expected).norm()) <= roundings * torch.finfo(half).eps * moved
    assert moved > 0.01


@pytest.mark.parametrize(("scale", "expected"), [(1.0, (0.024, 0.235, 0.997)), (1024.0, (0.0, 0.0002, 0.0023))])
def test_the_share_of_normal_numbers_that_float16_makes_zero(scale, expected):
    """P(|x| <= 2^-25), half of the smallest number; Micikevicius et al. 2018, arXiv:1710.03740, section 3.2."""
    generator = torch.Generator().manual_seed(0)
    for deviation, known in zip((1e-6, 1e-7, 1e-8), expected, strict=True):
        normal = deviation * torch.randn(1, 1, 1000, 1000, generator=generator, dtype=torch.float64)
        given = Tapped(Series("output", "depth", 0, []), (scale * normal).to(torch.float16))
        tapped = given.over(torch.tensor([scale], dtype=torch.float64), torch.float16)
        zeros = float(extremes(tapped.gradient, (-2, -1))[1])
        assert zeros == pytest.approx(erf(2**-25 / (scale * deviation * sqrt(2))), abs=2e-4 + 0.005 * known)
        assert zeros == pytest.approx(known, abs=1e-3)
        kept = tapped.gradient[tapped.gradient != 0]
        assert float(kept.abs().min()) >= 2**-24 / scale
        assert tapped.source == torch.float16


def test_a_deep_sigmoid_net_underflows_in_float16_and_not_in_bfloat16():
    found = {dtype: trained([experiment(**DEEP, dtype=dtype)])[0] for dtype in ("float32", *HALVES)}
    first = {dtype: values(trace, "grad_norm.preactivation")[0] for dtype, (_, trace) in found.items()}
    zeros = {dtype: values(trace, "grad_zeros.preactivation")[0] for dtype, (_, trace) in found.items()}
    assert 0 < first["float32"] < 1e-18
    assert first["bfloat16"] == pytest.approx(first["float32"], rel=0.2)
    assert (first["float16"], zeros["float16"], zeros["bfloat16"]) == (0, 1, 0)
    scaled = trained([experiment(**DEEP, dtype="float16", loss_scale=2.0**14)])[0]
    share = {name: (values(trace, "grad_zeros.preactivation") == 1).sum() for name, trace in
             (("plain", found["float16"][1]), ("scaled", scaled[1]))}  # fmt: skip
    assert 0 < share["scaled"] < share["plain"] - 3
    rates = [member.first.scalar("growth.depth") for member, _ in (scaled, found["float32"])]
    assert rates[0] == pytest.approx(rates[1], rel=0.1), "what has no precision left is left out"
    last = (values(found["float32"][1], "grad_norm.preactivation")[-1], scaled[1])
    assert values(last[1], "grad_norm.preactivation")[-1] == pytest.approx(last[0], rel=0.01), "the scale is taken out"


@pytest.mark.parametrize("fields", [MLP, RNN, {"architecture": "cnn", "depth": 2}], ids=["mlp", "rnn", "cnn"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_loss_scale_that_is_a_power_of_two_changes_nothing(fields, dtype):
    plain, scaled = (trained([experiment(**fields, dtype=dtype, loss_scale=scale)])[0][1] for scale in (1.0, 2.0**20))
    assert_same(plain, scaled, rtol=1e-12)
    weights = [values(trace, "grad_norm.parameter", 2) for trace in (plain, scaled)]
    assert np.array_equal(*weights)


def test_members_with_their_own_scales_are_each_alone():
    members = [experiment(**MLP, loss_scale=0.7 + 100 * number, seed=number) for number in range(4)]
    together = trained(members)
    for one, (_, trace) in zip(members, together, strict=True):
        assert_same(trace, trained([one])[0][1], rtol=1e-10)
    assert Cohort(members[:1], CPU).loss_scale is not None
    assert Cohort([members[0].model_copy(update={"loss_scale": 1.0})], CPU).loss_scale is None


def test_too_large_a_scale_overflows_and_the_run_says_so():
    member, trace = trained([experiment(**MLP, dtype="float16", loss_scale=1e7, steps=5)])[0]
    assert member.diverged_at == 1
    assert values(trace, "grad_nonfinite.parameter").sum() > 0


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("fields", [MLP, RNN, MLP | {"dropout": 0.3}], ids=["mlp", "rnn", "dropout"])
def test_one_seed_is_one_run_bit_for_bit_in_half(fields, dtype):
    members = [experiment(**fields, dtype=dtype, seed=seed, steps=4) for seed in range(3)]
    one, other = (trained(members) for _ in range(2))
    for (_, trace), (_, same) in zip(one, other, strict=True):
        assert trace.value.tobytes() == same.value.tobytes()
    assert len({member.loss_final for member, _ in one}) == 3

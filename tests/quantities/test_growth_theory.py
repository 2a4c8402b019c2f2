"""Measured growth against closed forms: linear nets of orthogonal weights, and the mean field of wide Gaussian nets."""

from math import log10, sqrt

import pytest
from common.runs import experiment, trace_of, values

GAINS = [0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5]
# float32 rounds each layer's product by some 1e-7, which neither grows nor adds up along a chain of like factors
TOLERANCE = {"float64": 1e-9, "float32": 1e-5}

# rate_sq, the factor of the squared norm per layer (SCIENCE: chi_1 of Schoenholz et al. 2017, arXiv:1611.01232, eq. 5)
GAUSSIAN = {"kind": "lecun_normal", "gain": sqrt(1.5), "bias_std": sqrt(0.05)}
MEAN_FIELD = [("tanh", GAUSSIAN, 0.9386), ("relu", "torch_default", 1 / 6), ("sigmoid", "torch_default", 0.0200)]


def linear(gain, **fields):
    init = {"kind": "orthogonal", "gain": gain}
    return trace_of(experiment(activation="identity", init=init, steps=0, **fields))


def growth_of(trace, axis):
    return [values(trace, f"growth.{axis}{end}")[0] for end in ("", ".low", ".high")]


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("gain", GAINS)
def test_a_linear_orthogonal_mlp_grows_by_its_gain(gain, dtype):
    trace = linear(gain, depth=12, width=10, dtype=dtype)
    rate, low, high = growth_of(trace, "depth")
    assert rate == pytest.approx(gain, rel=TOLERANCE[dtype])
    assert low - TOLERANCE[dtype] <= gain <= high + TOLERANCE[dtype]  # all examples agree: only rounding is left of it
    assert high - low < TOLERANCE[dtype] * 2
    assert values(trace, "grad_norm.preactivation") == pytest.approx(
        [values(trace, "grad_norm.preactivation")[-1] * gain**k for k in range(11, -1, -1)], rel=12 * TOLERANCE[dtype]
    )


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("gain", GAINS)
def test_a_linear_orthogonal_rnn_grows_by_its_gain(gain, dtype):
    trace = linear(gain, architecture="rnn", task="adding", sequence_length=20, width=10, dtype=dtype)
    rate, low, high = growth_of(trace, "time")
    assert rate == pytest.approx(gain, rel=TOLERANCE[dtype])
    assert low - TOLERANCE[dtype] <= gain <= high + TOLERANCE[dtype]
    assert high - low < TOLERANCE[dtype] * 2
    assert values(trace, "decades.time")[0] == pytest.approx(19 * log10(gain), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(("activation", "init", "rate_sq"), MEAN_FIELD, ids=["tanh", "relu", "sigmoid"])
def test_wide_gaussian_nets_follow_the_mean_field(activation, init, rate_sq):
    """Width 512, depth 40: the finite width and one draw leave 2 % of the squared rate."""
    fields = {"depth": 40, "width": 512, "batch_size": 32, "steps": 0, "dtype": "float64"}
    only = {"every": 1, "evaluations": 1, "quantities": ["layer_norms"]}
    trace = trace_of(experiment(activation=activation, init=init, measure=only, **fields))
    assert values(trace, "growth.depth")[0] ** 2 == pytest.approx(rate_sq, rel=0.02)

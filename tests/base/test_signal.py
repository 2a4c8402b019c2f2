"""`signal`: growth, verdict and chart over depth are those of one profile, the residual stream where there is one."""

import numpy as np
import pytest
from common.runs import experiment, trained, values

from gradx.base.signal import signal
from gradx.base.thresholds import Thresholds
from gradx.diagnosis import diagnose
from gradx.reporting.runs.profiles import profiles


def test_the_stream_counts_where_there_is_one():
    assert signal({"grad_norm.output", "grad_norm.preactivation"}) == "grad_norm.preactivation"
    assert signal({"grad_norm.preactivation", "grad_norm.stream"}) == "grad_norm.stream"
    assert signal(()) == "grad_norm.preactivation"


@pytest.mark.parametrize(
    ("architecture", "tap", "name"),
    [("mlp", "pre-activation", "preactivation"), ("transformer", "residual stream", "stream")],
)
def test_growth_verdict_and_chart_are_of_one_profile(architecture, tap, name):
    one = experiment(architecture, "adding", sequence_length=6, width=8, depth=4, steps=1, init="xavier_normal")
    member, trace = trained([one])[0]
    norms = values(trace, f"grad_norm.{name}")
    rate = np.exp(-np.polyfit(np.arange(4), np.log(norms), 1)[0])
    assert values(trace, "growth.depth")[0] == pytest.approx(rate, rel=1e-10)
    assert values(trace, "decades.depth")[0] == pytest.approx(np.log10(norms[0] / norms[-1]), abs=1e-10)
    (chart, *_) = profiles(trace.frame() if hasattr(trace, "frame") else _frame(trace), "depth")
    assert (chart.tap, chart.values) == (tap, norms.tolist())
    hidden = [step for step in diagnose(member.first, None, Thresholds()) if step.axis == "depth"]
    assert f"factor {rate:.4g}" in hidden[0].evidence


def _frame(trace):
    import pandas as pd

    return pd.DataFrame(dict(trace.columns()))

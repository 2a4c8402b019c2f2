"""What an experiment will cost: parameters exactly, memory and time in proportion to what causes them."""

import numpy as np
import pytest
from common.runs import CPU, experiment, trace_of

from gradx.engine.cohort import Cohort, dims, open_source
from gradx.engine.estimate import columns, estimate
from gradx.quantities import ALL

LSTM = {"architecture": "lstm", "task": "adding", "sequence_length": 20}
TRANSFORMER = {**LSTM, "architecture": "transformer", "depth": 2, "width": 8}


def cost(members=1, **fields):
    one = experiment(**fields)
    return estimate(one, dims(one, open_source(one)), members)


@pytest.mark.parametrize("fields", [{"depth": 3}, {"architecture": "cnn"}, LSTM], ids=str)
def test_parameters_are_those_of_the_network(fields):
    assert cost(**fields).parameters == Cohort([experiment(**fields)], CPU).layout.size


@pytest.mark.parametrize("fields", [{"depth": 3}, {"architecture": "cnn"}, LSTM], ids=str)
def test_cost_follows_its_causes(fields):
    rare = {"measure": {"every": 1000}}
    base = cost(**fields, **rare, steps=100)
    longer = [cost(**fields, **rare, steps=steps).seconds for steps in (1100, 2100)]
    assert longer[1] - longer[0] == pytest.approx(longer[0] - base.seconds, rel=0.02)
    assert base.seconds < cost(**fields, measure={"every": 1}, steps=100).seconds < 4 * base.seconds
    assert cost(**fields, **rare, steps=100, batch_size=64).memory > base.memory
    assert cost(**fields, **rare, steps=100, dtype="float32").memory < base.memory


@pytest.mark.parametrize("fields", [{"depth": 3}, {"architecture": "cnn"}, LSTM], ids=str)
def test_members_share_what_is_not_theirs(fields):
    one, many = (cost(**fields, members=members) for members in (1, 64))
    assert many.parameters == one.parameters
    assert one.memory < many.memory < 64 * one.memory
    assert one.seconds < many.seconds < 64 * one.seconds
    assert many.disk == 64 * one.disk


@pytest.mark.parametrize("fields", [{"depth": 3}, {"architecture": "cnn", "depth": 2}, LSTM, TRANSFORMER], ids=str)
@pytest.mark.parametrize("quantities", [ALL, ["loss", "grad_norm"]], ids=["all", "two"])
def test_columns_are_those_of_a_trace(fields, quantities):
    one = experiment(**fields, measure={"every": 1, "evaluations": 1, "quantities": list(quantities)}, steps=2)
    trace = trace_of(one)
    tested = np.isin(trace.quantity.astype(str), ["test_loss", "metric"])
    count = int(((trace.step == 1) & ~tested).sum())
    assert columns(one, dims(one, open_source(one))) == pytest.approx(count, abs=4)  # growth where there are two layers

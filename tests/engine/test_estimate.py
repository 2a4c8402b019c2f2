"""What an experiment will cost: parameters exactly, memory and time in proportion to what causes them."""

import pytest
from common.runs import CPU, experiment

from gradx.engine.cohort import Cohort, dims, open_source
from gradx.engine.estimate import estimate

LSTM = {"architecture": "lstm", "task": "adding", "sequence_length": 20}


def cost(**fields):
    one = experiment(**fields)
    return estimate(one, dims(one, open_source(one)))


@pytest.mark.parametrize("fields", [{"depth": 3}, {"architecture": "cnn"}, LSTM], ids=str)
def test_parameters_are_those_of_the_network(fields):
    assert cost(**fields).parameters == Cohort([experiment(**fields)], CPU).layout.size


@pytest.mark.parametrize("fields", [{"depth": 3}, {"architecture": "cnn"}, LSTM], ids=str)
def test_cost_follows_its_causes(fields):
    rare = {"measure": {"every": 1000}}
    base = cost(**fields, **rare, steps=100)
    assert cost(**fields, **rare, steps=200).seconds == pytest.approx(2 * base.seconds, rel=0.02)
    assert base.seconds < cost(**fields, measure={"every": 1}, steps=100).seconds < 2 * base.seconds
    assert cost(**fields, **rare, steps=100, batch_size=64).memory > base.memory
    assert cost(**fields, **rare, steps=100, dtype="float32").memory < base.memory

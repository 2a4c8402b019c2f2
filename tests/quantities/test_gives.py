"""A quantity gives the names that it announces, no others, and something at every sampled step."""

import pytest
from common.runs import experiment, keys, trace_of, trained

from gradx.families import parts
from gradx.quantities import ALL, AnyQuantity

QUANTITIES = parts(AnyQuantity)
NETWORKS = {
    "lstm": {"architecture": "lstm", "task": "adding", "sequence_length": 5, "depth": 2},
    "mlp": {"architecture": "mlp", "task": "digits", "depth": 3},
    "cnn": {"architecture": "cnn", "task": "digits", "depth": 2},
    "transformer": {"architecture": "transformer", "task": "adding", "sequence_length": 5, "depth": 2, "width": 8},
}


def alone(kind, network):
    measure = {"every": 2, "evaluations": 1, "quantities": [kind]}
    return trace_of(experiment(**NETWORKS[network], steps=4, measure=measure))


def announced(kind, stream=False):
    """The names; a stream beside the layers has a transformer alone."""
    return {name for name in QUANTITIES[kind].gives if stream or not name.endswith(".stream")}


@pytest.mark.parametrize("kind", ALL)
def test_the_names_are_those_announced(kind):
    trace = alone(kind, "lstm")
    assert set(trace.quantity) - {"test_loss", "metric"} == announced(kind)
    assert set(trace.step[trace.quantity == QUANTITIES[kind].gives[0]]) == {0, 2, 3}


@pytest.mark.parametrize("network", ["mlp", "cnn", "transformer"])
@pytest.mark.parametrize("kind", sorted({*ALL} - {"time_norms"}))
def test_feedforward_networks_have_all_but_time(kind, network):
    found = set(alone(kind, network).quantity) - {"test_loss", "metric"}
    assert found == announced(kind, stream=network == "transformer")


@pytest.mark.parametrize("quantities", [["time_norms"], []], ids=str)
def test_a_run_without_any_reading_still_trains(quantities):
    one = experiment(measure={"every": 1, "quantities": quantities, "evaluations": 1})
    ((member, trace),) = trained([one])
    assert [key[:2] for key in keys(trace)] == [(3, "test_loss"), (3, "metric")]
    assert member.steps_done == 3
    assert member.loss_final is not None


def test_together_the_quantities_give_what_each_gives_alone():
    together = trace_of(experiment(**NETWORKS["lstm"], steps=4, measure={"every": 2, "evaluations": 1}))
    rows = {row[1:5]: row[5] for row in together.rows()}
    found = {row[1:5]: row[5] for kind in ALL for row in alone(kind, "lstm").rows()}
    assert rows == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize("part", QUANTITIES.values(), ids=lambda part: part.__name__)
def test_the_docstring_names_what_is_given_and_its_source(part):
    assert "Reference:" in part.__doc__
    assert "Gives: `" in part.__doc__
    for name in part.gives:
        assert f"`{name}`" in part.__doc__ or all(f"`{end}`" in part.__doc__ for end in _halves(name)), name


def _halves(name):
    stem, _, end = name.rpartition(".")
    return stem, f".{end}"

"""What tells runs apart, and what they share."""

from math import nan

from hypothesis import given
from hypothesis import strategies as st

from gradx.reporting.runs.differing import FACTS, SPEC, alike, columns_of, described, differing
from gradx.spec import IDENTITY, Experiment


def columns(*rows: dict) -> dict[str, list]:
    return columns_of(rows)


def test_the_keys_are_those_of_an_experiment() -> None:
    assert list(SPEC) == [key for key in Experiment.model_fields if key in IDENTITY]


def test_the_facts_are_those_that_tasks_record() -> None:
    tasks: list[dict] = [{"task": kind} for kind in ("digits", "pixel_digits")]
    tasks += [{"task": kind, "sequence_length": 30} for kind in ("text", "adding", "copying", "temporal_order")]
    for fields in tasks:
        one = Experiment(architecture="mlp" if fields["task"] == "digits" else "rnn", **fields)
        facts = one.task.open(one.sequence_length).facts
        assert {f"task.{fact}" for fact in facts} <= FACTS


def test_keys_come_in_the_order_of_an_experiment() -> None:
    first = {"run": "a", "seed": 0, "width": 8, "init.gain": 1.0, "loss.final": 1.0, "depth": 1}
    second = {"run": "b", "seed": 1, "width": 16, "init.gain": 2.0, "loss.final": 2.0, "depth": 1}
    assert differing(columns(first, second)) == ["init.gain", "width", "seed"]


def test_what_follows_from_a_kind_is_not_said() -> None:
    sgd = {"optimizer": "sgd", "optimizer.lr": 0.1, "optimizer.momentum": 0.0}
    adam = {"optimizer": "adam", "optimizer.lr": 0.001, "optimizer.beta1": 0.9}
    assert differing(columns(sgd, adam)) == ["optimizer"]
    assert differing(columns(sgd, sgd | {"optimizer.lr": 0.2}, adam)) == ["optimizer", "optimizer.lr"]
    rnn = {"architecture": "rnn", "activation": "tanh"}
    assert differing(columns(rnn, {"architecture": "lstm"})) == ["architecture"]
    assert differing(columns(rnn, {"architecture": "mlp", "activation": "relu"})) == ["architecture", "activation"]


def test_a_key_that_only_some_runs_have_tells_them_apart() -> None:
    plain = {"init": "normal", "depth": 2}
    assert differing(columns(plain, plain | {"init.recurrent": "orthogonal"})) == ["init.recurrent"]
    assert differing(columns(plain, plain | {"init.recurrent": "orthogonal", "depth": 3})) == [
        "init.recurrent",
        "depth",
    ]


def test_facts_and_failed_runs_do_not_differ() -> None:
    assert differing(columns({"task": "digits", "task.sha256": "ab"}, {"task": "digits"})) == []


def test_nan_is_missing() -> None:
    """As pandas has it."""
    assert differing({"init.gain": [nan, nan, 1.0]}) == ["init.gain"]
    assert differing({"init.gain": [nan, None]}) == []
    assert alike({"a": [1, 1], "b": [1, 2], "c": [None, None], "d": [nan, nan], "e": []}) == {"a": 1}


@given(st.lists(st.fixed_dictionaries({"depth": st.integers(1, 3), "seed": st.integers(0, 2)}), min_size=1))
def test_every_key_differs_or_is_alike(rows: list[dict]) -> None:
    found = columns(*rows)
    assert sorted([*differing(found), *alike(found)]) == ["depth", "seed"]


def test_described() -> None:
    row = {"architecture": "mlp", "activation": "tanh", "init": "orthogonal", "depth": 20, "parameters": 125450}
    row |= {"optimizer": "sgd", "optimizer.lr": 0.01, "sequence_length": None, "steps": 1000}
    assert described(row) == "mlp tanh, init orthogonal, depth 20, 125 k parameters, sgd lr 0.01"
    assert described(row, ["steps"]).endswith("sgd lr 0.01, steps 1000")
    assert described({}) == ""

"""What a spec may not say: every mistake is found, all at once, each at its place."""

import pytest
import yaml
from common.specs import FULL, MINIMAL, written
from pydantic import ValidationError

from gradx.activations import Tanh
from gradx.base.errors import Problem, SpecError
from gradx.inits.orthogonal import Orthogonal
from gradx.models.cnn import CNN
from gradx.models.lstm import LSTM
from gradx.models.mlp import MLP
from gradx.models.rnn import RNN
from gradx.spec import Experiment, load, located, opened
from gradx.tasks import Adding, Digits

UNUSED = [
    ({"architecture": "gru", "activation": "tanh", "task": "adding", "sequence_length": 5}, "fixed nonlinearities"),
    ({"architecture": LSTM(), "activation": Tanh(), "task": Adding(), "sequence_length": 5}, "fixed nonlinearities"),
    ({"architecture": "mlp", "task": "digits", "sequence_length": 5}, "task digits has a fixed length"),
    ({"architecture": MLP(), "task": Digits(), "sequence_length": 5}, "task digits has a fixed length"),
    ({"architecture": "rnn", "task": "adding"}, "task adding needs the key 'sequence_length'"),
    ({"architecture": RNN(), "task": Adding()}, "task adding needs the key 'sequence_length'"),
    ({**MINIMAL, "init": {"kind": "normal", "recurrent": "orthogonal"}}, "no recurrent weights"),
    ({"architecture": CNN(), "task": Digits(), "init": Orthogonal(recurrent=Orthogonal())}, "no recurrent weights"),
    (FULL | {"init": {"kind": "normal", "recurrent": {"kind": "normal", "recurrent": "normal"}}}, "no 'recurrent'"),
    ({"architecture": "rnn", "task": "digits"}, "architecture rnn reads a sequence, but task digits gives an image"),
    (
        {"architecture": "cnn", "task": "pixel_digits"},
        "architecture cnn reads an? image, but task pixel_digits gives a seq",
    ),
    ({**MINIMAL, "expect": ["growth.tme < 1"]}, "did you mean 'growth.time'"),
]


@pytest.mark.parametrize(("given", "message"), UNUSED, ids=lambda case: case if isinstance(case, str) else "")
def test_nothing_is_ignored_from_python(given, message):
    with pytest.raises(ValidationError, match=message):
        Experiment(**given)


@pytest.mark.parametrize(("given", "message"), UNUSED, ids=lambda case: case if isinstance(case, str) else "")
def test_nothing_is_ignored_from_yaml(tmp_path, given, message):
    plain = {
        key: value.model_dump(exclude_none=True) if hasattr(value, "kind") else value for key, value in given.items()
    }
    with pytest.raises(SpecError, match=message) as caught:
        load(written(tmp_path, yaml.safe_dump(plain)))
    assert all(problem.line for problem in caught.value.problems)


def test_all_mistakes_at_once_each_at_its_place(tmp_path):
    text = """\
architecture: lstm
activation: tanh
task: digits
sequence_length: 5
depth: 0
optimiser: sgd
optimizer: {kind: sgd, lr: fast}
expect:
  - growth.time < 1
  - wat > 1
"""
    with pytest.raises(SpecError) as caught:
        load(written(tmp_path, text))
    found = [(problem.line, problem.column, problem.message) for problem in caught.value.problems]
    expected = [
        (2, 1, "fixed nonlinearities"),
        (3, 1, "architecture lstm reads a sequence, but task digits gives an image"),
        (4, 1, "does not use 'sequence_length'"),
        (5, 8, "at least 1"),
        (6, 1, "did you mean 'optimizer'"),
        (7, 28, "must be a number"),
        (10, 5, "unknown value 'wat'"),
    ]
    assert [place[:2] for place in found] == [place[:2] for place in expected]
    for (_, _, message), (_, _, words) in zip(found, expected, strict=True):
        assert words in message


def test_what_a_task_finds_wrong_is_located_too(tmp_path):
    path = written(tmp_path, "architecture: rnn\ntask: {kind: adding}\nsequence_length: 1\n")
    length, inside, unknown = located(
        opened(path),
        [Problem("too short", "sequence_length"), Problem("no file", "task.path"), Problem("odd", "width")],
    )
    assert (length.line, length.column, length.message) == (3, 18, "too short")
    assert inside.line == 2, "the part around it"
    assert (unknown.line, unknown.source) == (None, str(path))
    (overridden,) = located(opened(path, ["sequence_length=0"]), [Problem("too short", "sequence_length")])
    assert (overridden.source, overridden.excerpt) == ("command line", "sequence_length=0")


def test_a_mismatch_says_which_tasks_fit():
    with pytest.raises(ValidationError, match=r"allowed here: adding, copying, .*text"):
        Experiment(architecture="gru", task="digits")


@pytest.mark.parametrize(
    "changes",
    [
        {"depth": 0},
        {"depth": 2.0},
        {"width": -1},
        {"steps": -1},
        {"seed": -1},
        {"seed": 2**63},
        {"optimizer": {"kind": "sgd", "lr": float("nan")}},
        {"optimizer": {"kind": "sgd", "lr": "0.1"}},
        {"measure": {"every": 0}},
        {"measure": {"every": "often"}},
        {"name": "../up"},
        {"wat": 1},
        {"task": "wat"},
    ],
    ids=str,
)
def test_impossible_values_are_refused(changes):
    with pytest.raises(ValidationError):
        Experiment(**(MINIMAL | changes))


def test_an_experiment_is_frozen():
    with pytest.raises(ValidationError):
        Experiment(**MINIMAL).depth = 3

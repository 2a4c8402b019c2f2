"""`Experiment`: short forms, what `resolved` writes out, the run id, and the shape of a cohort."""

import pickle
import random
import re

import pytest
import yaml
from common.specs import FULL, MINIMAL, small, written
from hypothesis import given
from hypothesis import strategies as st

from gradx.activations import Tanh
from gradx.activations.relu import ReLU
from gradx.base import yaml as own_yaml
from gradx.base.part import varying
from gradx.base.validate import validate
from gradx.base.written import written as as_yaml
from gradx.families import FAMILIES, parts
from gradx.findings import findings
from gradx.inits.orthogonal import Orthogonal
from gradx.models.rnn import RNN
from gradx.spec import Experiment, load
from gradx.tasks import Adding


def full(**changes):
    return Experiment(**(FULL | changes))


def test_a_name_is_short_for_a_part():
    short = Experiment(architecture="rnn", activation="relu", init="orthogonal", task="adding", sequence_length=5)
    long = Experiment(
        architecture=RNN(), activation={"kind": "relu"}, init=Orthogonal(), task=Adding(), sequence_length=5
    )
    assert short == long
    assert short.run == long.run
    assert short.activation == ReLU()


def test_fields_without_a_kind_belong_to_the_default_kind():
    one = Experiment(**MINIMAL, init={"gain": 2}, optimizer={"lr": 1})
    assert one == Experiment(**MINIMAL, init={"kind": "torch_default", "gain": 2}, optimizer={"kind": "sgd", "lr": 1})


def test_the_activation_is_what_the_architecture_is_known_with():
    assert Experiment(**MINIMAL).activation == ReLU()
    assert Experiment(architecture="cnn", task="digits").activation == ReLU()
    assert Experiment(architecture=RNN(), task="adding", sequence_length=5).activation == Tanh()
    assert Experiment(architecture="gru", task="adding", sequence_length=5).activation is None
    assert Experiment(**MINIMAL, activation=None).activation == ReLU(), "null says nothing"


def test_resolved_writes_every_default_out():
    spec = Experiment(**MINIMAL).resolved()
    assert spec["activation"] == {"kind": "relu"}
    assert spec["init"] == {"kind": "torch_default", "gain": 1.0, "bias_std": 0.0}
    assert spec["optimizer"] == {"kind": "sgd", "lr": 0.01, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False}
    assert (spec["clipping"], spec["regularization"]) == ({"kind": "none"}, {"kind": "none"})
    assert (spec["seed"], spec["steps"], spec["dtype"], spec["threads"]) == (0, 1000, "float32", 1)
    assert [each["kind"] for each in spec["measure"]["quantities"]] == sorted(parts(FAMILIES["quantities"]))
    assert spec["diagnosis"] == {"decades": 2.0}
    assert "sequence_length" not in spec
    assert "expect" not in spec
    assert set(spec) == set(Experiment.model_fields) - {"sequence_length", "claim", "control", "expect", "report"}


@pytest.mark.parametrize("given", [MINIMAL, FULL], ids=["minimal", "full"])
def test_resolved_as_yaml_is_the_same_run(tmp_path, given):
    one = Experiment(**given)
    again = load(written(tmp_path, yaml.safe_dump(one.resolved(), sort_keys=False)))
    assert again == one
    assert again.run == one.run
    assert again.resolved() == one.resolved()


def test_the_run_id_is_pinned():
    """If this changes, results on disk no longer belong to their specs: only with a new SCHEMA or new fields."""
    assert full().run == PINNED
    assert re.fullmatch("[0-9a-f]{12}", full().run)


PINNED = "17338ca7a6f3"


def test_the_run_id_ignores_name_claims_order_and_how_numbers_are_written(tmp_path):
    items = list(FULL.items())
    random.Random(0).shuffle(items)
    others = [
        Experiment(**dict(items)),
        full(name="other"),
        full(expect=[]),
        full(optimizer={"eps": 1e-8, "lr": 0.00001, "kind": "adam", "beta1": 0.9}),
        full(seed=7, init=FULL["init"] | {"gain": 0.90}),
        full(architecture={"kind": "lstm", "forget_bias": 1}),
        load(written(tmp_path, yaml.safe_dump(FULL))),
    ]
    assert {other.run for other in others} == {full().run}


CHANGES = {
    "architecture": {"kind": "gru"},
    "init": FULL["init"] | {"recurrent": {"kind": "identity", "gain": 1.2}},
    "normalization": "layer",
    "dropout": 0.1,
    "depth": 3,
    "width": 9,
    "task": {"kind": "copying", "symbols": 3, "alphabet": 5},
    "sequence_length": 13,
    "batch_size": 5,
    "steps": 11,
    "optimizer": {"kind": "adam", "lr": 2e-5},
    "schedule": "cosine",
    "loss_scale": 2.0,
    "clipping": "none",
    "regularization": {"kind": "l1", "weight": 0.001},
    "dtype": "float32",
    "threads": 1,
    "measure": FULL["measure"] | {"every": 7},
    "diagnosis": {"decades": 1.0},
    "seed": 8,
}


VARYING = ("seed", "optimizer", "init", "dropout", "loss_scale")


def test_the_run_id_depends_on_everything_else():
    other = {"name", "claim", "control", "expect", "report", "activation"}
    other |= {"residual"}  # an lstm takes none
    assert {*CHANGES, *other} == set(Experiment.model_fields)
    runs = [full().run] + [full(**{key: value}).run for key, value in CHANGES.items()]
    runs += [Experiment(**MINIMAL | one).run for one in ({}, {"activation": "tanh"}, {"depth": 2})]
    runs.append(Experiment(**MINIMAL | {"depth": 2, "residual": "scaled"}).run)
    assert len(set(runs)) == len(runs)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 8},
        {"name": "other"},
        {"expect": []},
        {"expect": ["solved"]},
        {"optimizer": {"kind": "adam", "lr": 1.0, "beta1": 0.5, "eps": 0.1, "weight_decay": 0.2}},
        {"init": FULL["init"] | {"gain": 2.0, "recurrent": {"kind": "identity", "gain": 3.0}}},
        {"clipping": {"kind": "norm", "max_norm": 9.0}},
        {"regularization": {"kind": "l2", "weight": 0.5}},
        {"architecture": {"kind": "lstm", "forget_bias": 3.0}},
    ],
    ids=str,
)
def test_what_varies_is_no_part_of_the_shape(changes):
    assert full(**changes).shape == full().shape


@pytest.mark.parametrize(
    "changes",
    [{key: value} for key, value in CHANGES.items() if key not in VARYING]
    + [
        {"optimizer": {"kind": "adam", "lr": 1e-5, "amsgrad": True}},
        {"init": FULL["init"] | {"recurrent": None}},
        {"architecture": "lstm"},
        {"clipping": {"kind": "value"}},
    ],
    ids=str,
)
def test_everything_else_makes_the_shape(changes):
    assert full(**changes).shape != full().shape


def test_a_copy_has_its_own_run_and_shape():
    one = full()
    before = one.run, one.shape
    deep, seeded = one.model_copy(update={"depth": 3}), one.model_copy(update={"seed": 8})
    assert (deep.run, deep.shape) == (full(depth=3).run, full(depth=3).shape)
    assert seeded.run == full(seed=8).run
    assert seeded.shape == one.shape
    assert (one.run, one.shape) == before
    assert one.model_copy(deep=True).run == one.run


def test_a_pickle_keeps_the_run(monkeypatch):
    one = full()
    run, shape = one.run, one.shape
    again = pickle.loads(pickle.dumps(one))
    assert again == one
    monkeypatch.setattr("gradx.spec.identity", lambda _: "made anew")
    assert (again.run, again.shape) == (run, shape)


def test_the_varying_fields_of_a_run():
    assert set(varying(full())) == {
        "architecture.forget_bias",
        *(f"init.{name}" for name in ("gain", "bias_std", "recurrent.gain", "recurrent.bias_std")),
        *(f"optimizer.{name}" for name in ("lr", "weight_decay", "beta1", "beta2", "eps")),
        "clipping.max_norm",
        "regularization.weight",
        "dropout",
        "loss_scale",
        "seed",
    }


def test_flat_has_dotted_keys_and_plain_values():
    flat = full().flat()
    assert flat["architecture"] == "lstm"
    assert flat["architecture.forget_bias"] == 1.0
    assert flat["init.recurrent"] == "identity"
    assert flat["init.recurrent.gain"] == 1.1
    assert flat["task.symbols"] == 3
    assert flat["measure.quantities"] == "loss, grad_norm"
    assert flat["expect"] == "growth.time < 1"
    assert all(isinstance(value, str | int | float | bool) for value in flat.values())


def test_a_file_without_a_name_is_called_after_its_file(tmp_path):
    path = written(tmp_path, "architecture: mlp\ntask: digits\n", "deep-net.yaml")
    assert load(path).name == "deep-net"
    assert load(path, ["name=other", "depth=7", "optimizer.lr=1"]).resolved()["optimizer"]["lr"] == 1.0
    assert load(path, ["depth=7"]).depth == 7


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30)
NUMBERS = st.from_regex(
    r"[-+]?[0-9]{1,3}([.][0-9]{0,2})?([eE][-+]?[0-9]{1,2})?|0[ox][0-7]{1,3}|null|true|no|~", fullmatch=True
)
CLAIMS = [
    "solved",
    "1 < 1e3",
    "1e3 < seconds",
    "loss.final < 1e-3",
    " or ".join(["solved"] * 40),
    {"that": "share(solved) > 0"},
]


@given(
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True) | NUMBERS.filter(str.isalnum),
    path=TEXT | NUMBERS,
    rate=st.floats(min_value=0, exclude_min=True, allow_nan=False, allow_infinity=False),
    seed=st.integers(0, 2**63 - 1),
    claims=st.lists(st.sampled_from(CLAIMS)),
    every=st.just("log") | st.integers(1, 10**6),
)
def test_the_yaml_of_an_experiment_is_the_experiment(name, path, rate, seed, claims, every):
    one = small(
        name=name, task={"kind": "text", "path": path}, optimizer={"kind": "sgd", "lr": rate}, seed=seed,
        expect=claims, measure={"every": every, "quantities": []},
    )  # fmt: skip
    again = validate(own_yaml.parse(as_yaml(one.resolved()), "x.yaml"), Experiment, findings)
    assert again == one
    assert again.run == one.run

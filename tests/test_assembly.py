"""`Assembler`: what it makes of a point is what `Experiment(**data)` makes of it, or nothing where that refuses it."""

import pickle
from copy import deepcopy
from itertools import product
from typing import Any

import pytest
from common.specs import MINIMAL, SMALL, small
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from gradx import assembly
from gradx.assembly import Assembler, InvalidPointError
from gradx.findings import READS, findings
from gradx.spec import Experiment

VALUES: dict[str, list[Any]] = {
    "architecture": [
        "rnn",
        "lstm",
        "mlp",
        {"kind": "transformer", "heads": 2},
        {"kind": "custom", "target": "torch.nn:Flatten"},
        {"kind": "lstm", "forget_bias": 1.0},
        {"kind": "rnn"},
    ],
    "architecture.forget_bias": [0.5, 2],
    "activation": [None, "tanh", {"kind": "leaky_relu", "negative_slope": 0.2}],
    "activation.negative_slope": [0.1, 0.3],
    "init": ["orthogonal", {"kind": "normal", "std": 0.2}, {"gain": 2}, "wat"],
    "init.gain": [0.5, 1, 1.0, "one"],
    "init.recurrent": [None, "identity", {"kind": "orthogonal", "gain": 0.9}],
    "init.recurrent.gain": [0.7, 1.3],
    "depth": [1, 3, 0, True],
    "width": [3, 4, 4.0],
    "task": ["adding", "digits", {"kind": "copying", "symbols": 3}],
    "task.symbols": [2, 4],
    "sequence_length": [None, 5, 9],
    "batch_size": [2, 4],
    "normalization": ["none", {"kind": "group", "groups": 2}, "batch"],
    "residual": ["none", "identity"],
    "dropout": [0.0, 0.5],
    "schedule": ["constant", "cosine"],
    "optimizer": ["sgd", {"kind": "adam", "lr": 0.001}, {"momentum": 0.9}],
    "optimizer.lr": [0.1, 1, 1.0, -1],
    "clipping": ["none", "norm"],
    "clipping.max_norm": [0.5, 2.0],
    "regularization": [{"kind": "l2", "weight": 0.1}, "none"],
    "dtype": ["float32", "float64"],
    "measure.every": ["log", 2],
    "measure.quantities": [[], ["loss"], ["loss", "grad_norm"]],
    "measure.quantities.1": ["layer_norms", "loss"],
    "diagnosis.decades": [1.5],
    "seed": [0, 7],
    "dept": [3],
}
CLAIMS = {"expect": ["solved", {"where": "depth >= 20", "that": "share(solved) >= 0.8"}]}


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A base and some points that share few sets of paths, as the points of blocks do."""
    base = draw(st.sampled_from([SMALL, MINIMAL, SMALL | {"optimizer": {"kind": "adam", "lr": 0.1}}, SMALL | CLAIMS]))
    gone = draw(st.sampled_from([None, "architecture", "task", "sequence_length"]))
    blocks = draw(st.lists(st.lists(st.sampled_from(list(VALUES)), unique=True, max_size=5), min_size=1, max_size=3))
    points = [
        {path: draw(st.sampled_from(VALUES[path])) for path in paths}
        for paths in blocks
        for _ in range(draw(st.integers(1, 5)))
    ]
    return {key: value for key, value in base.items() if key != gone}, points


def placed(data: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The data with each value at its path, by the definition."""
    data = deepcopy(data)
    for path in sorted(values, key=lambda path: path.count(".")):
        *parents, last = path.split(".")
        here: Any = data
        for parent in parents:
            inner = here.get(parent)
            here[parent] = {"kind": inner} if isinstance(inner, str) else {} if inner is None else inner
            here = here[parent]
        if isinstance(here, list):
            here[int(last)] = values[path]
        else:
            here[last] = deepcopy(values[path])
    return data


@settings(deadline=None, max_examples=150, derandomize=True)
@given(sweeps())
def test_a_point_is_the_experiment_of_its_data(sweep: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    base, points = sweep
    assembler = Assembler(deepcopy(base))
    for values in points:
        try:
            data = assembler.data(values)
        except LookupError:
            with pytest.raises(InvalidPointError):
                assembler.experiment(values)
            continue
        assert data == placed(base, values)
        try:
            slow = Experiment(**data)
        except ValidationError:
            with pytest.raises(InvalidPointError):
                assembler.experiment(values)
            continue
        fast = assembler.experiment(values)
        assert fast == slow
        assert (fast.run, fast.shape, fast.resolved()) == (slow.run, slow.shape, slow.resolved())
        assert fast.claims == slow.claims
        assert pickle.loads(pickle.dumps(fast)).run == slow.run


def test_most_of_these_points_are_experiments() -> None:
    """Else the property would say little."""
    assembler, made, refused = Assembler(SMALL), 0, set()
    for path, values in VALUES.items():
        for value in values:
            try:
                assembler.experiment({path: value})
                made += 1
            except InvalidPointError:
                refused.add(path)
    assert made > 35
    assert {"init", "init.gain", "depth", "width", "optimizer.lr", "dept", "architecture.forget_bias"} <= refused


class Watched(dict[str, Any]):
    """A mapping that notes which of its keys are looked at."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data)
        self.seen: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.seen.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.seen.add(key)
        return super().__getitem__(key)


def test_findings_read_only_what_they_say_they_read() -> None:
    """The assembler looks at each combination of these keys once."""
    seen: set[str] = set()
    for values in ({path: value} for path, options in VALUES.items() for value in options):
        for base in (SMALL, MINIMAL, SMALL | CLAIMS | {"init": {"kind": "normal", "recurrent": "normal"}}):
            data = Watched(placed(base, values) if "quantities.1" not in next(iter(values)) else base)
            found = list(findings(data))
            assert found == list(findings({key: value for key, value in data.items() if key in READS}))
            seen |= data.seen
    assert seen == set(READS)


def test_lists_take_positions() -> None:
    assembler = Assembler(SMALL | {"measure": {"quantities": ["loss", "grad_norm"]}})
    made = assembler.experiment({"measure.quantities.1": "layer_norms"})
    assert made == small(measure={"quantities": ["loss", "layer_norms"]})
    for path in ("measure.quantities.2", "measure.quantities.x", "depth.x"):
        with pytest.raises(InvalidPointError):
            Assembler(SMALL | {"measure": {"quantities": ["loss"] * 2}, "depth": 2}).experiment({path: "loss"})


def test_an_activation_that_is_not_named_follows_the_architecture() -> None:
    assembler = Assembler(SMALL)
    kinds = [assembler.experiment({"architecture": kind}).activation for kind in ("rnn", "lstm", "rnn")]
    assert kinds == [small().activation, None, small().activation]
    named = Assembler(SMALL | {"activation": "relu"})
    assert named.experiment({"architecture": "rnn"}) == small(activation="relu")
    with pytest.raises(InvalidPointError):
        named.experiment({"architecture": "lstm"})


def test_what_a_copy_changes_changes_its_run_and_a_pickle_keeps_it() -> None:
    one = Assembler(SMALL).experiment({"seed": 3})
    run, shape = one.run, one.shape
    other = one.model_copy(update={"depth": 2})
    assert (other.run, other.shape) == (small(seed=3, depth=2).run, small(seed=3, depth=2).shape)
    assert (one.run, one.shape) == (run, shape)
    again = pickle.loads(pickle.dumps(other))
    assert (again, again.run, again.shape) == (other, other.run, other.shape)


def test_points_do_not_go_through_pydantic_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = {"validations": 0, "findings": 0}

    def counted(name: str, function: Any) -> Any:
        def call(*args: Any, **keys: Any) -> Any:
            calls[name] += 1
            return function(*args, **keys)

        return call

    validate = BaseModel.model_validate.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(BaseModel, "model_validate", classmethod(counted("validations", validate)))
    monkeypatch.setattr(BaseModel, "__init__", counted("validations", BaseModel.__init__))
    monkeypatch.setattr(assembly, "findings", counted("findings", assembly.findings))
    seeds, gains, rates, widths = range(200), [0.1 * gain for gain in range(1, 6)], [0.1, 1.0], [3, 4]
    assembler = Assembler(SMALL)
    made = [
        assembler.experiment({"seed": seed, "init.gain": gain, "optimizer.lr": rate, "width": width})
        for seed, gain, rate, width in product(seeds, gains, rates, widths)
    ]
    assert len({one.run for one in made}) == len(made) == 4000
    assert len({id(one.shape) for one in made}) == 2
    assert len(seeds) < calls["validations"] < 500
    assert calls["findings"] == 5 * 2 * 2  # each init, optimizer and width, which parts may look at; not each seed

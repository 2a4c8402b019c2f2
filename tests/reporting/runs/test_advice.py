"""Advice: every command is one that the spec takes, quoting included, and the main ones do what they promise."""

import shlex
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from gradx.engine.cohort import Cohort
from gradx.engine.train import train
from gradx.reporting.runs.advice import MOST, RULES, advise
from gradx.reporting.runs.facts import Facts
from gradx.spec import load

DEPTH = {"task": "digits", "depth": 30}
TIME = {"task": "adding", "sequence_length": 100}
LARGE = {"kind": "orthogonal", "gain": 1.2}
SPECS: list[dict[str, Any]] = [
    {"architecture": "mlp", **DEPTH},
    {"architecture": "mlp", **DEPTH, "activation": "sigmoid", "optimizer": {"kind": "sgd", "momentum": 0.9}},
    {
        "architecture": "mlp",
        **DEPTH,
        "activation": "tanh",
        "init": {"kind": "normal", "gain": 3.0},
        "optimizer": "adam",
    },
    {"architecture": "mlp", **DEPTH, "activation": "relu", "init": "kaiming_normal"},
    {"architecture": "mlp", **DEPTH, "init": "kaiming_normal", "residual": "identity"},
    {"architecture": "mlp", **DEPTH, "init": "xavier_normal", "dtype": "float16", "loss_scale": 1e9},
    {"architecture": "cnn", **DEPTH, "width": 8, "init": "xavier_normal", "clipping": "norm"},
    {"architecture": "rnn", **TIME},
    {"architecture": "rnn", **TIME, "activation": "sigmoid", "init": {"kind": "uniform", "recurrent": "identity"}},
    {"architecture": "rnn", **TIME, "activation": "gelu", "init": {"kind": "normal", "recurrent": {"kind": "normal"}}},
    {"architecture": "rnn", **TIME, "activation": "tanh", "init": {"kind": "orthogonal", "gain": 1.5}},
    {"architecture": {"kind": "lstm"}, **TIME, "depth": 4},
    {"architecture": {"kind": "lstm", "forget_bias": 9.0}, **TIME, "clipping": {"kind": "value"}},
    {"architecture": "gru", **TIME, "optimizer": {"kind": "rmsprop", "lr": 0.1}},
    {"architecture": "rnn", "task": "pixel_digits", "steps": 0},
]
OUTCOMES: list[dict[str, Any]] = [
    {"status": "finished", "solved": False, "steps_done": 10, "clip_rate": 1.0},
    {"status": "finished", "solved": True},
    {"status": "diverged", "diverged_at": 0, "grad_norm.first": float("inf")},
    {"status": "diverged", "diverged_at": 5, "grad_norm.first": 3.0, "decades.depth": 4.0, "decades.time": 4.0},
    {"status": "failed", "error": "out of memory"},
    {},
]
VERDICTS: list[dict[str, Any]] = [
    {},
    *(
        {f"verdict.{axis}": word, f"growth.{axis}": growth, f"decades.{axis}": decades}
        for axis in ("depth", "time")
        for word, growth, decades in (("vanishing", 0.8, -3.0), ("vanishing", None, None), ("exploding", 1.4, 5.0))
    ),
]


def written(folder: Path, spec: dict[str, Any]) -> Path:
    path = folder / "it's here.yaml"
    path.write_text(yaml.safe_dump({"name": "example", **spec}))
    return path


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: str(spec["architecture"]))
def test_every_command_is_valid_and_changes_the_run(tmp_path, spec) -> None:
    path = written(tmp_path, spec)
    before = load(path, ["seed=7", "width=16"])
    for outcome, verdict in product(OUTCOMES, VERDICTS):
        row = before.flat() | outcome | verdict
        found = advise(row, str(path), ["seed=7", "width=16"])
        assert 1 <= len(found) <= MOST
        assert len({advice.words for advice in found}) == len(found)
        for advice in found:
            assert shlex.split(advice.command) == list(advice.words)
            assert advice.words[:3] == ("gradx", "run", str(path))
            after = load(path, advice.words[3:])
            assert (after.run != before.run) == (outcome.get("status") != "failed")


def test_every_rule_speaks_somewhere(tmp_path) -> None:
    rows = [load(written(tmp_path, spec)).flat() for spec in SPECS]
    facts = [Facts(row | outcome | verdict) for row, outcome, verdict in product(rows, OUTCOMES, VERDICTS)]
    assert [rule.why for rule in RULES if not any(map(rule.when, facts))] == []


def test_of_an_empty_row_there_is_still_something_to_say() -> None:
    assert [advice.command for advice in advise({}, "a b.yaml")] == ["gradx run 'a b.yaml' seed=1"]


def test_the_users_own_overrides_stay_unless_replaced() -> None:
    row = {"status": "finished", "solved": True, "seed": 3, "architecture": "mlp", "depth": 5}
    commands = [advice.command for advice in advise(row, "c.yaml", ["depth=5", "width=9"])]
    assert commands == ["gradx run c.yaml width=9 depth=10", "gradx run c.yaml depth=5 width=9 seed=4"]


def lost(path: Path, axis: str, overrides=()) -> float:
    """The decades of the gradient norm over the axis, at initialization."""
    torch.set_num_threads(1)
    (member,) = train(Cohort([load(path, [*overrides, "steps=0"])], torch.device("cpu")), lambda _: None).members
    found = member.first.scalar(f"decades.{axis}")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("spec", "axis", "verdict"),
    [
        ({"architecture": "mlp", **DEPTH, "activation": "sigmoid"}, "depth", "vanishing"),
        ({"architecture": "mlp", **DEPTH, "activation": "tanh"}, "depth", "vanishing"),
        ({"architecture": "rnn", **TIME}, "time", "vanishing"),
        ({"architecture": "lstm", **TIME}, "time", "vanishing"),
        ({"architecture": "gru", **TIME}, "time", "vanishing"),
        ({"architecture": "rnn", **TIME, "activation": "identity", "init": LARGE}, "time", "exploding"),
        ({"architecture": "mlp", **DEPTH, "init": {"kind": "kaiming_normal", "gain": 2.0}}, "depth", "exploding"),
        ({"architecture": "mlp", **DEPTH, "activation": "tanh", "init": LARGE | {"gain": 3.0}}, "depth", "exploding"),
    ],
    ids=lambda value: str(value["architecture"]) if isinstance(value, dict) else value,
)  # fmt: skip
def test_the_first_advice_heals_the_gradient(tmp_path, spec, axis, verdict) -> None:
    path = written(tmp_path, spec)
    before = lost(path, axis)
    assert abs(before) > 3
    row = load(path).flat() | {f"verdict.{axis}": verdict, f"decades.{axis}": before, "status": "finished"}
    row[f"growth.{axis}"] = 10 ** (before / (spec.get("sequence_length") or spec["depth"]))
    assert abs(lost(path, axis, advise(row, str(path))[0].words[3:])) < 2


def test_an_override_that_forbids_training_is_left_out() -> None:
    run = {"status": "finished", "steps": 0, "steps_done": 0, "solved": False, "verdict.depth": "stable"}
    (first, *_) = advise(run, "a.yaml", ["steps=0", "depth=100"])
    assert first.words == ("gradx", "run", "a.yaml", "depth=100")
    (first, *_) = advise(run, "a.yaml", ["depth=100"])
    assert first.words == ("gradx", "run", "a.yaml", "depth=100", "steps=1000")

"""The public functions: run, check, load, and what stands behind the other commands."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from common.specs import small

import gradx
from gradx import Experiment
from gradx.api.placement import pick_device
from gradx.api.runs import SMOKE_BATCH, SMOKE_STEPS, judge, smoked
from gradx.base.errors import GradxError, ResultsError, SpecError
from gradx.engine.train import Progress


def experiment(**fields: Any) -> Experiment:
    return small(**{"sequence_length": 6, "width": 4, "batch_size": 4, "steps": 5} | fields)


def test_run_trains_an_experiment_and_load_reads_it(tmp_path: Path) -> None:
    seen: list[Progress] = []
    done = gradx.run(experiment(name="mine", seed=3), results=tmp_path, progress=seen.append)
    assert (done.status, done.computed, set(done.verdict)) == ("finished", True, {"time"})
    assert (seen[-1].step, seen[-1].steps) == (5, 5)
    runs = gradx.load(tmp_path / "mine").runs
    assert runs.run.tolist() == [done.experiment.run]
    assert runs["loss.final"].tolist() == [done.row["loss.final"]]
    loss = done.trace("loss")
    assert set(loss.quantity) == {"loss"}
    assert loss["value"].iloc[-1] == done.row["loss.final"]
    everything = gradx.load(str(tmp_path / "mine")).trace()
    pd.testing.assert_frame_equal(everything, done.trace())
    again = gradx.run(experiment(name="mine", seed=3), results=str(tmp_path))
    assert not again.computed
    assert {key: value for key, value in again.row.items() if value is not None} == {
        key: value for key, value in done.row.items() if value is not None
    }


def test_a_summary_that_is_missing_is_written_again_though_nothing_is_trained(tmp_path: Path) -> None:
    summary = gradx.run(experiment(), results=tmp_path).results.paths.summary
    written = summary.read_text()
    summary.unlink()
    assert not gradx.run(experiment(), results=tmp_path).computed
    assert summary.read_text() == written


def test_run_takes_a_file_as_text_or_path_with_overrides(tmp_path: Path) -> None:
    config = tmp_path / "x.yaml"
    config.write_text("architecture: rnn\ntask: adding\nsequence_length: 6\nwidth: 4\nbatch_size: 4\nsteps: 5\n")
    first = gradx.run(config, ["seed=3"], results=tmp_path)
    assert first.experiment == experiment(name="x", seed=3)
    assert not gradx.run(str(config), ["seed=3"], results=tmp_path).computed


def test_an_experiment_is_checked_as_a_file_is(tmp_path: Path) -> None:
    gone = experiment(task={"kind": "text", "path": str(tmp_path / "gone.txt")})
    with pytest.raises(SpecError, match=r"cannot read .*gone\.txt"):
        gradx.run(gone, results=tmp_path / "results")
    assert not (tmp_path / "results").exists()
    for wrong, message in (
        ({"depth": 0}, "greater than or equal to 1"),
        ({"dept": 1}, "Extra inputs"),
        ({"sequence_length": None}, "task adding needs the key 'sequence_length'"),
        ({"architecture": "lstm", "activation": "tanh"}, "does not use 'activation'"),
        ({"expect": ["growth.dept < 1"]}, "did you mean 'growth.depth'"),
    ):
        with pytest.raises(ValueError, match=message):
            experiment(**wrong)


def test_a_text_that_changes_while_this_process_lives_is_another_run(tmp_path: Path) -> None:
    text = tmp_path / "t.txt"
    text.write_text("abcde " * 50)
    one = experiment(task={"kind": "text", "path": str(text)})
    before = gradx.run(one, results=tmp_path)
    text.write_text("abcdf " * 50 + "g")
    after = gradx.run(one, results=tmp_path)
    assert after.computed
    assert before.row["task.sha256"] != after.row["task.sha256"]


def test_check_gives_the_experiment_and_what_it_costs(tmp_path: Path) -> None:
    config = tmp_path / "x.yaml"
    config.write_text("architecture: mlp\ntask: digits\n")
    one, cost = gradx.check(config)
    assert (one.name, one.activation) == (
        "x",
        Experiment(architecture="mlp", task="digits", activation="relu").activation,
    )
    assert cost.parameters == 64 * 64 + 64 + 64 * 10 + 10
    _, deeper = gradx.check(str(config), ["depth=11"])
    assert deeper.parameters - cost.parameters == 10 * (64 * 64 + 64)
    assert deeper.seconds > cost.seconds > 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


def test_load_of_what_is_not_there_is_an_error_when_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="is not a results directory: it has no runs/"):
        _ = gradx.load(tmp_path).runs


def test_a_claim_is_judged_by_the_row() -> None:
    row = {"growth.time": 0.5, "verdict.time": "vanishing", "solved": False, "loss.final": math.nan}
    assert judge("growth.time < 0.7 and not solved", row) == ("growth.time < 0.7 and not solved", True, "")
    assert judge("verdict.time == 'stable'", row)[1:] == (False, "")
    assert judge("loss.final < 1", row)[1:] == (False, "")
    assert judge("growth.depth < 1", row)[1:] == (None, "growth.depth is not available")


def test_smoked_keeps_what_the_experiment_is_and_cuts_what_it_costs() -> None:
    full = experiment(steps=1000, batch_size=64, expect=["solved"], measure={"every": "log", "quantities": ["loss"]})
    cut = smoked(full)
    assert (cut.steps, cut.batch_size, cut.expect) == (SMOKE_STEPS, SMOKE_BATCH, [])
    assert cut.measure.quantities == full.measure.quantities
    kept = set(Experiment.model_fields) - {"steps", "batch_size", "expect", "measure"}
    assert all(getattr(cut, key) == getattr(full, key) for key in kept)
    assert smoked(experiment(steps=0, batch_size=2)).steps == 0


def test_the_device_is_what_was_asked_for_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for available, chosen in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda available=available: available)
        assert pick_device("auto").type == chosen
        assert pick_device("cpu").type == "cpu"
    assert pick_device("cuda").type == "cuda"
    with pytest.raises(SpecError, match="unknown device 'gpu'"):
        pick_device("gpu")


def test_errors_of_gradx_have_one_root() -> None:
    assert (GradxError.exit_code, SpecError.exit_code, ResultsError.exit_code) == (1, 2, 1)
    assert issubclass(SpecError, GradxError)
    assert issubclass(ResultsError, GradxError)

"""`gradx run`: what it computes, prints, writes, repeats and does not repeat, and how it exits."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from common.commands import Reply, gradx

SMALL = """\
architecture: rnn
task: adding
sequence_length: 6
width: 4
batch_size: 4
steps: 12
measure: {every: 5, evaluations: 2}
"""
EXPLODES = """\
architecture: rnn
activation: tanh
task: adding
sequence_length: 20
width: 8
batch_size: 4
steps: 40
init: {kind: normal, std: 1.0}
optimizer: {kind: sgd, lr: 1e4}
measure: {every: 7}
"""


@pytest.fixture(autouse=True)
def config(here: Path) -> Path:
    """small.yaml and explodes.yaml."""
    (here / "explodes.yaml").write_text(EXPLODES)
    (here / "small.yaml").write_text(SMALL)
    return here / "small.yaml"


def as_json(got: Reply) -> dict[str, Any]:
    """The one JSON object that is all of stdout; NaN and Infinity, which JSON does not have, are refused."""

    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    assert got.out.count("\n") == 1
    shown: dict[str, Any] = json.loads(got.out, parse_constant=refuse)
    assert {"run", "name", "status", "verdict", "metrics", "results"} <= shown.keys()
    return shown


def files(root: str) -> dict[str, int]:
    """When each file below `root` was last changed."""
    return {str(path): path.stat().st_mtime_ns for path in Path(root).rglob("*") if path.is_file()}


def train_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("lost\nthe thread")

    monkeypatch.setattr("gradx.work.train", fail)


def test_a_run_prints_a_panel_and_leaves_files_that_pandas_reads_in_one_line() -> None:
    got = gradx("run", "small.yaml")
    assert got.code == 0
    assert max(map(len, got.out.splitlines())) <= 80
    assert "Training  12 of 12 steps" in got.out
    assert "step 12/12" in got.err
    (row,) = pd.read_parquet("results/small/runs").to_dict("records")
    assert (row["name"], row["status"], row["steps_done"]) == ("small", "finished", 12)
    trace = pd.read_parquet("results/small/trace")
    assert set(trace.step[trace.quantity == "grad_norm"]) == {0, 5, 10, 11}
    assert set(trace.step[trace.quantity == "metric"]) == {6, 12}
    assert {"spec.yaml", "environment.json", "summary.csv"} <= {path.name for path in Path("results/small").iterdir()}
    assert json.loads(Path("results/small/environment.json").read_text())["threads"] == 1


def test_what_is_there_is_not_repeated() -> None:
    first = as_json(gradx("run", "small.yaml", "--json"))
    before = files("results")
    again = as_json(gradx("run", "small.yaml", "--json"))
    assert (first["computed"], again["computed"]) == (True, False)
    assert first | {"computed": False} == again
    assert "This run is in the results already" in gradx("run", "small.yaml").out
    assert files("results") == before


def test_force_repeats_it_and_doubles_nothing() -> None:
    gradx("run", "small.yaml", "-q")
    runs, trace = pd.read_parquet("results/small/runs"), pd.read_parquet("results/small/trace")
    before = files("results/small/runs")
    assert as_json(gradx("run", "small.yaml", "--json", "--force"))["computed"]
    assert files("results/small/runs") != before
    pd.testing.assert_frame_equal(pd.read_parquet("results/small/trace"), trace)
    pd.testing.assert_frame_equal(
        pd.read_parquet("results/small/runs").drop(columns="seconds"), runs.drop(columns="seconds")
    )


def test_an_override_makes_a_second_run_beside_the_first() -> None:
    first = as_json(gradx("run", "small.yaml", "--json"))
    second = as_json(gradx("run", "small.yaml", "--json", "optimizer=adam", "width=5", "clipping=norm"))
    assert first["run"] != second["run"]
    assert first["results"] == second["results"]
    runs = pd.read_parquet("results/small/runs").set_index("run")
    assert runs.optimizer.to_dict() == {first["run"]: "sgd", second["run"]: "adam"}
    assert runs["width"].to_dict() == {first["run"]: 4, second["run"]: 5}
    assert pd.read_parquet("results/small/trace").run.nunique() == 2
    again = as_json(gradx("run", "small.yaml", "--json"))  # the row now has columns of the other run
    assert again["metrics"] == first["metrics"]
    assert not any(key.startswith(("optimizer", "clipping")) for key in again["metrics"])


def test_the_order_of_keys_name_and_claims_do_not_make_another_run() -> None:
    first = as_json(gradx("run", "small.yaml", "--json"))
    lines = [*SMALL.splitlines()[::-1], "expect: [solved]", "name: small", "seed: 0"]
    Path("again.yaml").write_text("\n".join(lines))
    again = as_json(gradx("run", "again.yaml", "--json"))
    assert (again["run"], again["computed"]) == (first["run"], False)
    assert [claim["claim"] for claim in again["expect"]] == ["solved"]


def test_the_spec_written_is_runnable_and_the_same_run() -> None:
    first = as_json(gradx("run", "small.yaml", "--json", "name='1e3'", "expect=[not solved]"))
    again = as_json(gradx("run", "results/1e3/spec.yaml", "--json"))
    assert first | {"computed": False} == again
    Path("checked.yaml").write_text(gradx("check", "small.yaml", "name='1e3'").out)
    assert as_json(gradx("run", "checked.yaml", "--json"))["run"] == first["run"]


def test_divergence_is_a_result() -> None:
    got = gradx("run", "explodes.yaml")
    assert got.code == 0
    assert "✖ diverged through time" in got.out
    assert "Gradient norm by time step" in got.out
    (row,) = pd.read_parquet("results/explodes/runs").to_dict("records")
    assert (row["status"], row["verdict.time"]) == ("diverged", "diverged")
    assert 0 < row["diverged_at"] < 39
    assert row["steps_done"] == row["diverged_at"] + 1
    assert not np.isfinite(row["loss.final"])
    trace = pd.read_parquet("results/explodes/trace")
    loss = trace[trace.quantity == "loss"].set_index("step")["value"]
    assert loss.index[-1] == trace[trace.quantity != "metric"].step.max() == row["diverged_at"]
    assert not np.isfinite(loss.iloc[-1])
    assert np.isfinite(loss.iloc[:-1]).all()


def test_json_of_a_diverged_run_has_null_for_what_is_not_finite() -> None:
    got = gradx(
        "run", "explodes.yaml", "--json", "expect=['loss.final < 1', \"status == 'diverged'\", growth.depth < 1]"
    )
    shown = as_json(got)
    assert (got.code, got.err, shown["status"], shown["verdict"]) == (0, "", "diverged", {"time": "diverged"})
    assert shown["metrics"]["loss.final"] in ("nan", "inf")
    assert shown["metrics"]["diverged_at"] > 0
    assert [claim["met"] for claim in shown["expect"]] == [False, True, None]
    again = as_json(gradx("run", "explodes.yaml", "--json"))
    assert (again["run"], again["computed"], again["metrics"]) == (shown["run"], False, shown["metrics"])


def test_a_failure_is_a_row_with_its_error_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        train_fails(patch)
        got = gradx("run", "small.yaml")
        assert (got.code, "Traceback" in got.err) == (1, False)
        assert "✖ failed" in got.out
        assert "RuntimeError: lost\n  the thread" in got.out
        shown = as_json(gradx("run", "small.yaml", "--json", "--strict", "expect=[solved]"))
        assert (shown["status"], shown["error"]) == ("failed", "RuntimeError: lost\nthe thread")
        assert (shown["computed"], shown["verdict"], shown["expect"]) == (True, {}, [])
        line = gradx("run", "small.yaml", "-q")
        assert (line.code, line.out) == (1, "small failed RuntimeError: lost\\nthe thread, results/small\n")
        assert pd.read_parquet("results/small/runs").status.tolist() == ["failed"]
    assert gradx("run", "small.yaml", "-q").code == 0
    (row,) = pd.read_parquet("results/small/runs").to_dict("records")
    assert row["status"] == "finished"
    assert pd.isna(row["error"])


def test_claims_are_judged_and_strict_makes_a_missed_one_an_error() -> None:
    met, missed, unknown = "steps_done == 12", "steps_done == 13", "growth.depth < 1"
    got = gradx("run", "small.yaml", f"expect=[{met}, {missed}, {unknown}]")
    assert got.code == 0
    assert "Claims  1 of 2 judged met, 1 cannot be judged" in got.out
    assert "cannot be judged growth.depth < 1 (growth.depth is not available)" in " ".join(got.out.split())
    for claims, code in ((met, 0), (missed, 1), (unknown, 1), (f"{met}, {missed}", 1), ("", 0)):
        assert gradx("run", "small.yaml", "-q", "--strict", f"expect=[{claims}]").code == code
    assert gradx("run", "small.yaml", "-q", f"expect=[{met}, {missed}]").out.endswith(
        "1 of 2 claims met, results/small\n"
    )


def test_quiet_prints_one_line() -> None:
    got = gradx("run", "small.yaml", "--quiet")
    assert (got.code, got.err, got.out.count("\n")) == (0, "", 1)
    assert got.out.startswith("small finished time:")


def test_smoke_is_small_apart_and_judges_nothing() -> None:
    words = ["run", "small.yaml", "batch_size=64", "expect=[solved]"]
    shown = as_json(gradx(*words, "--json", "--smoke", "--strict"))
    assert (shown["metrics"]["steps_done"], shown["expect"], shown["results"]) == (3, [], "results/.smoke/small")
    assert yaml.safe_load(Path("results/.smoke/small/spec.yaml").read_text())["batch_size"] == 8
    assert not Path("results/small").exists()
    assert "no runs in results" in gradx("ls", "runs").out
    assert shown["run"] in gradx("ls", "runs", "--results", "results/.smoke").out
    assert as_json(gradx(*words, "--json"))["metrics"]["steps_done"] == 12
    assert gradx("run", "small.yaml", "--smoke", "task=digits", "sequence_length=null", "architecture=mlp",
                 "batch_size=1438").code == 2  # fmt: skip  # wrong, though the smoke run would do


def test_results_go_where_they_are_wanted(here: Path) -> None:
    assert (
        as_json(gradx("run", "small.yaml", "--json", "--results", here / "a" / "b"))["results"] == f"{here}/a/b/small"
    )
    assert not Path("results").exists()


def test_the_panel_suggests_commands_that_keep_the_overrides() -> None:
    out = gradx("run", "explodes.yaml", "seed=7").out
    assert "gradx run explodes.yaml seed=7 " in out.replace("\\\n         ", " ")


def test_a_text_that_has_changed_is_another_run(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    def run_in(folder: str) -> dict[str, Any]:
        monkeypatch.chdir(here / folder)
        words = ("run", here / "small.yaml", "task={kind: text, path: t.txt}", "--json", "--results", here / "results")
        return as_json(gradx(*words))

    for folder, text in (("before", "abcde " * 50), ("after", "abcdf " * 50)):
        (here / folder).mkdir()
        (here / folder / "t.txt").write_text(text)
    before, again, after, then = run_in("before"), run_in("before"), run_in("after"), run_in("after")
    assert [shown["computed"] for shown in (before, again, after, then)] == [True, False, True, False]
    assert before["run"] == after["run"]
    assert before["metrics"]["task.sha256"] != after["metrics"]["task.sha256"]
    assert pd.read_parquet(here / "results/small/runs")["task.sha256"].tolist() == [after["metrics"]["task.sha256"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "small.yaml", "--fast"], "No such option: --fast"),
        (["run"], "Missing argument 'CONFIG'"),
        (["run", "small.yaml", "--device", "tpu"], "gradx: --device: unknown device 'tpu' (allowed: auto, cpu, cuda)"),
        (["run", "small.yaml", "--results"], "requires an argument"),
        (["rum", "small.yaml"], "No such command 'rum'"),
    ],
)
def test_wrong_usage_is_exit_code_2(words: list[str], said: str) -> None:
    got = gradx(*words)
    assert (got.code, got.out) == (2, "")
    assert said in got.err
    assert not Path("results").exists()


def test_cuda_where_there_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    got = gradx("run", "small.yaml", "--device", "cuda")
    assert (got.code, got.out) == (2, "")
    assert "torch sees no CUDA device (allowed here: auto, cpu)" in got.err

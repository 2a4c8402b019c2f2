"""`gradx sweep`: what it plans, trains, prints, writes, repeats and does not repeat, and how it exits."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from common.commands import Reply, gradx
from common.specs import small
from common.sweeps import KILLED, KILLED_AFTERWARDS, LATE, RAISING, assert_same, faulty_work, left_over, read

from gradx import driver, work
from gradx.engine.train import train
from gradx.store.runs import Results

CONFIG = """\
architecture: rnn
task: adding
sequence_length: 5
width: 3
batch_size: 2
steps: 4
dtype: float64
sweep:
  grid: {seed: {range: [0, 3]}, width: [3, 4]}
expect:
- steps_done == 4
- {where: width == 4, that: share(status == 'finished') >= 0.9}
"""


@pytest.fixture(autouse=True)
def config(here: Path) -> None:
    (here / "x.yaml").write_text(CONFIG)


def as_json(got: Reply) -> dict[str, Any]:
    """The one JSON object that is all of stdout."""
    assert got.out.count("\n") == 1

    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    shown: dict[str, Any] = json.loads(got.out, parse_constant=refuse)
    return shown


def everything(root: str = ".") -> dict[str, int]:
    """When each file was last changed."""
    return {str(path): path.stat().st_mtime_ns for path in Path(root).rglob("*")}


def fail_when_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(cohort: Any, *rest: Any) -> Any:
        if cohort.spec.width == 4:
            raise RuntimeError("lost\nthe thread")
        return train(cohort, *rest)

    monkeypatch.setattr(work, "train", fail)


def test_a_sweep_prints_a_page_and_leaves_files_that_pandas_reads_in_one_line() -> None:
    got = gradx("sweep", "x.yaml")
    assert got.code == 0
    assert got.out.startswith("x  6 runs")
    assert "Claims  2 of 2 met" in got.out
    assert got.err.splitlines()[-1].startswith("6/6 runs")
    runs = pd.read_parquet("results/x/runs")
    assert sorted(zip(runs["seed"], runs["width"], strict=True)) == [(s, w) for s in range(3) for w in (3, 4)]
    assert set(pd.read_parquet("results/x/trace")["run"]) == set(runs["run"])
    assert yaml.safe_load(Path("results/x/spec.yaml").read_text())["sweep"] == yaml.safe_load(CONFIG)["sweep"]
    assert left_over(Results(Path("results/x"))) == []


def test_the_same_command_goes_on_and_does_not_repeat() -> None:
    first = as_json(gradx("sweep", "x.yaml", "seed=0,1", "--json"))
    assert (first["points"], first["computed"], first["failed"], first["axes"]["seed"]) == (4, 4, 0, [0, 1])
    second = as_json(gradx("sweep", "x.yaml", "--json"))
    assert (second["points"], second["computed"], second["done"]) == (6, 2, 6)
    before = everything("results")
    again = gradx("sweep", "x.yaml")
    assert (again.code, everything("results")) == (0, before)
    assert "6 runs" in again.out
    line = gradx("sweep", "results/x/spec.yaml", "--quiet")
    assert (line.code, line.err, line.out.count("\n")) == (0, "", 1)
    assert line.out.startswith("x 6 runs (0 computed now")
    one = json.loads(gradx("run", "x.yaml", "seed=2", "--json").out)
    assert not one["computed"]
    assert as_json(gradx("sweep", "x.yaml", "seed=2", "--force", "--json"))["computed"] == 2
    assert len(pd.read_parquet("results/x/runs")) == 6


def test_the_plan_is_printed_and_nothing_is_written() -> None:
    before = everything()
    for words in (["sweep", "x.yaml", "--dry-run"], ["check", "x.yaml"]):
        got = gradx(*words)
        assert (got.code, got.err) == (0, "")
        shown = " ".join(got.out.split())
        assert "Axes 3 × 2 seed 0, 1, 2 (3) width 3, 4 (2)" in shown
        assert "x 6 points" in shown
        assert "finished 0 to do 6" in shown
        assert "1 cohort of 3 members: rnn, depth 1, width 3, adding, length 5, 4 steps" in shown
        assert all(f"{word} about " in shown for word in ("time", "memory", "disk"))
    plan = as_json(gradx("sweep", "x.yaml", "--dry-run", "--json", "--members", "2"))
    assert (plan["points"], plan["finished"], plan["busy"], len(plan["cohorts"])) == (6, 0, 0, 4)
    assert everything() == before
    gradx("sweep", "x.yaml", "seed=1")
    before = everything()
    assert "finished 2 to do 4" in " ".join(gradx("sweep", "x.yaml", "--dry-run").out.split())
    assert everything() == before


def test_what_fails_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        fail_when_wide(patch)
        got = gradx("sweep", "x.yaml")
        assert (got.code, "Traceback" in got.err) == (1, False)
        assert "3 failed" in got.out
        assert "RuntimeError: lost" in got.out
        shown = as_json(gradx("sweep", "x.yaml", "--json"))
        assert (shown["computed"], shown["failed"], shown["done"]) == (0, 3, 3)
        assert [run["status"] for run in shown["runs"]] == ["finished", "failed"] * 3
        quiet = gradx("sweep", "x.yaml", "-q")
        assert (quiet.code, "3 failed" in quiet.out) == (1, True)
    shown = as_json(gradx("sweep", "x.yaml", "--json"))
    assert (shown["computed"], shown["failed"], shown["done"]) == (3, 0, 6)


def test_it_stops_after_so_many_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradx.plan.WORTH_A_JOB", 0.0)
    fail_when_wide(monkeypatch)
    got = gradx("sweep", "x.yaml", "width=4,3", "--members", "1", "--max-failures", "2", "--json")
    shown = as_json(got)
    assert (got.code, shown["failed"], shown["computed"]) == (1, 2, 0)
    assert len(pd.read_parquet("results/x/runs")) == 2


def test_runs_that_are_removed_meanwhile_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradx.api.sweeps.rows", lambda *given: driver.rows(*given)[1:])
    got = gradx("sweep", "x.yaml", "-q")
    assert got.code == 0
    assert got.err == "gradx: 1 of 6 was removed from the results meanwhile\n"


def test_a_pool_does_the_same_and_loses_only_what_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradx.plan.WORTH_A_JOB", 0.0)
    words = ["sweep", "x.yaml", f"width=3,{KILLED},{RAISING},{LATE},{KILLED_AFTERWARDS},4", "--members", "2", "--json"]
    pool = ["--executor", "pool", "--workers", "2"]
    with monkeypatch.context() as patch:
        patch.setattr("gradx.driver.work", faulty_work)
        got = gradx(*words, *pool, "--timeout", "5")
    shown = as_json(got)
    assert (got.code, shown["computed"], shown["failed"], shown["done"]) == (1, 9, 9, 9)
    errors = pd.read_parquet("results/x/runs").dropna(subset="error").groupby("width")["error"].agg(set).to_dict()
    assert errors == {
        KILLED: {"killed by SIGKILL: out of memory, perhaps"},
        RAISING: {"MemoryError: too wide"},
        LATE: {"timed out after 5.0 s"},
    }
    again = gradx(*words, *pool)
    assert (again.code, as_json(again)["computed"], as_json(again)["failed"]) == (0, 9, 0)
    assert gradx(*words, "--executor", "inline", "--results", "inline").code == 0
    assert_same(Results(Path("results/x")), Results(Path("inline/x")))
    assert left_over(Results(Path("results/x"))) == []


def test_claims_are_judged_and_strict_makes_a_missed_one_an_error() -> None:
    missed = "{where: width == 4, that: all(steps_done == 5)}"
    for claims, code, met in (
        ("[steps_done == 4]", 0, [True]),
        (f"[{missed}]", 1, [False]),
        ("[{that: median(growth.depth) < 1}]", 1, [None]),
        (f"[steps_done == 4, {missed}]", 1, [True, False]),
    ):
        words = ["sweep", "x.yaml", f"expect={claims}"]
        assert [claim["met"] for claim in as_json(gradx(*words, "--json"))["expect"]] == met
        assert gradx(*words, "-q").code == 0
        assert gradx(*words, "-q", "--strict").code == code
    assert "1 of 2 claims met" in gradx("sweep", "x.yaml", "-q", f"expect=[steps_done == 4, {missed}]").out


def test_smoke_takes_a_point_of_each_shape_apart_and_judges_nothing() -> None:
    shown = as_json(gradx("sweep", "x.yaml", "--smoke", "--json", "--strict", "expect=[solved]", "steps=500"))
    assert (shown["points"], shown["expect"], shown["results"]) == (2, [], "results/.smoke/x")
    assert not Path("results/x").exists()
    assert set(pd.read_parquet("results/.smoke/x/runs")["steps"]) == {3}


def test_a_sweep_without_axes_is_one_run() -> None:
    Path("one.yaml").write_text(CONFIG.partition("sweep:")[0])
    shown = as_json(gradx("sweep", "one.yaml", "--json"))
    assert (shown["points"], shown["axes"], shown["computed"]) == (1, {}, 1)
    assert json.loads(gradx("run", "one.yaml", "--json").out)["computed"] is False


def test_a_run_of_a_file_with_a_sweep_takes_what_stands_beside_it() -> None:
    got = json.loads(gradx("run", "x.yaml", "--json", "expect=[solved]").out)
    assert got["run"] == small(dtype="float64").run
    assert yaml.safe_load(Path("results/x/spec.yaml").read_text())["seed"] == 0


def test_shapes_that_share_a_job_train_as_those_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    gradx("sweep", "x.yaml", "-q")
    monkeypatch.setattr("gradx.plan.WORTH_A_JOB", 0.0)
    gradx("sweep", "x.yaml", "-q", "--results", "alone")
    together, alone = Results(Path("results/x")), Results(Path("alone/x"))
    assert (len(together.paths.run_tokens()), len(alone.paths.run_tokens())) == (1, 2)
    assert_same(together, alone)
    assert len(read(alone)[0]) == 6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--executor", "cloud"], "gradx: --executor: unknown executor 'cloud' (allowed: auto, inline, "),
        (["--workers", "0"], "gradx: --workers: must be greater than 0 (got 0)"),
        (["--workers", "two"], "Invalid value for '--workers'"),
        (["--members", "0"], "gradx: --members: must be at least 1 (got 0)"),
        (["--max-failures", "0"], "gradx: --max-failures: must be at least 1 (got 0)"),
        (["--slurm", "partition"], "gradx: --slurm: expected key=value, like partition=gpu (got 'partition')"),
        (["--slurm", "time=1"], "gradx: --slurm is for --executor slurm (got auto)"),
        (["--timeout", "3", "--executor", "inline"], "gradx: --timeout is for --executor pool or ray (got inline)"),
        (["--timeout", "0"], "gradx: --timeout: must be greater than 0 (got 0"),
        (["--address", "here:1", "--executor", "pool"], "gradx: --address is for --executor ray (got pool)"),
        (["--device", "tpu"], "gradx: --device: unknown device 'tpu' (allowed: auto, cpu, cuda)"),
        (["--fast"], "No such option: --fast"),
    ],
    ids=str,
)  # fmt: skip
def test_wrong_options_are_exit_code_2_and_one_message(words: list[str], said: str) -> None:
    for mode in ([], ["--dry-run"]):
        if mode and words[0] == "--max-failures":
            continue
        got = gradx("sweep", "x.yaml", *words, *mode)
        assert (got.code, got.out) == (2, "")
        assert said in got.err
        assert got.err.count("gradx: ") <= 1
    assert not Path("results").exists()

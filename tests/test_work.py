"""`work`: the rows say what was trained, where and on what; all of a job is committed at once, or nothing."""

import json
import pickle
import re
from math import isfinite, isnan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from common.specs import small
from common.sweeps import left_over, swept

import gradx
from gradx import work
from gradx.base.expression import NAMES
from gradx.engine.train import Progress
from gradx.spec import Experiment
from gradx.store.claims import ClaimLostError
from gradx.store.runs import Results
from gradx.work import Job, Trained

SEEDS = [small(seed=seed) for seed in range(3)]


@pytest.fixture
def results(tmp_path: Path) -> Results:
    made = Results(tmp_path / "x")
    made.create("seed: 0\n", {})
    return made


def job(results: Results, *experiments: Experiment, **more: Any) -> Job:
    return Job((experiments,), results.paths.root, "cpu", **more)


def ignore(_: Progress) -> None: ...


def test_a_job_commits_all_its_rows_and_traces_as_one_part(results: Results) -> None:
    seen: list[Progress] = []
    assert work.work(job(results, *SEEDS), seen.append).statuses == {one.run: "finished" for one in SEEDS}
    assert (seen[-1].step, seen[-1].steps) == (4, 4)
    assert len(results.paths.run_tokens()) == 1
    rows = results.rows()
    for one in SEEDS:
        spec = {key: value for key, value in one.flat().items() if key not in ("name", "expect")}
        assert spec.items() <= rows[one.run].items()
        assert {"name", "status", "error", "seconds", *NAMES} <= set(rows[one.run]) | {"verdict.depth"}
    trace = results.trace(quantity="loss")
    assert trace.groupby("run").step.agg(list).to_dict() == {one.run: [0, 3] for one in SEEDS}
    last = trace[trace.step == 3].set_index("run")["value"]
    assert all(last[one.run] == rows[one.run]["loss.final"] for one in SEEDS)


def test_without_a_token_a_job_claims_what_nobody_has_done_or_is_doing(results: Results) -> None:
    work.work(job(results, SEEDS[0]), ignore)
    with Results(results.paths.root).claim([SEEDS[1].run]):
        assert work.work(job(results, *SEEDS), ignore).statuses == {SEEDS[2].run: "finished"}
    assert work.work(job(results, *SEEDS[:2]), ignore).statuses == {SEEDS[1].run: "finished"}
    assert work.work(job(results, *SEEDS), ignore) == Trained({}, {})
    assert set(work.work(job(results, *SEEDS, force=True), ignore).statuses) == {one.run for one in SEEDS}
    assert len(results.frame()) == 3


def test_with_a_token_a_job_works_under_the_claim_of_the_one_who_sent_it(results: Results) -> None:
    with results.claim([one.run for one in SEEDS]) as claim:
        work.work(job(results, *SEEDS, token=claim.token), ignore)
        assert claim.committed
    assert results.paths.run_tokens() == [claim.token]
    with pytest.raises(ClaimLostError):
        work.work(job(results, *SEEDS, token=claim.token), ignore)


def fail(monkeypatch: pytest.MonkeyPatch, width: int, error: BaseException) -> None:
    """After it has written its trace."""
    train = work.train

    def late(cohort: Any, *rest: Any) -> Any:
        outcome = train(cohort, *rest)
        if cohort.spec.width == width:
            raise error
        return outcome

    monkeypatch.setattr(work, "train", late)


WIDER = [small(seed=seed, width=4) for seed in range(2)]


def test_cohorts_of_a_job_are_committed_together_and_fail_alone(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Progress] = []
    both = Job((tuple(SEEDS), tuple(WIDER)), results.paths.root, "cpu")
    fail(monkeypatch, 4, MemoryError("too wide"))
    found = work.work(both, seen.append)
    assert found.statuses == {one.run: "finished" for one in SEEDS}
    assert found.failed == {one.run: "MemoryError: too wide" for one in WIDER}
    assert len(results.paths.run_tokens()) == 1
    assert {row["error"] for row in results.rows(found.failed).values()} == {"MemoryError: too wide"}
    assert set(results.trace()["run"]) == set(found.statuses)
    assert sorted({(one.step, one.steps) for one in seen})[-1] == (8, 8)


@pytest.mark.parametrize("cohorts", [1, 2])
def test_a_cohort_that_fails_leaves_no_trace_and_keeps_an_old_result(
    results: Results, monkeypatch: pytest.MonkeyPatch, cohorts: int
) -> None:
    there = (tuple(SEEDS), tuple(WIDER))[-cohorts:]
    swept([WIDER[0]], results)
    before = results.rows()
    fail(monkeypatch, 4, RuntimeError("lost"))
    asked = Job(there, results.paths.root, "cpu", force=True, outdated=frozenset([WIDER[0].run]))
    assert work.work(asked, ignore).failed == {one.run: "RuntimeError: lost" for one in WIDER}
    rows = results.rows()
    assert {key: value for key, value in rows[WIDER[0].run].items() if value is not None} == {
        key: value for key, value in before[WIDER[0].run].items() if value is not None
    }
    assert rows[WIDER[1].run]["status"] == "failed"
    assert set(results.trace()["run"]) == {WIDER[0].run, *(one.run for one in SEEDS if cohorts == 2)}


def test_an_interrupted_job_leaves_nothing(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, 4, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        work.work(Job((tuple(SEEDS), tuple(WIDER)), results.paths.root, "cpu"), ignore)
    assert results.frame().empty
    assert results.trace().empty
    assert left_over(results) == []


def test_a_job_travels_and_has_a_key_that_tells_it_from_others(results: Results) -> None:
    one = job(results, *SEEDS)
    again = pickle.loads(pickle.dumps(one))
    assert (again, again.key) == (one, one.key)
    others = [
        job(results, *SEEDS[:2]),
        job(Results(results.paths.root / "y"), *SEEDS),
        job(results, *SEEDS, force=True),
    ]
    assert len({one.key, *(other.key for other in others)}) == 4
    assert job(results, *SEEDS, token="000001-00000000").key == one.key
    assert (one.label, one.steps) == ("rnn", 4)
    both = Job((tuple(SEEDS), (small(architecture="gru"),)), results.paths.root, "cpu")
    assert (both.label, both.steps, len(both.experiments)) == ("rnn, gru, 2 shapes", 8, 4)
    left = both.only([SEEDS[1].run])
    assert (left.cohorts, left.key) == (((SEEDS[1],),), job(results, SEEDS[1]).key)


def test_facts_of_the_task_and_the_machine_are_recorded(results: Results) -> None:
    one = Experiment(architecture="mlp", task="digits", width=3, batch_size=2, steps=1)
    swept([one], results)
    row = results.rows()[one.run]
    assert (row["task.train"], row["task.test"], row["device"]) == (1437, 360, "cpu")
    assert re.fullmatch("[0-9a-f]{64}", row["task.sha256"])
    environment = json.loads(results.paths.environment.read_text())
    assert (environment["torch"], environment["device"], environment["threads"]) == (torch.__version__, "cpu", 1)


def test_the_seconds_of_a_cohort_are_shared_among_its_members(results: Results) -> None:
    swept(SEEDS, results)
    assert results.frame()["seconds"].nunique() == 1
    assert (results.frame()["seconds"] > 0).all()


def test_the_clip_rate_counts_every_step_and_the_cosine_every_sampled_one(tmp_path: Path) -> None:
    def row(quantities: list[str], max_norm: float, **fields: Any) -> dict[str, Any]:
        measure = {"every": 100, "quantities": quantities}
        one = small(clipping={"kind": "norm", "max_norm": max_norm}, measure=measure, **fields)
        return gradx.run(one, results=tmp_path).row

    assert row(["grad_norm"], 1e6)["clip_rate"] == 0
    assert row(["loss"], 1e-6)["clip_rate"] == 1
    assert row(["loss"], 1e-6, steps=0)["clip_rate"] == 1, "the one gradient that was looked at"
    assert (row(["grad_norm"], 1e6)["clip_cosine.min"], row(["grad_norm"], 1e6)["clip_cosine.mean"]) == (1, 1)
    assert row(["grad_norm"], 1e-6)["clip_cosine.mean"] == pytest.approx(1, abs=1e-6)
    assert row(["loss"], 1e-6)["clip_cosine.min"] is None
    value = small(clipping={"kind": "value", "clip_value": 1e-6}, measure={"every": 1})
    assert 0 < gradx.run(value, results=tmp_path).row["clip_cosine.min"] < 0.99
    with pytest.raises(ValueError, match="at most once"):
        row(["grad_norm", "grad_norm"], 1.0)


def test_the_first_and_the_last_layer_learn_at_their_own_pace(results: Results) -> None:
    spec = {"architecture": "mlp", "activation": "sigmoid", "depth": 4, "width": 8, "task": "digits", "steps": 2}
    work.work(job(results, one := Experiment(**spec)), ignore)
    row = results.rows()[one.run]
    trace = results.trace(quantity="update_ratio")
    first = trace[trace.step == 0].set_index("site")["value"]
    assert row["update_ratio.first_layer"] == first["layers.1.weight"]
    assert row["update_ratio.last_layer"] == first["layers.4.weight"] > 10 * first["layers.1.weight"]


def test_the_accuracy_of_nan_is_nan(tmp_path: Path) -> None:
    one = Experiment(
        architecture="mlp", task="digits", depth=3, width=3, steps=1, optimizer={"kind": "sgd", "lr": 1e30}
    )
    row = gradx.run(one, results=tmp_path).row
    assert row["status"] == "diverged"
    assert row["metric.final"] != row["metric.final"]
    assert row["evidence.depth"].startswith("the test loss was not finite after the last step")


def test_members_of_a_cohort_diverge_alone(results: Results) -> None:
    rates = [0.01, 1e30]
    many = [small(optimizer={"kind": "sgd", "lr": rate}, steps=20, measure={"every": 1}) for rate in rates]
    found = work.work(job(results, *many), ignore)
    assert list(found.statuses.values()) == ["finished", "diverged"]
    rows = results.rows()
    assert pd.isna(rows[many[0].run]["diverged_at"])
    at = rows[many[1].run]["diverged_at"]
    assert rows[many[1].run]["steps_done"] == at + 1 < 20
    steps = results.trace(quantity="loss").groupby("run").step.max()
    assert steps.to_dict() == {many[0].run: 19, many[1].run: at}
    for column in ("metric.final", "loss.test"):  # what an earlier look at the test set said is not the end
        assert isfinite(rows[many[0].run][column])
        assert isnan(rows[many[1].run][column])
        assert rows[many[1].run]["solved"] is False


def test_nothing_is_said_of_a_test_set_that_was_never_looked_at(results: Results) -> None:
    wild = small(optimizer={"kind": "sgd", "lr": 1e30}, steps=20, measure={"every": 1, "evaluations": 0})
    work.work(job(results, wild), ignore)
    row = results.rows()[wild.run]
    assert (row["status"], row["metric.final"], row["loss.test"]) == ("diverged", None, None)

"""`work`: the rows say what was trained, where and on what; all of a job is committed at once, or nothing."""

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from common.specs import small
from common.sweeps import swept

import gradx
from gradx import work
from gradx.base.expression import NAMES
from gradx.engine.train import Progress
from gradx.spec import Experiment
from gradx.store.claims import ClaimLostError
from gradx.store.runs import Results
from gradx.work import Job

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
    assert work.work(job(results, *SEEDS[:2]), ignore) == {SEEDS[1].run: "finished"}
    assert work.work(job(results, *SEEDS), ignore) == {}
    assert set(work.work(job(results, *SEEDS, force=True), ignore)) == {one.run for one in SEEDS}
    assert len(results.frame()) == 3


def test_with_a_token_a_job_works_under_the_claim_of_the_one_who_sent_it(results: Results) -> None:
    with results.claim([one.run for one in SEEDS]) as claim:
        work.work(job(results, *SEEDS, token=claim.token), ignore)
        assert claim.committed
    assert results.paths.run_tokens() == [claim.token]
    with pytest.raises(ClaimLostError):
        work.work(job(results, *SEEDS, token=claim.token), ignore)


def test_a_job_that_fails_leaves_nothing(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    train = work.train

    def late(*args: Any) -> Any:
        train(*args)
        raise MemoryError("too wide")

    monkeypatch.setattr(work, "train", late)
    with pytest.raises(MemoryError):
        work.work(job(results, *SEEDS), ignore)
    assert results.frame().empty
    assert results.trace().empty


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
    assert one.label == "rnn, 3 members"
    assert job(results, SEEDS[0]).label == "rnn, 1 member"


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


def test_the_clip_rate_is_missing_where_nothing_counted_it(tmp_path: Path) -> None:
    def rate(quantities: list[str]) -> float | None:
        one = small(clipping={"kind": "norm", "max_norm": 1e6}, measure={"every": 1, "quantities": quantities})
        return gradx.run(one, results=tmp_path).row["clip_rate"]

    assert rate(["loss"]) is None
    assert rate(["grad_norm"]) == 0
    with pytest.raises(ValueError, match="at most once"):
        rate(["grad_norm", "grad_norm"])


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
    assert list(found.values()) == ["finished", "diverged"]
    rows = results.rows()
    assert pd.isna(rows[many[0].run]["diverged_at"])
    at = rows[many[1].run]["diverged_at"]
    assert rows[many[1].run]["steps_done"] == at + 1 < 20
    steps = results.trace(quantity="loss").groupby("run").step.max()
    assert steps.to_dict() == {many[0].run: 19, many[1].run: at}

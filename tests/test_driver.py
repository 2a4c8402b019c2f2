"""`execute`: trains each shape once, only what is missing, keeps what is there, and says what has failed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from common.specs import small
from common.sweeps import CPU, assert_same, left_over, pretend, read, swept

import gradx
from gradx import driver, work
from gradx.base.errors import ResultsError
from gradx.driver import Standing, execute, rows
from gradx.engine.train import train
from gradx.executors.base import Executor, Outcome
from gradx.executors.inline import Inline
from gradx.plan import plan
from gradx.spec import Experiment
from gradx.store.runs import Results

GRID = [small(seed=seed, width=width) for width in (3, 4) for seed in (0, 1)]
RUNS = [one.run for one in GRID]


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path / "x")


@pytest.fixture(autouse=True)
def each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every chunk is a job of its own, however small."""
    monkeypatch.setattr("gradx.plan.WORTH_A_JOB", 0.0)


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The run ids of each cohort that was trained, in order."""
    seen: list[list[str]] = []

    def counted(cohort: Any, *rest: Any) -> Any:
        seen.append([one.run for one in cohort.experiments])
        return train(cohort, *rest)

    monkeypatch.setattr(work, "train", counted)
    return seen


def fail_when_wide(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    trains = work.train

    def fails(cohort: Any, *rest: Any) -> Any:
        if cohort.spec.width == 4:
            raise error
        return trains(cohort, *rest)

    monkeypatch.setattr(work, "train", fails)


def statuses(results: Results) -> dict[str, str]:
    return {run: entry.status for run, entry in results.index().items()}


def test_each_shape_is_trained_once_and_each_run_has_its_row(results: Results, trained: list[list[str]]) -> None:
    report = swept([*GRID, GRID[0]], results)
    assert trained == [RUNS[:2], RUNS[2:]]
    assert (report.computed, report.failed) == (set(RUNS), {})
    assert [row["run"] for row in rows(GRID, results, report)] == RUNS
    assert set(read(results)[0]["run"]) == set(results.trace()["run"]) == set(RUNS)
    assert results.paths.summary.read_text().count("\n") == 1 + len(GRID)
    assert left_over(results) == []


def test_only_what_is_missing_is_trained(results: Results, trained: list[list[str]]) -> None:
    swept(GRID[:1], results)
    before = results.rows()
    report = swept(GRID, results)
    assert trained[1:] == [RUNS[1:2], RUNS[2:]]
    assert report.computed == set(RUNS[1:])
    assert results.rows(RUNS[:1]) == before
    assert swept(GRID, results).computed == set()
    assert len(trained) == 3
    assert swept(GRID[:2], results, force=True).computed == set(RUNS[:2])
    assert trained[3:] == [RUNS[:2]]
    assert set(read(results)[0]["run"]) == set(RUNS)


def test_a_chunk_that_fails_fails_alone_and_is_missing_afterwards(
    results: Results, trained: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_when_wide(patch, MemoryError("too wide"))
        report = swept(GRID, results)
    assert report.failed == dict.fromkeys(RUNS[2:], "MemoryError: too wide")
    assert [row["status"] for row in rows(GRID, results, report)] == ["finished"] * 2 + ["failed"] * 2
    assert statuses(results) == dict.fromkeys(RUNS[:2], "finished") | dict.fromkeys(RUNS[2:], "failed")
    assert {row["error"] for row in results.rows(RUNS[2:]).values()} == {"MemoryError: too wide"}
    assert swept(GRID, results).failed == {}
    assert statuses(results) == dict.fromkeys(RUNS, "finished")
    assert results.frame()["error"].isna().all()
    assert trained == [RUNS[:2], RUNS[2:]]


def test_a_forced_run_that_fails_keeps_the_old_result(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    swept(GRID, results)
    before = read(results)
    fail_when_wide(monkeypatch, RuntimeError("no"))
    report = swept(GRID, results, force=True)
    assert (report.computed, set(report.failed)) == (set(RUNS[:2]), set(RUNS[2:]))
    told = rows(GRID, results, report)
    assert [row["status"] for row in told] == ["finished"] * 2 + ["failed"] * 2
    assert told[2]["error"] == "RuntimeError: no (its earlier result is kept)"
    for now, then in zip(read(results), before, strict=True):
        pd.testing.assert_frame_equal(now, then, check_like=True)
    assert swept(GRID, results).computed == set()


def test_a_forced_run_from_python_that_fails_keeps_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gradx.run(GRID[2], results=tmp_path)
    fail_when_wide(monkeypatch, RuntimeError("no"))
    assert gradx.run(GRID[2], results=tmp_path, force=True).status == "failed"
    after = gradx.run(GRID[2], results=tmp_path)
    assert (after.computed, after.status) == (False, "finished")
    pd.testing.assert_frame_equal(after.trace(), before.trace())


def test_it_stops_after_so_many_failures(
    results: Results, trained: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [small(seed=seed, width=4) for seed in range(6)] + GRID[:2]
    with monkeypatch.context() as patch:
        fail_when_wide(patch, RuntimeError("no"))
        report = swept(many, results, members=2, max_failures=3)
    assert len(report.failed) == 4  # a chunk at a time
    assert (len(rows(many, results, report)), trained) == (4, [])
    assert swept(many, results, members=2, max_failures=3).computed == {one.run for one in many}


def test_an_error_of_the_results_ends_everything(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_when_wide(monkeypatch, ResultsError("the disk is full"))
    with pytest.raises(ResultsError, match="the disk is full"):
        swept([*GRID, small(width=5)], results)
    assert statuses(results) == dict.fromkeys(RUNS[:2], "finished")
    assert left_over(results) == []


class Backwards(Executor):
    def run(self, work: Any, jobs: Iterable[Any], notice: Callable[..., None] = print) -> Iterator[Outcome[Any, Any]]:
        yield from Inline().run(work, reversed(list(jobs)), notice)


class Remote(Executor):
    """Its jobs claim their runs themselves; the first is lost."""

    outlives = True

    def run(self, work: Any, jobs: Iterable[Any], notice: Callable[..., None] = print) -> Iterator[Outcome[Any, Any]]:
        first, *others = jobs
        assert first.token is None
        yield Outcome(first, error="node lost")
        yield from Inline().run(work, others, notice)


def test_an_executor_decides_on_the_order_and_its_outcomes_count(results: Results, trained: list[list[str]]) -> None:
    assert swept(GRID, results, executor=Backwards()).computed == set(RUNS)
    assert trained == [RUNS[2:], RUNS[:2]]


def test_jobs_that_outlive_this_process_claim_for_themselves(results: Results, trained: list[list[str]]) -> None:
    report = swept(GRID, results, executor=Remote())
    assert (report.computed, report.failed) == (set(RUNS[2:]), dict.fromkeys(RUNS[:2], "node lost"))
    assert statuses(results) == dict.fromkeys(RUNS[:2], "failed") | dict.fromkeys(RUNS[2:], "finished")
    assert left_over(results) == []


def test_jobs_are_taken_one_by_one_and_claimed_when_they_are(results: Results) -> None:
    seen: list[int] = []

    class Watching(Executor):
        def run(self, work: Any, jobs: Iterable[Any], notice: Any = None) -> Iterator[Outcome[Any, Any]]:
            for job in jobs:
                seen.append(len(results.busy(RUNS)))
                yield Outcome(job, work(job, print))

    swept(GRID, results, members=1, executor=Watching())
    assert seen == [1, 1, 1, 1]  # the one at hand: those before are released, those after not yet claimed


def test_what_others_have_done_since_the_plan_is_not_done_again(results: Results, trained: list[list[str]]) -> None:
    todo = plan(GRID, results)
    pretend(Results(results.paths.root), GRID[1:3])
    report = execute(todo, GRID, results, CPU, spec="seed: 0\n")
    assert (report.computed, trained) == ({RUNS[0], RUNS[3]}, [[RUNS[0]], [RUNS[3]]])


@pytest.mark.parametrize("finishes", [True, False])
def test_what_others_are_doing_is_waited_for(
    results: Results, trained: list[list[str]], monkeypatch: pytest.MonkeyPatch, finishes: bool
) -> None:
    results.create("seed: 0\n", {})
    other = Results(results.paths.root).claim(RUNS[:2])

    def waiting(runs: set[str]) -> None:
        assert runs == set(RUNS[:2])
        assert trained == [RUNS[2:]]
        if finishes:
            other.commit([work.failed_row(one, "") | {"status": "diverged"} for one in GRID[:2]])
        other.release()

    monkeypatch.setattr(results, "wait", waiting)
    seen: list[Standing] = []
    report = swept(GRID, results, progress=lambda standing: seen.append(replace(standing)))
    assert report.computed == set(RUNS[2:] if finishes else RUNS)
    assert set(statuses(results)) == set(RUNS)
    assert max(standing.busy for standing in seen) == 2
    last = seen[-1]
    assert (last.points, last.done, last.busy, last.failed) == (4, 4, 0, 0)
    assert last.diverged == (2 if finishes else 0)


def test_how_the_sweep_stands(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    swept(GRID[:1], results)
    fail_when_wide(monkeypatch, RuntimeError("no"))
    seen: list[Standing] = []
    burst = small(seed=5, width=5, optimizer={"kind": "sgd", "lr": 1e30}, steps=20)
    swept([*GRID, burst], results, progress=lambda s: seen.append(replace(s, chunks=dict(s.chunks))))
    first, last = seen[0], seen[-1]
    assert (first.points, first.done, first.earlier, first.failed, first.working) == (5, 1, 1, 0, [])
    assert (last.done, last.earlier, last.failed, last.diverged, last.busy, last.working) == (3, 1, 2, 1, 0, [])
    labels = [standing.working[0].label for standing in seen if standing.working]
    assert set(labels) == {"rnn"}
    assert any(standing.latest and standing.latest.step == 4 for standing in seen)


def test_small_chunks_share_a_job_and_what_fails_fails_alone(
    results: Results, trained: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradx.plan.WORTH_A_JOB", 1.0)
    with monkeypatch.context() as patch:
        fail_when_wide(patch, MemoryError("too wide"))
        report = swept([*GRID, small(width=5)], results)
    assert len(results.paths.run_tokens()) == 1
    assert trained == [RUNS[:2], [small(width=5).run]]
    assert report.failed == dict.fromkeys(RUNS[2:], "MemoryError: too wide")
    assert swept(GRID, results).computed == set(RUNS[2:])


def test_many_parts_become_few(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "MANY_PARTS", 3)
    swept(GRID[:3], results, members=1)
    assert len(results.paths.run_tokens()) == 3
    before = read(results)
    swept(GRID, results, members=1)
    assert len(results.paths.run_tokens()) == 1
    rows, trace = read(results)
    pd.testing.assert_frame_equal(rows[rows["run"] != RUNS[3]].reset_index(drop=True), before[0], check_like=True)
    assert set(trace["run"]) == set(RUNS)


def test_pieces_of_any_size_train_the_same(tmp_path: Path) -> None:
    many = [small(seed=seed, dtype="float64", measure={"every": 1}) for seed in range(5)]
    whole, again, single = (Results(tmp_path / name) for name in ("whole", "again", "single"))
    swept(many, whole)
    swept(many, again)
    swept(many, single, members=1)
    assert_same(whole, again)
    (rows_whole, trace_whole), (_, trace_single) = read(whole), read(single)
    assert len(rows_whole) == 5
    pd.testing.assert_frame_equal(trace_whole, trace_single, rtol=1e-9)


def test_a_spec_that_is_there_and_the_summary_are_mended(results: Results) -> None:
    swept(GRID, results)
    written = results.paths.summary.read_text()
    results.paths.summary.unlink()
    assert swept(GRID, results).computed == set()
    assert results.paths.summary.read_text() == written


def test_a_sweep_of_nothing_new_writes_nothing(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    swept(GRID, results)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("nothing is to be written")

    for name in ("create", "write_summary"):
        monkeypatch.setattr(results, name, refuse)
    monkeypatch.setattr(driver, "Inline", refuse)
    assert swept(GRID, results).computed == set()


def test_experiments_of_the_driver_are_those_of_the_rows(results: Results) -> None:
    report = swept(GRID[:2], results)
    both: list[Experiment] = [GRID[1], small(seed=99), GRID[0]]
    assert [row["run"] for row in rows(both, results, report)] == [RUNS[1], RUNS[0]]

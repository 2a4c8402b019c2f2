"""`Pool`: what a job may do to its process, and what becomes of the others."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from common import jobs
from common.processes import children

from gradx.base.errors import GradxError, Problem, ResultsError, SpecError
from gradx.executors.base import Outcome
from gradx.executors.pool import Pool

NOT_A_NUMBER = "ValueError: invalid literal for int() with base 10: 'not a number'"
DOUBLES = [("double", number) for number in range(4)]


@pytest.fixture
def others() -> list[int]:
    """Child processes that earlier tests have left to this one."""
    return children()


def outcomes(pool: Pool, todo: list[Any], **rest: Any) -> dict[Any, Outcome[Any, Any]]:
    return {outcome.job: outcome for outcome in pool.run(jobs.do, todo, **rest)}


def arrived(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} has not come"
        time.sleep(0.01)


def test_results_come_back_from_a_process_for_each_job_two_at_a_time(others: list[int]) -> None:
    got = outcomes(Pool(2), [("process",), *DOUBLES])
    assert [got[job].result for job in DOUBLES] == [0, 2, 4, 6]
    assert got["process",].result != os.getpid()
    spans = [outcome.result for outcome in Pool(2).run(jobs.do, [("span",)] * 8)]
    together = [sum(start <= moment < end for start, end in spans) for moment, _ in spans]
    assert max(together) == 2
    assert children() == others


def test_the_next_job_is_taken_when_a_worker_is_free() -> None:
    taken = []

    def lazily() -> Iterator[Any]:
        for job in [("double", number) for number in range(10)]:
            taken.append(job)
            yield job

    for ended, _ in enumerate(Pool(2).run(jobs.do, lazily())):
        assert len(taken) <= ended + 1 + 2 + 1  # what ended, what runs, what ended at the same time as another
    assert len(taken) == 10


@pytest.mark.parametrize(
    ("job", "error"),
    [
        (("killed",), "killed by SIGKILL: out of memory, perhaps"),
        (("raising",), "ZeroDivisionError: by nothing"),
        (("out_of_memory",), "MemoryError: out of memory"),
        (("leaving", 3), "the process ended with exit code 3"),
        (("leaving", 0), "the process ended with exit code 0"),
        (("exiting", 4), "SystemExit: 4"),
        (("unpicklable",), "the result cannot be sent back: TypeError: cannot pickle '_thread.lock' object"),
        (("unreadable",), f"the result cannot be read: {NOT_A_NUMBER}"),
        (("no_such_work",), "KeyError: 'no_such_work'"),
        (("double", jobs.Unreadable()), f"a worker cannot load the job: {NOT_A_NUMBER}"),
    ],
)
def test_a_fault_ends_its_own_job_alone(job: tuple[Any, ...], error: str) -> None:
    got = outcomes(Pool(2), [*DOUBLES[:2], job, *DOUBLES[2:]])
    assert got[job] == Outcome(job, error=error)
    assert [got[job].result for job in DOUBLES] == [0, 2, 4, 6]


def test_a_job_past_its_time_is_killed() -> None:
    got = outcomes(Pool(2, timeout=0.5), [("sleeping", 600), *DOUBLES])
    assert got["sleeping", 600].error == "timed out after 0.5 s"
    assert [got[job].result for job in DOUBLES] == [0, 2, 4, 6]


def test_a_job_that_cannot_be_sent_is_an_error_and_work_that_cannot_is_one_for_all() -> None:
    bad, good = Pool(1).run(jobs.do, [("double", threading.Lock()), ("double", 4)])
    assert bad.error == "the job cannot be sent to a worker: TypeError: cannot pickle '_thread.lock' object"
    assert good.result == 8
    with pytest.raises((AttributeError, TypeError), match="pickle"):
        list(Pool(1).run(lambda job, _: job, [1]))


def test_a_large_result_comes_whole() -> None:
    (outcome,) = Pool(1).run(jobs.do, [("bytes_of", 1 << 26)])
    assert outcome.result == bytes(range(256)) * (1 << 18)


def test_hundreds_of_jobs_leave_no_process_and_no_file_behind(others: list[int]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    got = outcomes(Pool(2), [("double", number) for number in range(200)])
    assert [got["double", number].result for number in range(200)] == [2 * number for number in range(200)]
    assert len(os.listdir("/proc/self/fd")) == before
    assert children() == others


def test_notices_arrive_in_order_before_the_outcome(tmp_path: Path) -> None:
    heard: list[Any] = []
    job = ("telling", 5, tmp_path / "told")
    for outcome in Pool(1).run(jobs.do, [job], lambda *news: heard.append(news)):
        assert heard == [(job, number) for number in range(5)]
        assert outcome.result == 5


def test_many_notices_neither_hold_up_the_job_nor_flood_the_parent(tmp_path: Path) -> None:
    heard: list[int] = []
    many = ("telling", 100_000, tmp_path / "told")
    run = Pool(2).run(jobs.do, [("double", 1), many], lambda _, number: heard.append(number))
    next(run)
    arrived(tmp_path / "told")  # although nobody listens
    assert [outcome.result for outcome in run] == [100_000]
    assert heard == sorted(heard)
    assert heard[-1] == 99_999
    assert len(heard) < 50_000


def test_slots_have_their_own_variables_and_modules_are_there_already() -> None:
    pool = Pool(2, preload=["wave"], threads=3, environment=lambda slot: {"SLOT": str(slot)})
    assert {outcome.result for outcome in pool.run(jobs.do, [("variable", "SLOT")] * 6)} == {"0", "1"}
    got = outcomes(pool, [("imported", "wave"), ("imported", "chunk"), ("variable", "OMP_NUM_THREADS")])
    assert [outcome.result for outcome in got.values()].count(True) == 1
    assert got["imported", "wave"].result
    assert got["variable", "OMP_NUM_THREADS"].result == "3"


def test_a_module_that_cannot_be_imported_is_one_error(others: list[int]) -> None:
    with pytest.raises(GradxError, match=r"cannot import no_such_module: ModuleNotFoundError"):
        next(Pool(1, preload=["no_such_module"]).run(jobs.do, [("double", 1)]))
    assert children() == others


def test_torch_that_was_loaded_before_the_fork_computes_on_several_threads() -> None:
    got = outcomes(Pool(2, preload=["torch", "numpy"]), [("imported", "torch"), ("parallel", 1), ("parallel", 2)])
    assert got["imported", "torch"].result
    assert [got["parallel", threads].result for threads in (1, 2)] == [(1, 1e9), (2, 1e9)]


def test_an_error_of_gradx_ends_everything_and_comes_whole(tmp_path: Path, others: list[int]) -> None:
    begun, cleaned = tmp_path / "begun", tmp_path / "cleaned"

    def both() -> Iterator[Any]:
        yield "cleaning", begun, cleaned
        arrived(begun)
        yield ("mistaken",)

    with pytest.raises(SpecError) as caught:
        list(Pool(2).run(jobs.do, both()))
    assert caught.value.problems == [Problem("no such thing", "init.gain", "a.yaml", 3), Problem("nor this")]
    assert cleaned.exists()
    assert children() == others
    with pytest.raises(ResultsError, match=r"^the disk is full$"):
        list(Pool(2).run(jobs.do, [("disk_full",)]))
    with pytest.raises(GradxError, match=r"^odd: 3$") as odd:
        list(Pool(2).run(jobs.do, [("odd_error",)]))
    assert odd.value.exit_code == 2


def test_closing_the_generator_ends_the_workers(tmp_path: Path, others: list[int]) -> None:
    begun, cleaned = tmp_path / "begun", tmp_path / "cleaned"
    run = Pool(2).run(jobs.do, [("cleaning", begun, cleaned), ("double", 1)])
    assert next(run).result == 2
    arrived(begun)
    run.close()  # type: ignore[attr-defined]
    assert cleaned.exists()
    assert children() == others


def test_no_jobs_no_server() -> None:
    assert list(Pool(2, preload=["no_such_module"]).run(jobs.do, [])) == []


def test_a_pool_has_workers() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Pool(0)

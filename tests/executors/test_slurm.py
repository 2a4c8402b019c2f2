"""`Slurm` on a real one: what tasks may do, what a restart finds, and what stays in the queue."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from common import jobs
from common.cluster import cluster, missing

from gradx.base.errors import GradxError, Problem, SpecError
from gradx.executors.base import Outcome
from gradx.executors.slurm import Slurm

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with cluster(tmp_path_factory.mktemp("slurm")) as conf:
        yield conf


@pytest.fixture
def folder(conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tasks of a test leave what they leave: a name that a shell and Slurm would both misread."""
    monkeypatch.setenv("SLURM_CONF", str(conf))
    return tmp_path / "it's %j"


def slurm(folder: Path, **options: str) -> Slurm:
    return Slurm(folder, options, poll=0.1, key=repr)


def outcomes(executor: Slurm, todo: list[Any]) -> dict[Any, Outcome[Any, Any]]:
    return {outcome.job: outcome for outcome in executor.run(jobs.do, todo)}


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def in_queue() -> list[str]:
    listed = subprocess.run(
        ["squeue", "--noheader", "--array", "--format=%i"], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def arrays(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith("gradx-")]


def test_faults_end_their_own_task_alone(folder: Path) -> None:
    todo = [("double", 1), ("killed",), ("raising",), ("leaving", 3), ("unpicklable",), ("double", 2)]
    states: list[Any] = []
    executor = Slurm(folder, {"max_parallel": "2", "comment": "a b"}, 0.1, lambda *seen: states.append(seen), repr)
    got = outcomes(executor, todo)
    assert [got["double", number].result for number in (1, 2)] == [2, 4]
    assert got["raising",].error == "ZeroDivisionError: by nothing"
    assert str(got["unpicklable",].error).startswith("the result cannot be sent back: TypeError")
    (array,) = arrays(folder)
    lost = "slurm: task {} ended in state FAILED, {}; log {} is empty"
    for job, index, how in [
        (("killed",), 1, "killed by SIGKILL: out of memory, perhaps"),
        (("leaving", 3), 3, "the process ended with exit code 3"),
    ]:
        task, _, rest = str(got[job].error).removeprefix("slurm: task ").partition(" ")
        assert task.endswith(f"_{index}")
        assert f"slurm: task {task} {rest}" == lost.format(task, how, array / f"{index}.log")
    assert {job for job, _ in states} == set(todo)
    assert (("killed",), "FAILED") in states
    assert {path.name for path in folder.iterdir()} == {array.name}  # what was taken has gone, the logs are there
    assert len(list(array.glob("*.log"))) == 6


def test_a_cancelled_task_is_an_error_with_the_end_of_its_log(folder: Path, tmp_path: Path) -> None:
    begun, cleaned = tmp_path / "begun", tmp_path / "cleaned"
    run = slurm(folder).run(jobs.do, [("cleaning", begun, cleaned), ("double", 1)])
    assert next(run).result == 2
    until(begun.exists)
    (left,) = in_queue()
    subprocess.run(["scancel", "--full", left], check=True)
    (outcome,) = run
    assert str(outcome.error).startswith(f"slurm: task {left} ended in state CANCELLED, ")
    assert "killed by SIGTERM" in str(outcome.error)
    until(cleaned.exists)


SCRIPT = """
import sys
from pathlib import Path
from common import jobs
from gradx.executors.slurm import Slurm
for outcome in Slurm(Path(sys.argv[1]), {}, 0.1, key=repr).run(jobs.do, eval(sys.argv[2])):
    print(outcome.job, flush=True)
"""


def test_a_restart_adopts_what_is_in_the_queue_and_takes_what_has_ended(folder: Path, tmp_path: Path) -> None:
    gate, marks = tmp_path / "gate", tmp_path / "marks"
    todo = [("waiting", str(gate), str(marks), number) for number in range(3)]
    parent = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), repr(todo)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])},
    )
    until(lambda: marks.exists() and len(marks.read_text()) == 2)  # two run, one waits for a CPU
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    run = slurm(folder).run(jobs.do, [*todo, ("double", 7)])
    gate.touch()
    assert {outcome.result for outcome in run} == {0, 1, 2, 14}
    assert sorted(marks.read_text()) == ["0", "1", "2"]  # nothing ran twice
    assert len(arrays(folder)) == 2  # of three tasks and of one


def test_what_ended_while_nobody_looked_is_taken_once(folder: Path, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    todo = [("waiting", str(tmp_path), str(marks), number) for number in range(2)]
    run = slurm(folder).run(jobs.do, todo)
    next(run)
    run.close()  # type: ignore[attr-defined]
    until(lambda: not in_queue())
    assert {outcome.result for outcome in slurm(folder).run(jobs.do, todo)} == {0, 1}
    assert sorted(marks.read_text()) == ["0", "1"]
    assert {outcome.result for outcome in slurm(folder).run(jobs.do, todo)} == {0, 1}
    assert sorted(marks.read_text()) == ["0", "0", "1", "1"]  # taken before, so done again


def test_a_task_that_died_while_nobody_looked_runs_again(folder: Path, tmp_path: Path) -> None:
    job = ("killed_once", str(tmp_path / "mark"))
    first = slurm(folder)
    first.on_state = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # submitted, then interrupted
    with pytest.raises(KeyboardInterrupt):
        outcomes(first, [job])
    until(lambda: not in_queue())
    (outcome,) = slurm(folder).run(jobs.do, [job])
    assert outcome.result == "alive"


def test_an_error_of_gradx_ends_everything(folder: Path, tmp_path: Path) -> None:
    todo = [("mistaken",), ("cleaning", tmp_path / "begun", tmp_path / "cleaned"), ("sleeping", 600)]
    with pytest.raises(SpecError) as caught:
        outcomes(slurm(folder), todo)
    assert caught.value.problems == [Problem("no such thing", "init.gain", "a.yaml", 3), Problem("nor this")]
    until(lambda: not in_queue())


def test_what_sbatch_refuses_is_told_in_its_words_and_forgotten(folder: Path) -> None:
    with pytest.raises(GradxError, match=r"^slurm: sbatch: error: invalid partition specified: nowhere"):
        outcomes(slurm(folder, partition="nowhere"), [("double", 1)])
    with pytest.raises(GradxError, match=r"^slurm: sbatch: unrecognized option '--nothing=1'"):
        outcomes(slurm(folder, nothing="1"), [("double", 1)])
    assert outcomes(slurm(folder, partition="main", exclusive=""), [("double", 1)])["double", 1].result == 2

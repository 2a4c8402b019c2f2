"""`Slurm` where its commands are missing, refuse, or are played by a few lines of shell."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from common import jobs

from gradx.base.errors import GradxError, ResultsError
from gradx.executors import slurm
from gradx.executors.slurm import Slurm

OUTAGE = """
echo >> asked
if [ "$(wc -l < asked)" = 2 ]; then echo "squeue: error: Unable to contact slurm controller" >&2; exit 1; fi
"""


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts commands of that name and text on a PATH where there is little else."""
    (tmp_path / "bin").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), "/usr/bin/nowhere"]))

    def put(**texts: str) -> None:
        for name, text in texts.items():
            path = tmp_path / "bin" / name
            path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n")
            path.chmod(0o755)

    return put


def outcomes(folder: Path, todo: list[Any], **options: str) -> list[Any]:
    return list(Slurm(folder, options, poll=0.01, key=repr).run(jobs.do, todo))


def test_missing_commands_are_one_clear_error(commands: Any, tmp_path: Path) -> None:
    with pytest.raises(
        GradxError, match="slurm: squeue was not found; is this a machine that Slurm jobs are submitted"
    ):
        outcomes(tmp_path / "x", [("double", 1)])
    commands(squeue="exit 0")
    with pytest.raises(GradxError, match="slurm: sbatch was not found"):
        outcomes(tmp_path / "x", [("double", 1)])


def test_a_refusal_leaves_nothing_that_a_restart_would_wait_for(commands: Any, tmp_path: Path) -> None:
    commands(sbatch="echo 'sbatch: error: no such account' >&2; exit 1", squeue="exit 0")
    for _ in range(2):  # the second time too
        with pytest.raises(GradxError, match=r"^slurm: sbatch: error: no such account$"):
            outcomes(tmp_path / "x", [("double", 1)])


def test_the_queue_may_be_out_of_sight_for_a_while(
    commands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands(sbatch='SLURM_ARRAY_TASK_ID=0 sh "$2"; echo 17', squeue=OUTAGE)
    (outcome,) = outcomes(tmp_path / "x", [("double", 4)])
    assert len((tmp_path / "asked").read_text()) >= 3
    assert outcome.result == 8
    monkeypatch.setattr(slurm, "_DEAF", 0.0)
    (tmp_path / "asked").unlink()
    with pytest.raises(GradxError, match="Unable to contact slurm controller"):
        outcomes(tmp_path / "x", [("double", 4)])


def test_more_jobs_than_an_array_has_room_for_are_several_arrays(
    commands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands(sbatch='grep -h array= "$2" >> arrays; echo 17', squeue="exit 0")
    monkeypatch.setattr(slurm, "LARGEST", 3)
    monkeypatch.setattr(slurm, "_LATE", 0.0)
    got = outcomes(tmp_path / "x", [("double", number) for number in range(7)], max_parallel="8")
    assert (tmp_path / "arrays").read_text() == "#SBATCH --array=0-2%8\n" * 2 + "#SBATCH --array=0-0%8\n"
    assert len(got) == 7
    assert all("left the queue and no outcome; log" in outcome.error for outcome in got)


def test_a_log_ends_the_error_of_a_task_that_left_none(
    commands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sbatch = 'echo "$(dirname "$2")" > array; echo no space left > "$(dirname "$2")/0.log"; echo 17'
    squeue = 'echo "17_0|0|$(basename "$(cat array)")|OUT_OF_MEMORY|OutOfMemory"'
    commands(sbatch=sbatch, squeue=squeue, scontrol="echo JobId=18 ArrayJobId=17 ExitCode=0:0 DerivedExitCode=0:9")
    (outcome,) = outcomes(tmp_path / "x", [("double", 1)])
    assert outcome.error.startswith("slurm: task 17_0 ended in state OUT_OF_MEMORY, reason OutOfMemory; log ")
    assert outcome.error.endswith("0.log ends:\nno space left")


def test_a_folder_that_cannot_be_made_is_an_error_of_the_results(commands: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match=r"^slurm: .*file/.*: Not a directory$"):
        outcomes(tmp_path / "file", [("double", 1)])


def test_two_jobs_of_one_key_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two jobs have the same key"):
        outcomes(tmp_path / "x", [("double", 1)] * 2)


def test_the_interpreter_of_the_tasks_is_this_one(commands: Any, tmp_path: Path) -> None:
    commands(sbatch='SLURM_ARRAY_TASK_ID=0 sh "$2"; echo 17', squeue="exit 0")
    (outcome,) = outcomes(tmp_path / "x", [("interpreter",)])
    assert outcome.result == sys.executable

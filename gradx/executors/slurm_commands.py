"""Slurm's commands: submit, look at the queue, cancel. Accounting (`sacct`) is not needed."""

import os
import re
import subprocess
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from gradx.base.errors import GradxError

_PATIENCE = 120.0  # s for one command; Slurm itself gives up on its controller sooner

# States of a task that will not run again; every other one, and there are many, is on its way.
ENDED = {
    "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED",
    "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What `squeue` says of one task."""

    task: str  # Slurm's own number of it: 17_3
    state: str
    reason: str


def submit(script: Path) -> str:
    """Submits a script and returns the number of the job.

    Raises:
        GradxError: in the words of sbatch.
    """
    return _command("sbatch", "--parsable", str(script)).strip().partition(";")[0]


def queue(names: Collection[str]) -> dict[tuple[str, int], Seen]:
    """Tasks by the name of their job and their index; those that ended minutes ago are no longer there.

    Raises:
        GradxError: the queue cannot be seen, in the words of squeue.
    """
    words = ["--noheader", "--array", "--states=all", f"--name={','.join(sorted(names))}", "--format=%i|%K|%j|%T|%r"]
    seen = {}
    for line in _command("squeue", *words).splitlines():
        task, index, name, state, reason = line.strip().split("|", 4)
        if index.isdigit():
            seen[name, int(index)] = Seen(task, state, reason)
    return seen


def exit_code(task: str) -> int | None:
    """The exit code of a task, minus the signal that killed it; None if Slurm has forgotten."""
    try:
        told = _command("scontrol", "show", "job", task, "--oneliner")
    except GradxError:
        return None
    match = re.search(r"\bExitCode=(\d+):(\d+)", told)
    return None if match is None else -int(match[2]) or int(match[1])


def cancel(names: Collection[str]) -> None:
    """Takes jobs out of the queue and ends those that run.

    Raises:
        GradxError: in the words of scancel.
    """
    for name in names:
        _command("scancel", f"--name={name}")


def _command(name: str, *words: str) -> str:
    # SBATCH_ and SQUEUE_ variables are options too: the first are the user's, the second would hide what we look for.
    env = {key: value for key, value in os.environ.items() if not key.startswith("SQUEUE_")}
    try:
        done = subprocess.run(
            [name, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE
        )
    except FileNotFoundError as error:
        raise GradxError(
            f"slurm: {name} was not found; is this a machine that Slurm jobs are submitted from?"
        ) from error
    except OSError as error:
        raise GradxError(f"slurm: {name} cannot be started: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise GradxError(f"slurm: {name} has not answered in {_PATIENCE:g} s") from error
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or f"{name}: exit code {done.returncode}"
        raise GradxError(f"slurm: {said}")
    return done.stdout

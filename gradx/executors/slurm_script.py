"""The script that `sbatch` takes for an array of jobs: from options to text."""

import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from gradx.base.errors import Problem, SpecError

LARGEST = 1000  # tasks in one array: Slurm's default MaxArraySize is 1001
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_OURS = {  # others would break what we rely on
    "array", "chdir", "error", "help", "output", "parsable", "quiet", "test-only", "usage", "version", "wait", "wrap",
}  # fmt: skip


def checked(options: Mapping[str, str]) -> dict[str, str]:
    """Options of `sbatch` by their long names, `_` read as `-`; `max_parallel` is the number of tasks at a time.

    Whether Slurm knows an option, and likes its value, it says itself on submission.

    Raises:
        SpecError: a key or a value that cannot stand in a script, or an option that is not the user's to set.
    """
    plain = {key.replace("_", "-"): str(value) for key, value in options.items()}
    problems = [Problem(problem, f"slurm.{key}") for key, value in plain.items() if (problem := _wrong(key, value))]
    if len(plain) < len(options):
        problems.append(Problem("an option is given twice, with _ and with -", "slurm"))
    if problems:
        raise SpecError(problems)
    return plain


def script(options: Mapping[str, str], name: str, folder: Path, count: int) -> str:
    """A script for `count` tasks that do the jobs listed in `folder`, which is also where their logs go.

    Args:
        options: as `checked` returns them.
        name: of the job in Slurm's queue.
        folder: absolute.

    Raises:
        SpecError: the path of the folder cannot stand in a script.
    """
    parallel = options.get("max-parallel")
    directives = {
        "open-mode": "append",  # the log of a task that Slurm starts again keeps what it had
        **{key: value for key, value in options.items() if key != "max-parallel"},
        "job-name": name,
        "array": f"0-{count - 1}" + (f"%{parallel}" if parallel else ""),
        "chdir": str(Path.cwd()).replace("%", "%%"),
        "output": f"{folder}/%a.log".replace(str(folder), str(folder).replace("%", "%%")),
    }
    command = [sys.executable, "-m", "gradx.executors.task", str(folder)]
    lines = [f"#SBATCH --{key}{_assigned(key, value)}" for key, value in directives.items()]
    return "\n".join(["#!/bin/sh", *lines, f'exec {shlex.join(command)} "$SLURM_ARRAY_TASK_ID"', ""])


def _wrong(key: str, value: str) -> str | None:
    if not _KEY.fullmatch(key):
        return f"{key!r} is no option of sbatch: give its long name without dashes, such as partition or cpus-per-task"
    if key in _OURS:
        return "this option is set by gradx"
    if key == "max-parallel" and not re.fullmatch(r"[1-9][0-9]{0,5}", value):
        return f"{value!r} is no number of tasks: give a whole number from 1"
    if key == "job-name" and not _NAME.fullmatch(value):
        return f"{value!r} is no name: give up to 40 letters, digits, dots, dashes or underscores"
    return _unwritable(value)


def _unwritable(value: str) -> str | None:
    if all(sign.isprintable() and sign not in '"\\' for sign in value):
        return None
    return f"{value!r} cannot stand in a script: no line breaks, double quotes or backslashes"


def _assigned(key: str, value: str) -> str:
    """`=value`; nothing for an option without a value."""
    if wrong := _unwritable(value):
        raise SpecError([Problem(wrong, f"slurm.{key}")])
    if not value:
        return ""
    return f"={value}" if re.fullmatch(r"[\w.,:;=/+@%^*()\[\]&|<>-]+", value) else f'="{value}"'

"""Commands as a user gives them: in this process, which is quick, or in one of their own, which is the truth."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from gradx.cli import main


@dataclass(frozen=True)
class Reply:
    """What a command left: its exit code, and what it wrote to stdout and stderr."""

    code: int
    out: str
    err: str


def gradx(*words: str | Path, out: StringIO | None = None) -> Reply:
    """`gradx WORDS` through the entry point, in this process; with another stdout if you like."""
    out, err = out or StringIO(), StringIO()
    argv = ["gradx", *map(str, words)]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stop:
        main()
    return Reply(int(stop.value.code or 0), out.getvalue(), err.getvalue())


def start(code: str, *words: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """A Python process that runs `code` with `gradx WORDS` as its command line, in directory `cwd`."""
    return _start([sys.executable, "-c", f"import sys; sys.argv[0] = 'gradx'\n{code}", *map(str, words)], cwd)


def start_module(*words: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """`python -m gradx WORDS` in directory `cwd`."""
    return _start([sys.executable, "-m", "gradx", *map(str, words)], cwd)


def reply(process: subprocess.Popen[str], timeout: float = 60) -> Reply:
    """Waits for the end of a process."""
    out, err = process.communicate(timeout=timeout)
    return Reply(process.returncode, out, err)


def _start(argv: Sequence[str], cwd: Path) -> subprocess.Popen[str]:
    plain = os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(argv, cwd=cwd, env=plain, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

"""`Launcher`: commands in processes of their own that start in milliseconds, forked from one that has torch in it."""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from common.commands import Reply
from common.processes import group

_START = "import sys; sys.path[:] = sys.argv[1:]; from common.launcher import serve; serve()"
_MODULES = (
    "gradx.cli",
    "gradx.api",
    "gradx.reporting.terminal.sweep",
    "gradx.reporting.terminal.progress",
    "pandas",
    "common.sweeps",
)


@dataclass
class Command:
    """A command in work: the leader of a process group of its own, as a shell makes it."""

    pid: int
    folder: Path
    ask: Callable[[Any], Any]
    ended: Reply | None = None

    def signal(self, signum: int, everyone: bool = False) -> None:
        """To the process itself, or to its whole group, as a terminal does."""
        with suppress(ProcessLookupError):
            (os.killpg if everyone else os.kill)(self.pid, signum)

    def wait(self) -> Reply:
        """Its end."""
        if self.ended is None:
            code = self.ask({"wait": self.pid})
            self.ended = Reply(code, *((self.folder / f"{self.pid}.{name}").read_text() for name in ("out", "err")))
        return self.ended


class Launcher:
    """The process that is forked; end it with `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"},
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._pipes: tuple[IO[str], IO[str]] = self._process.stdin, self._process.stdout
        self._ask({"wait": None})  # until it is ready

    @contextmanager
    def start(self, *words: str | Path, cwd: Path, code: str = "") -> Iterator[Command]:
        """`gradx WORDS` in directory `cwd`, after `code`; whatever it leaves is killed in the end."""
        asked = {"words": [str(word) for word in words], "cwd": str(cwd), "code": code, "folder": str(self._folder)}
        command = Command(self._ask(asked), self._folder, self._ask)
        try:
            yield command
        finally:
            command.signal(signal.SIGKILL, everyone=True)
            command.wait()

    def run(self, *words: str | Path, cwd: Path, code: str = "") -> Reply:
        """As `start`, to its end."""
        with self.start(*words, cwd=cwd, code=code) as command:
            return command.wait()

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        self._process.wait()

    def _ask(self, what: Any) -> Any:
        asked, answers = self._pipes
        print(json.dumps(what), file=asked, flush=True)
        return json.loads(answers.readline())


def until(condition: Callable[[], object]) -> None:
    """Waits for something to become true."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def alone(command: Command) -> None:
    """Waits until no process of the command is left."""
    until(lambda: not group(command.pid))


def serve() -> None:
    """What the process does that is forked."""
    for name in _MODULES:
        __import__(name)
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked and asked["wait"] is None:
            answer = 0
        elif "wait" in asked:
            answer = os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        else:
            answer = os.fork() or _become(**asked)
        print(json.dumps(answer), flush=True)


def _become(words: list[str], cwd: str, code: str, folder: str) -> NoReturn:
    """The command, in a process group of its own."""
    os.setsid()
    os.chdir(cwd)
    for number, name in enumerate(("out", "err"), start=1):
        os.dup2(os.open(f"{folder}/{os.getpid()}.{name}", os.O_CREAT | os.O_WRONLY), number)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    sys.argv = ["gradx", *words]
    status = 1
    try:
        exec(code, {})
        from gradx.cli import main

        main()
        status = 0
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 0
    except BaseException:  # as the interpreter does
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)

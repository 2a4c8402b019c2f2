"""`Ray`: one Ray task per job, on this machine or on a cluster."""

import os
import pickle
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain, count, islice
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import gradx
from gradx.base.errors import GradxError, SpecError
from gradx.executors.attempt import how_it_ended, outcome_of
from gradx.executors.base import Executor, J, Notify, Outcome, R, in_words, unheard
from gradx.executors.ray_cluster import end_session
from gradx.executors.ray_driver import REFUSED, SLOTS
from gradx.executors.wire import Kind

_OLDEST = (2, 52)  # the first version with tokens
_PATIENCE = 30  # s that the driver gets to end a cluster; it needs 2


@dataclass(frozen=True)
class Ray(Executor):
    """Jobs as tasks of Ray core (`pip install 'gradx[ray]'`), for many machines without Slurm; Linux.

    Args:
        address: of a cluster to join, "host:port" or "auto"; None starts one on this machine for the time of `run`.
        workers: jobs at the same time at most; None: as many as the CPUs, and the GPUs, of the cluster have room for.
        timeout: s that a job may run, from the moment when it starts in its worker; None: no limit.
        threads: CPUs that Ray sets aside for a job, and its OMP_NUM_THREADS.
        gpus_per_job: GPUs that Ray sets aside for a job; a part of one, or a whole number. With 0 Ray hides none.

    Ray is told never to try again (`max_retries=0`): a job whose worker was killed, ran out of memory or time, or
    raised, has an error, and the others go on. Workers that must end are killed at once, so their `finally` blocks do
    not run.

    The driver of Ray is a process of its own: Ray's output and signal handlers stay out of the caller's, and when the
    caller dies, even of SIGKILL, the driver ends what it started. Notices are items of the generator that a Ray task
    may be, so they need no actor: in the order sent, 32 in 0.1 s at most, the oldest dropped first.

    A local cluster has no dashboard, sends no usage statistics and writes to one temporary directory, which is removed;
    what workers print goes there too. All its processes listen on the loopback interface alone: the address of its
    node is looked at, and `run` refuses where it is another. Users of the same machine can reach these ports, so a
    random token of 256 bits, new each time and handed on in the environment, guards them. No process is left.

    To join, this machine must be a node of the cluster (`ray start --address=...`). Workers need the same Python and
    Ray, an importable gradx, and the results directory under the same path; they start in this working directory
    where it exists. What listens, and whether with a token, is then the cluster's affair (RAY_AUTH_MODE,
    RAY_AUTH_TOKEN); the driver listens on one port of the address that its node has. The cluster is left running. With
    `workers` given, jobs may wait for nodes that an autoscaler has yet to bring.
    """

    address: str | None = None
    workers: int | None = None
    timeout: float | None = None
    threads: int = 1
    gpus_per_job: float = 0

    def __post_init__(self) -> None:
        if self.address is not None and not re.fullmatch(r"auto|[^/]+:\d+", self.address):
            raise SpecError(f"address: {self.address!r} given; allowed are 'host:port' of a cluster's head, and 'auto'")
        if self.workers is not None and self.workers < 1:
            raise SpecError(f"workers: {self.workers} given; at least 1 is needed")
        if self.timeout is not None and not self.timeout > 0:
            raise SpecError(f"timeout: {self.timeout} s given; it must be above 0")
        if self.threads < 1:
            raise SpecError(f"threads: {self.threads} given; at least 1 is needed")
        if self.gpus_per_job < 0 or (self.gpus_per_job > 1 and self.gpus_per_job % 1):
            raise SpecError(f"gpus_per_job: {self.gpus_per_job} given; allowed are parts of one GPU and whole numbers")

    def run(
        self, work: Callable[[J, Notify], R], jobs: Iterable[J], notice: Callable[[J, Any], None] = unheard
    ) -> Generator[Outcome[J, R], None, None]:
        _need_ray()
        source = iter(jobs)
        for first in islice(source, 1):  # without a job no cluster is started
            with _driver(self._order(work)) as driver:
                yield from _drive(driver, chain([first], source), notice)

    def _order(self, work: Callable[..., Any]) -> dict[str, Any]:
        """What the driver has to know."""
        return {
            "address": self.address,
            "workers": self.workers,
            "timeout": self.timeout,
            "threads": self.threads,
            "gpus": self.gpus_per_job,
            "cpus": len(os.sched_getaffinity(0)),
            "worker": {"work": _pickled(work), "threads": self.threads, "path": sys.path, "directory": os.getcwd()},
        }


def _need_ray() -> None:
    """Raises SpecError where Ray cannot be used, and says what to do."""
    if sys.platform != "linux":
        raise SpecError(f"the ray executor needs Linux; this is {sys.platform}")
    if find_spec("ray") is None:
        raise SpecError("the ray executor needs: pip install 'gradx[ray]'")
    found = version("ray")
    if tuple(map(int, found.split(".")[:2])) < _OLDEST:
        raise SpecError(f"ray {found} is installed, whose clusters ask for no token; needed: pip install 'gradx[ray]'")


def _drive(driver: "_Driver", jobs: Iterator[J], notice: Callable[[J, Any], None]) -> Iterator[Outcome[J, Any]]:
    """Hands out a job whenever there is room for one, and tells what becomes of them."""
    running: dict[int, J] = {}
    numbers = count()
    slots = 0
    ended: list[Outcome[J, Any]] = []
    while True:
        for job in islice(jobs, max(0, slots - len(running))):  # before the caller takes its time over what has ended
            try:
                data = _pickled(job)
            except Exception as error:
                ended.append(Outcome(job, error=f"the job cannot be sent to a worker: {in_words(error)}"))
            else:
                running[number := next(numbers)] = job
                driver.send((number, data))
        if ended:
            yield from ended
            ended = []
            continue
        if slots and not running:
            return
        what, number, data = driver.receive()
        if what == SLOTS:
            slots = number
        elif what == REFUSED:
            raise GradxError("\n".join([data, *driver.said(1)]))
        elif what == Kind.NOTICE:
            notice(running[number], pickle.loads(data))
        else:
            ended = [outcome_of(running.pop(number), what, data)]


def _pickled(thing: Any) -> bytes:
    """By Ray's cloudpickle, which takes functions and classes of a script too."""
    from ray import cloudpickle

    dumps: Callable[[Any], bytes] = cloudpickle.dumps
    return dumps(thing)


class _Driver:
    """The process that speaks to Ray, from the caller's side."""

    def __init__(self, process: subprocess.Popen[bytes], line: Connection, log: Path) -> None:
        self.process = process
        self._line = line
        self._log = log

    def send(self, message: Any) -> None:
        try:
            self._line.send(message)
        except OSError:
            raise self._gone() from None

    def receive(self) -> Any:
        try:
            return self._line.recv()
        except (EOFError, OSError):
            raise self._gone() from None

    def said(self, lines: int) -> list[str]:
        """The last lines that Ray or the driver wrote."""
        return self._log.read_text(errors="replace").splitlines()[-lines:]

    def end(self) -> None:
        """Closes the line, on which the driver ends its cluster and itself; sees to it that this is so."""
        try:
            self._line.close()
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            pass  # what follows ends it
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            end_session(self.process.pid)

    def _gone(self) -> GradxError:
        ended = how_it_ended(self.process.wait(_PATIENCE))
        return GradxError("\n".join([f"the driver of Ray has gone ({ended})", *self.said(5)]))


@contextmanager
def _driver(order: dict[str, Any]) -> Iterator[_Driver]:
    """Starts the driver and ends it, with all that it started."""
    # Not in $TMPDIR: the path of a Unix socket has 107 bytes at most, and Ray takes 60.
    directory = Path(tempfile.mkdtemp(prefix="gradx-ray-", dir="/tmp"))
    here, there = Pipe()
    try:
        with open(directory / "driver.log", "wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "gradx.executors.ray_driver", str(there.fileno()), str(directory)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=_environment(order),
                pass_fds=[there.fileno()],
                start_new_session=True,  # Ctrl-C is for the caller; and the session tells which processes are Ray's
            )
        driver = _Driver(process, here, directory / "driver.log")
        try:
            there.close()
            driver.send(order)
            yield driver
        finally:
            driver.end()
    finally:
        here.close()
        there.close()
        shutil.rmtree(directory, ignore_errors=True)


def _environment(order: dict[str, Any]) -> dict[str, str]:
    """The driver's, and so that of a local cluster and its workers."""
    root = str(Path(gradx.__file__).parents[1])
    plain = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    plain["PYTHONPATH"] = os.pathsep.join(filter(None, [root, plain.get("PYTHONPATH")]))
    if order["address"] is None:
        plain |= {
            "OMP_NUM_THREADS": str(order["threads"]),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),  # given, Ray writes none to ~/.ray
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # older versions hide GPUs from jobs that reserve none, and warn
        }
    if order["address"] is None or re.match(r"127\.|localhost:|\[::1\]", order["address"]):
        # Ray on Linux takes the network card's address for 127.0.0.1, whatever option that comes from, and listens on
        # all interfaces (`ray._private.services.resolve_ip_for_localhost`). With this it does as on Windows and macOS.
        plain["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    return plain

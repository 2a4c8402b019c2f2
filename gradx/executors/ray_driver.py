"""The driver of the `Ray` executor: joins or starts a cluster, hands jobs to it, ends what it started.

A process of its own: `python -m gradx.executors.ray_driver FD DIRECTORY`. It lives until the other end of the socket FD
closes. In come one order, then (number, job); out go (`SLOTS`, jobs at the same time, None), (`REFUSED`, 0, why) and
(kind, number, data), where jobs and data are pickled.
"""

import os
import pickle
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Any

from gradx.executors.base import in_words
from gradx.executors.ray_cluster import connect, end_session, room
from gradx.executors.ray_task import stream
from gradx.executors.wire import Kind

SLOTS = "slots"
REFUSED = "refused"

_LOOK = 0.05  # s between two looks at what came in
_COUNT = 5.0  # s between two counts of a cluster's CPUs
_LOST = "killed or crashed: the worker process has gone (out of memory, perhaps)"


def main() -> None:
    line, directory = Connection(int(sys.argv[1])), Path(sys.argv[2])
    try:
        caller = _Caller(line, directory)
        _serve(caller, directory)
    except (EOFError, ConnectionError):
        pass  # the caller has gone
    finally:
        _clear(directory)


def _serve(caller: "_Caller", directory: Path) -> None:
    import ray

    try:
        try:
            connect(caller.order, directory)
            slots = room(caller.order)
        except Exception as error:
            address = caller.order["address"]
            aim = f"join the Ray cluster at {address}" if address else "start a Ray cluster"
            caller.say(REFUSED, 0, f"cannot {aim}: {in_words(error)}")
            return
        caller.say(SLOTS, slots, None)
        driver = _Driver(caller)
        try:
            driver.serve(slots)
        finally:
            driver.cancel()
    finally:
        ray.shutdown()


def _clear(directory: Path) -> None:
    """Ends what Ray has left running and removes what it has written."""
    end_session(os.getpid())
    shutil.rmtree(directory, ignore_errors=True)


class _Caller:
    """The other end of the line: its order, and the jobs that come in."""

    def __init__(self, line: Connection, directory: Path) -> None:
        self._line = line
        self._directory = directory
        self.order: Mapping[str, Any] = line.recv()
        self.jobs: SimpleQueue[tuple[int, bytes]] = SimpleQueue()
        self.heard = False  # it has been told something, so Ray no longer holds up this process
        self.gone = Event()
        Thread(target=self._read, daemon=True).start()

    def say(self, what: Any, number: int, data: Any) -> None:
        self.heard = True
        self._line.send((what, number, data))

    def _read(self) -> None:
        try:
            while True:
                self.jobs.put(self._line.recv())
        except (EOFError, OSError):
            self.gone.set()
        if not self.heard:  # Ray may look for a cluster for hours
            _clear(self._directory)
            os._exit(1)


@dataclass
class _Task:
    number: int
    started: float | None = None  # s, by this process's clock; None: it waits in Ray
    late: bool = False  # it ran out of time and is being killed


class _Driver:
    """Tasks in Ray, and what they say."""

    def __init__(self, caller: _Caller) -> None:
        import ray

        self._ray = ray
        self._caller = caller
        self._order = order = caller.order
        self._worker = ray.put(order["worker"])
        task = ray.remote(num_cpus=order["threads"], num_gpus=order["gpus"], max_retries=0, num_returns="streaming")
        self._submit = task(stream).remote
        self._tasks: dict[Any, _Task] = {}  # by the generator of what they say; who spoke last comes last

    def serve(self, slots: int) -> None:
        """Until the caller closes the line."""
        counted = monotonic()
        while not self._caller.gone.is_set():
            self._take()
            self._hear()
            self._kill_the_late()
            if monotonic() > counted + _COUNT:
                counted, before, slots = monotonic(), slots, self._count(slots)
                if slots != before:
                    self._caller.say(SLOTS, slots, None)

    def cancel(self, patience: float = 5.0) -> None:
        """Kills what runs, and waits for that: a cluster that was joined goes on."""
        for generator in self._tasks:
            self._ray.cancel(generator, force=True)
        deadline = monotonic() + patience
        while self._tasks and monotonic() < deadline:
            for generator in self._spoken():
                try:
                    self._ray.get(next(generator))
                except (StopIteration, self._ray.exceptions.RayError):
                    del self._tasks[generator]

    def _take(self) -> None:
        """Submits the jobs that came in; waits a moment for one if there is nothing else to do."""
        try:
            while True:
                number, job = self._caller.jobs.get(timeout=0 if self._tasks else _LOOK)
                self._tasks[self._submit(self._worker, job)] = _Task(number)
        except Empty:
            pass

    def _spoken(self) -> list[Any]:
        """The generators of tasks that have something to say, one at most, after a moment."""
        if not self._tasks:
            return []
        ready, _ = self._ray.wait(list(self._tasks), num_returns=1, timeout=_LOOK)
        return list(ready)

    def _hear(self) -> None:
        """Passes on what a task says next, or how it ended."""
        for generator in self._spoken():
            task = self._tasks.pop(generator)
            try:
                said = self._ray.get(next(generator))
            except StopIteration:
                said = [(Kind.ERROR, pickle.dumps(_LOST))]
            except self._ray.exceptions.RayError as error:
                said = [(Kind.ERROR, pickle.dumps(self._how_it_ended(error, task)))]
            for kind, data in said:
                self._caller.say(kind, task.number, data)
            if not said or said[-1][0] == Kind.NOTICE:
                task.started = task.started or monotonic()
                self._tasks[generator] = task

    def _how_it_ended(self, error: Exception, task: _Task) -> str:
        known = self._ray.exceptions
        if task.late:
            return f"timed out after {self._order['timeout']:g} s"
        if isinstance(error, known.WorkerCrashedError):
            return _LOST
        if isinstance(error, known.OutOfMemoryError):
            return f"killed by Ray: out of memory; {str(error).splitlines()[0]}"
        if isinstance(error, known.RayTaskError):
            return in_words(error.cause)
        return f"killed by Ray: {in_words(error).splitlines()[0]}"

    def _kill_the_late(self) -> None:
        timeout = self._order["timeout"]
        for generator, task in self._tasks.items():
            if timeout is None or task.started is None or task.late:
                continue
            if monotonic() > task.started + timeout:
                task.late = True
                self._ray.cancel(generator, force=True)

    def _count(self, before: int) -> int:
        try:
            return room(self._order)
        except RuntimeError:
            return before  # nodes have gone, and may come back


if __name__ == "__main__":
    main()

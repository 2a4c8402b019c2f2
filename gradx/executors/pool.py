"""`Pool`: each job in a process of its own, several at a time; a job that dies takes no other with it."""

import os
import pickle
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from math import inf
from time import monotonic
from typing import Any, Generic

from gradx.base.errors import GradxError
from gradx.executors.attempt import how_it_ended, outcome_of
from gradx.executors.base import Executor, J, Notify, Outcome, R, in_words, unheard
from gradx.executors.forks import Forks
from gradx.executors.wire import Inbox, Kind, heard, send

_GRACE = 5.0  # s for workers to end themselves before they are killed


class Pool(Executor):
    """Processes on this machine, forked from one that has imported the modules already.

    Args:
        workers: jobs at a time.
        timeout: s; a job that takes longer is killed.
        preload: modules to import once, before the first job.
        threads: of a job in the libraries that read `OMP_NUM_THREADS` and its like.
        environment: extra environment variables of the jobs in a slot, 0 to workers - 1; two jobs at the same time are
            in different slots. They are set after the modules of `preload` have been imported.

    Messages of a job arrive in order; where they come faster than 320 a second, only the newest do.
    """

    def __init__(
        self,
        workers: int,
        timeout: float | None = None,
        preload: Sequence[str] = (),
        threads: int | None = None,
        environment: Callable[[int], Mapping[str, str]] | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}, but must be at least 1")
        if not hasattr(os, "fork"):
            raise GradxError("worker processes need an operating system with fork (Linux, macOS)")
        self.workers, self.timeout, self.preload, self.threads = workers, timeout, preload, threads
        self.environment = environment or (lambda _slot: {})

    def run(
        self, work: Callable[[J, Notify], R], jobs: Iterable[J], notice: Callable[[J, Any], None] = unheard
    ) -> Generator[Outcome[J, R], None, None]:
        crew: _Crew[J] = _Crew(self, pickle.dumps(work), notice)
        waiting = iter(jobs)
        ended: list[Outcome[J, R]] = []
        try:
            while True:
                ended += crew.hire(waiting)  # before the caller takes its time over what has ended
                yield from ended
                if not crew.busy:
                    return
                ended = crew.wait()
        finally:
            crew.dismiss()


@dataclass
class _Worker(Generic[J]):
    """A process, its job, and what is known of it."""

    job: J
    slot: int
    inbox: Inbox
    deadline: float
    answer: tuple[Kind, bytes] | None = None
    late: bool = False


class _Crew(Generic[J]):
    """The workers of one call."""

    def __init__(self, pool: Pool, work: bytes, notice: Callable[[J, Any], None]) -> None:
        self._pool, self._work, self._notice = pool, work, notice
        self._forks: Forks | None = None  # no server for no jobs
        self._workers: dict[int, _Worker[J]] = {}
        self._numbers = count()

    @property
    def busy(self) -> bool:
        return bool(self._workers)

    def hire(self, waiting: Iterator[J]) -> Iterator[Outcome[J, Any]]:
        """Takes jobs for the free slots; the outcomes of those that cannot be sent to a worker."""
        while len(self._workers) < self._pool.workers:
            try:
                job = next(waiting)
            except StopIteration:
                return
            try:
                data = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
            except Exception as error:
                yield Outcome(job, error=f"the job cannot be sent to a worker: {in_words(error)}")
            else:
                self._start(job, data)

    def wait(self) -> list[Outcome[J, Any]]:
        """Waits for something to happen, passes notices on, and returns what has ended.

        Raises:
            GradxError: of a worker, or because the server died.
        """
        forks = self._server()
        inboxes = [one.inbox for one in self._workers.values() if not one.inbox.closed]
        ready = heard([forks.inbox, *inboxes], self._patience())
        for worker in self._workers.values():
            if worker.inbox in ready:
                self._hear(worker, worker.inbox.take())
        outcomes = []
        if forks.inbox in ready:
            for number, code in forks.ended():
                worker = self._workers.pop(number)
                with closing(worker.inbox):
                    self._hear(worker, worker.inbox.rest())
                outcomes.append(self._outcome(worker, code))
        self._kill_the_late()
        return outcomes

    def dismiss(self) -> None:
        """Ends the workers: told first, killed after some seconds or on a second interrupt."""
        if self._forks is None:
            return
        for number in self._workers:
            self._forks.tell(number, signal.SIGTERM)
        end = monotonic() + _GRACE
        try:
            while True:
                for number, _ in self._forks.ended():
                    self._workers.pop(number).inbox.close()
                if not self._workers or monotonic() > end:
                    break
                heard([self._forks.inbox], max(0.0, end - monotonic()))
        except GradxError:
            pass  # the server has died, which is being told already
        finally:
            self._forks.end()
            for worker in self._workers.values():
                worker.inbox.close()

    def _server(self) -> Forks:
        if self._forks is None:
            self._forks = Forks(self._pool.preload, self._pool.threads)
        return self._forks

    def _start(self, job: J, data: bytes) -> None:
        taken = {worker.slot for worker in self._workers.values()}
        slot = next(slot for slot in range(self._pool.workers) if slot not in taken)
        number = next(self._numbers)
        line = self._server().start(number)
        deadline = inf if self._pool.timeout is None else monotonic() + self._pool.timeout
        self._workers[number] = _Worker(job, slot, Inbox(line), deadline)
        with suppress(ConnectionError):  # it has died already, which the server tells
            send(line, Kind.CONTROL, pickle.dumps((dict(self._pool.environment(slot)), self._work, data)))

    def _patience(self) -> float | None:
        """s until the next worker is late; None if none can be."""
        first = min((one.deadline for one in self._workers.values() if not one.late), default=inf)
        return None if first == inf else max(0.0, first - monotonic())

    def _kill_the_late(self) -> None:
        for number, worker in self._workers.items():
            if not worker.late and monotonic() >= worker.deadline:
                worker.late = True
                self._server().tell(number, signal.SIGKILL)

    def _hear(self, worker: _Worker[J], frames: Iterator[tuple[Kind, bytes]]) -> None:
        for kind, data in frames:
            if kind is Kind.NOTICE:
                self._notice(worker.job, pickle.loads(data))
            else:
                worker.answer = kind, data
                if kind is Kind.FATAL:
                    outcome_of(worker.job, kind, data)

    def _outcome(self, worker: _Worker[J], code: int) -> Outcome[J, Any]:
        if worker.answer is not None:
            return outcome_of(worker.job, *worker.answer)
        return Outcome(
            worker.job, error=f"timed out after {self._pool.timeout} s" if worker.late else how_it_ended(code)
        )

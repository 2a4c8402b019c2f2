"""`Slurm`: the jobs as arrays in the queue of a cluster, which works on when this process has gone."""

import pickle
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any, ClassVar, Generic

from gradx.base.errors import GradxError, ResultsError
from gradx.executors import task
from gradx.executors.attempt import how_it_ended, outcome_of
from gradx.executors.base import Executor, J, Notify, Outcome, R, unheard
from gradx.executors.slurm_commands import ENDED, Seen, cancel, exit_code, queue, submit
from gradx.executors.slurm_script import LARGEST, checked, script

_SCRIPT = "array.sh"  # in the folder of an array
_TICKET = "ticket.txt"  # in the folder of a job: the array and the index that it was submitted as
_LATE = 60.0  # s until the outcome of a task that ended well must be seen, however slow the file system
_DEAF = 600.0  # s without an answer of squeue after which we give up; the jobs stay in the queue
_TAIL = 1000  # characters of a log


class Slurm(Executor):
    """Tasks of Slurm job arrays, up to 1000 in each; needs `sbatch` and `squeue`, but no accounting.

    A job that an earlier process submitted is not submitted again if it is still in the queue or has left its outcome.
    An interrupt ends this process alone, the jobs stay in the queue. Notices are not carried.

    Args:
        folder: for what the tasks need and leave, logs too; all machines must see it under the same path.
        options: of sbatch, by their long names; `max_parallel` is the number of tasks of an array at a time.
        poll: s between two looks at the queue.
        on_state: is given a job and its state in Slurm's words whenever that changes.
        key: a text that tells a job from others and is the same after a restart; by default its pickled form.
    """

    outlives: ClassVar[bool] = True

    def __init__(
        self,
        folder: Path,
        options: Mapping[str, str],
        poll: float = 2.0,
        on_state: Callable[[Any, str], None] = unheard,
        key: Callable[[Any], str] | None = None,
    ) -> None:
        self.folder, self.options = folder.absolute(), checked(options)
        self.poll, self.on_state, self.key = poll, on_state, key

    def run(
        self, work: Callable[[J, Notify], R], jobs: Iterable[J], notice: Callable[[J, Any], None] = unheard
    ) -> Generator[Outcome[J, R], None, None]:
        """See `Executor.run`; all jobs are taken at once.

        Raises:
            GradxError: Slurm's commands are missing or refuse.
            ResultsError: the folder cannot be written or read.
        """
        told = pickle.dumps(work)
        with self._files():
            tasks = self._tasks(jobs)
            self._adopt(tasks)
            new = [one for one in tasks if not one.array]
            for start in range(0, len(new), LARGEST):
                self._submit(told, new[start : start + LARGEST])
            yield from self._watch(tasks)

    def _tasks(self, jobs: Iterable[J]) -> "list[_Task[J]]":
        tasks: dict[Path, _Task[J]] = {}
        for job in jobs:
            data = pickle.dumps(job) if self.key is None else self.key(job).encode()
            folder = self.folder / sha256(data).hexdigest()[:16]
            if folder in tasks:
                raise ValueError(f"two jobs have the same key: {tasks[folder].job} and {job}")
            tasks[folder] = _Task(job, folder)
        return list(tasks.values())

    def _adopt(self, tasks: "list[_Task[J]]") -> None:
        """Finds the tasks that an earlier process submitted and that have ended well, or still can."""
        for one in tasks:
            one.read_ticket()
        seen = queue({one.array for one in tasks if one.array} or {"none"})  # even so: to hear that Slurm answers
        for one in tasks:
            now = seen.get((one.array, one.index))
            hopeful = now is not None and (now.state not in ENDED or now.state == "COMPLETED")
            if not (hopeful or (one.array and task.outcome(one.folder))):
                one.array = ""

    def _submit(self, work: bytes, tasks: "list[_Task[J]]") -> None:
        """Submits tasks as one array.

        Their tickets are written first: whenever this process is killed, the next one finds in the queue what there is.
        """
        array = f"{self.options.get('job-name', 'gradx')}-{secrets.token_hex(4)}"
        folder = self.folder / array
        text = script(self.options, array, folder, len(tasks))
        folder.mkdir(parents=True)
        for index, one in enumerate(tasks):
            task.prepare(one.folder, work, pickle.dumps(one.job))
            one.write_ticket(array, index)
        task.write(folder / task.LIST, "".join(f"{one.folder.name}\n" for one in tasks).encode())
        task.write(folder / _SCRIPT, text.encode())
        try:
            submit(folder / _SCRIPT)
        except GradxError:
            for one in tasks:
                one.forget()
            raise

    def _watch(self, tasks: "list[_Task[J]]") -> Iterator[Outcome[J, Any]]:
        """Outcomes as they come; what has been taken is removed, but for the logs."""
        heard = monotonic()
        while tasks:
            try:
                seen = queue({one.array for one in tasks})
            except GradxError:  # a controller that starts again, for one
                if monotonic() - heard > _DEAF:
                    raise
            else:
                heard = monotonic()
                for one in list(tasks):
                    outcome = self._looked_at(one, seen.get((one.array, one.index)), tasks)
                    if outcome is not None:
                        tasks.remove(one)
                        yield outcome
                        one.forget()
            if tasks:
                sleep(self.poll)

    def _looked_at(self, one: "_Task[J]", seen: Seen | None, tasks: "list[_Task[J]]") -> Outcome[J, Any] | None:
        """The outcome of a task that has ended."""
        if seen is not None and seen.state != (one.seen and one.seen.state):
            self.on_state(one.job, seen.state)
        one.seen = seen or one.seen
        if seen is not None and seen.state not in ENDED:
            one.gone = None
            return None
        left = task.outcome(one.folder)
        if left is not None:
            try:
                return outcome_of(one.job, *left)
            except GradxError:  # what is still in the queue would meet the same
                cancel({other.array for other in tasks})
                raise
        one.gone = one.gone or monotonic()
        well = seen is None or seen.state == "COMPLETED"
        return self._lost(one) if monotonic() - one.gone > (_LATE if well else self.poll) else None

    def _lost(self, one: "_Task[J]") -> Outcome[J, Any]:
        """The outcome of a task that has left none."""
        words = "left the queue and no outcome"
        if one.seen is not None:
            code = exit_code(one.seen.task)
            how = how_it_ended(code) if code else f"reason {one.seen.reason}"
            words = f"{one.seen.task} ended in state {one.seen.state}, {how}"
        log = self.folder / one.array / f"{one.index}.log"
        try:
            tail = log.read_text(errors="replace")[-_TAIL:].strip()
        except OSError:
            tail = ""
        return Outcome(one.job, error=f"slurm: task {words}; log {log}" + (f" ends:\n{tail}" if tail else " is empty"))

    @contextmanager
    def _files(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ResultsError(f"slurm: {error.filename or self.folder}: {error.strerror}") from error


@dataclass
class _Task(Generic[J]):
    """A job, and what it is in the queue."""

    job: J
    folder: Path
    array: str = ""  # the name of its job in Slurm; empty before submission
    index: int = 0
    seen: Seen | None = None  # in the queue, last time
    gone: float | None = None  # when it was seen to have ended without an outcome

    def read_ticket(self) -> None:
        try:
            array, index = (self.folder / _TICKET).read_text().split()
        except FileNotFoundError:
            return
        self.array, self.index = array, int(index)

    def write_ticket(self, array: str, index: int) -> None:
        task.write(self.folder / _TICKET, f"{array} {index}\n".encode())
        self.array, self.index = array, index

    def forget(self) -> None:
        """Removes what the next process would take for a job that is on its way."""
        for name in (_TICKET, task.OUTCOME, task.JOB):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # what a killed task was writing
            self.folder.rmdir()

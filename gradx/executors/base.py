"""`Executor`: where jobs are worked off; one method, results as they come."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")

Notify = Callable[[Any], None]


@dataclass(frozen=True)
class Outcome(Generic[J, R]):
    """What became of one job: its result, or the error that ended it."""

    job: J
    result: R | None = None
    error: str | None = None


KEPT = 32  # notices that wait to be sent; the oldest give way, for the newest says most
PAUSE = 0.1  # s between two batches of notices: 320 a second reach the parent at most


def threads_limited(threads: int) -> dict[str, str]:
    """The environment variables that numerical libraries read, when they are loaded, for their number of threads."""
    return dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))


def unheard(_job: Any, _message: Any) -> None:
    """The `notice` of a caller who does not listen."""


def in_words(error: BaseException) -> str:
    """An exception as the one line that `Outcome.error` holds: type and message."""
    words = str(error)
    if isinstance(error, MemoryError) and not words:
        words = "out of memory"
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


class Executor(ABC):
    """Works off jobs, here or elsewhere."""

    outlives: ClassVar[bool] = False  # whether jobs go on when this process has gone: they must then claim their runs

    @abstractmethod
    def run(
        self, work: Callable[[J, Notify], R], jobs: Iterable[J], notice: Callable[[J, Any], None] = unheard
    ) -> Generator[Outcome[J, R], None, None]:
        """The outcome of `work(job, notify)` on each job as it ends, in the order in which they end.

        Args:
            work: does one job; what it passes to `notify` reaches `notice` here where the executor can carry it.
            jobs: taken one by one, the next only when a worker is free for it.
            notice: is given the job and the message, between two outcomes; for news of progress, which may be lost.

        An exception in `work` ends that job alone, except for `GradxError`, which ends everything and is raised again
        here. On an interrupt, or when the iterator is closed, the workers are ended before it propagates.
        """

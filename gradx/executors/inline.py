"""`Inline`: one job after another in this process."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from gradx.base.errors import GradxError
from gradx.executors.base import Executor, Outcome

J = TypeVar("J")
R = TypeVar("R")


class Inline(Executor):
    """The simplest executor: no processes, easy to debug."""

    def run(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[Outcome[J, R]]:
        for job in jobs:
            try:
                outcome = Outcome(job, work(job))
            except GradxError:
                raise
            except Exception as error:
                outcome = Outcome(job, error=f"{type(error).__name__}: {error}")
            yield outcome

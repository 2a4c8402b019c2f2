"""`Executor`: where jobs are worked off; one method, results as they come."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True)
class Outcome(Generic[J, R]):
    """What became of one job: its result, or the error that ended it."""

    job: J
    result: R | None = None
    error: str | None = None


class Executor(ABC):
    """Works off jobs, here or elsewhere."""

    @abstractmethod
    def run(self, work: Callable[[J], R], jobs: Iterable[J]) -> Iterator[Outcome[J, R]]:
        """The outcome of `work` on each job as it ends.

        An exception in `work` ends that job alone, except for errors of the results directory (`GradxError`) and an
        interrupt, which end everything.
        """

"""`Inline`: one job after another in this process."""

from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any

from gradx.base.errors import GradxError
from gradx.executors.base import Executor, J, Notify, Outcome, R, in_words, unheard


class Inline(Executor):
    """The simplest executor: no processes, easy to debug."""

    def run(
        self, work: Callable[[J, Notify], R], jobs: Iterable[J], notice: Callable[[J, Any], None] = unheard
    ) -> Generator[Outcome[J, R], None, None]:
        for job in jobs:
            try:
                outcome = Outcome(job, work(job, partial(notice, job)))
            except GradxError:
                raise
            except Exception as error:
                outcome = Outcome(job, error=in_words(error))
            yield outcome

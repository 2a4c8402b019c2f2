"""What runs in a worker of Ray."""

import os
import pickle
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from threading import Event, Thread
from typing import Any

from gradx.executors.attempt import attempt
from gradx.executors.base import KEPT, PAUSE, in_words, threads_limited
from gradx.executors.wire import Kind


def stream(order: Mapping[str, Any], job: bytes) -> Iterator[list[tuple[int, bytes]]]:
    """Does one job; yields a sign of life, then notices as they come, at last what became of the job.

    The work has a thread of its own, for a generator cannot yield from within a function that it calls.
    """
    _settle(order)
    yield []
    notices: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
    answer: list[tuple[int, bytes]] = []
    news = Event()

    def notify(message: Any) -> None:
        notices.append((Kind.NOTICE, pickle.dumps(message)))
        news.set()

    def live() -> None:
        try:
            answer.append(attempt(order["work"], job, notify))
        except BaseException as error:  # KeyboardInterrupt, raised by the work itself
            answer.append((Kind.ERROR, pickle.dumps(in_words(error))))
        news.set()

    thread = Thread(target=live, daemon=True)
    thread.start()
    while not answer:
        news.wait()
        news.clear()
        yield [notices.popleft() for _ in range(len(notices))]
        thread.join(PAUSE)
    yield [*notices, *answer]


def _settle(order: Mapping[str, Any]) -> None:
    """Makes the worker's surroundings those of the caller, as far as that can be."""
    os.environ.update(threads_limited(order["threads"]))
    sys.path.extend(entry for entry in order["path"] if entry not in sys.path)
    if os.path.isdir(order["directory"]):
        os.chdir(order["directory"])

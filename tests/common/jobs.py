"""Work for executors, each a fault or a fact that comes back; in a module, so that workers can import it."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradx.base.errors import GradxError, Problem, ResultsError, SpecError

Notify = Callable[[Any], None]


def do(job: tuple[Any, ...], notify: Notify) -> Any:
    """Calls the function that the job names."""
    name, *arguments = job
    return globals()[name](*arguments, notify=notify)


def double(number: int, notify: Notify) -> int:
    return 2 * number


def process(notify: Notify) -> int:
    return os.getpid()


def interpreter(notify: Notify) -> str:
    return sys.executable


def killed(notify: Notify) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def raising(notify: Notify) -> None:
    raise ZeroDivisionError("by nothing")


def out_of_memory(notify: Notify) -> None:
    raise MemoryError


def leaving(code: int, notify: Notify) -> None:
    os._exit(code)


def exiting(code: int, notify: Notify) -> None:
    sys.exit(code)


def unpicklable(notify: Notify) -> Any:
    return threading.Lock()


def unreadable(notify: Notify) -> Any:
    return Unreadable()


def bytes_of(size: int, notify: Notify) -> bytes:
    return bytes(range(256)) * (size // 256)


def sleeping(seconds: float, notify: Notify) -> None:
    time.sleep(seconds)


def span(notify: Notify) -> tuple[float, float]:
    """When the job began and ended, on the clock that all processes share."""
    start = time.monotonic()
    time.sleep(0.05)
    return start, time.monotonic()


def variable(name: str, notify: Notify) -> str | None:
    time.sleep(0.05)  # so that another slot is needed
    return os.environ.get(name)


def imported(module: str, notify: Notify) -> bool:
    return module in sys.modules


def telling(count: int, mark: Path, notify: Notify) -> int:
    """Says 0, 1, 2 ... as fast as it can, and leaves a file when it has."""
    for number in range(count):
        notify(number)
    mark.touch()
    return count


def mistaken(notify: Notify) -> None:
    raise SpecError([Problem("no such thing", "init.gain", "a.yaml", 3), Problem("nor this")])


def disk_full(notify: Notify) -> None:
    raise ResultsError("the disk is full")


def odd_error(notify: Notify) -> None:
    raise OddError(1, 2)


def cleaning(begun: Path, cleaned: Path, notify: Notify) -> None:
    """Waits for its end, and notes that its `finally` ran."""
    try:
        begun.touch()
        time.sleep(600)
    finally:
        cleaned.touch()


def clinging(begun: Path, cleaned: Path, notify: Notify) -> None:
    """Refuses to end."""
    try:
        begun.touch()
        time.sleep(600)
    finally:
        cleaned.touch()
        time.sleep(600)


def waiting(gate: str, marks: str, number: int, notify: Notify) -> int:
    """Leaves a mark and waits for a gate to open."""
    with open(marks, "a") as file:
        file.write(str(number))
    while not Path(gate).exists():
        time.sleep(0.02)
    return number


def killed_once(mark: str, notify: Notify) -> str:
    """Dies the first time."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def parallel(threads: int, notify: Notify) -> tuple[int, float]:
    """The sum of a product of matrices of ones, on some threads of torch; numpy must agree."""
    import numpy as np
    import torch

    torch.set_num_threads(threads)
    total = float((torch.ones(1000, 1000) @ torch.ones(1000, 1000)).sum())
    assert total == (np.ones((1000, 1000)) @ np.ones((1000, 1000))).sum()
    return torch.get_num_threads(), total


class Unreadable:
    """Can be pickled, but not read again."""

    def __reduce__(self) -> Any:
        return int, ("not a number",)


class OddError(GradxError):
    """Does not survive pickling: it has an argument more than it tells its base."""

    exit_code = 2

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"odd: {one + two}")

"""`watching`: live progress of a training on stderr, so that stdout stays clean for results."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isnan
from time import monotonic
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gradx.reporting.text import number

EVERY = 5.0  # seconds between lines where there is no terminal


class State(Protocol):
    """Where training stands, as `gradx.engine.train.Progress` says it."""

    @property
    def step(self) -> int: ...
    @property
    def steps(self) -> int: ...
    @property
    def loss(self) -> float: ...
    @property
    def grad_norm(self) -> float: ...
    @property
    def diverged(self) -> int: ...


@contextmanager
def watching(
    quiet: bool = False, console: Console | None = None, clock: Callable[[], float] = monotonic
) -> Iterator[Callable[[State], None]]:
    """Gives a function that shows a `State`: a bar on a terminal, else a line now and then and one at the end.

    Args:
        quiet: show nothing.
        console: stderr by default.
        clock: seconds that only grow.
    """
    console = console or Console(stderr=True)
    if quiet:
        yield lambda _: None
    elif console.is_interactive:
        with _bar(console) as show:
            yield show
    else:
        with _lines(console, clock) as show:
            yield show


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[State], None]]:
    columns = (
        TextColumn("{task.fields[steps]}", markup=False),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[numbers]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console, transient=True, expand=True) as bar:  # the results take its place
        task = bar.add_task("", total=None, steps="starting", numbers="")

        def show(state: State) -> None:
            bar.update(
                task, total=max(state.steps, 1), completed=state.step, steps=_steps(state), numbers=_numbers(state)
            )

        yield show


@contextmanager
def _lines(console: Console, clock: Callable[[], float]) -> Iterator[Callable[[State], None]]:
    printed, latest, waiting = clock(), None, False

    def write(state: State) -> None:
        console.print(f"step {_steps(state)}, {_numbers(state)}", markup=False, highlight=False, soft_wrap=True)

    def show(state: State) -> None:
        nonlocal printed, latest, waiting
        latest, waiting = state, True
        if clock() - printed >= EVERY:
            write(state)
            printed, waiting = clock(), False

    try:
        yield show
    finally:
        if waiting and latest is not None:
            write(latest)


def _steps(state: State) -> str:
    return f"{state.step}/{state.steps}"


def _numbers(state: State) -> str:
    diverged = f", {state.diverged} diverged" if state.diverged else ""
    return f"loss {number(state.loss)}, |grad| {_known(state.grad_norm)}{diverged}"


def _known(value: float) -> str:
    """A dash before the first gradient was measured; a diverged one shows in the loss."""
    return "-" if isnan(value) else number(value)

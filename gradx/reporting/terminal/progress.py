"""`watching` a training, `sweeping` many: live progress on stderr, so that stdout stays clean for results."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isnan
from time import monotonic
from typing import Protocol, TypeVar

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gradx.reporting.terminal.standing import Standing, Watch
from gradx.reporting.text import number

EVERY = 5.0  # seconds between lines where there is no terminal

AnyState = TypeVar("AnyState")


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
        with _lines(console, clock, _line) as show:
            yield show


@contextmanager
def sweeping(
    quiet: bool = False, console: Console | None = None, clock: Callable[[], float] = monotonic
) -> Iterator[Callable[[Standing], None]]:
    """Gives a function that shows how a sweep stands; arguments as for `watching`.

    On a terminal an overall bar and a line for each of the cohorts in work, else a line now and then and one at the
    end. Call it some five times a second and at every change.
    """
    console = console or Console(stderr=True)
    watch = Watch(clock())
    if quiet:
        yield lambda _: None
    elif console.is_interactive:
        with _board(console, watch, clock) as show:
            yield show
    else:
        with _lines(console, clock, lambda _: watch.line(clock())) as say:

            def show(state: Standing) -> None:
                watch.note(state, clock())
                say(state)

            yield show


@contextmanager
def _board(console: Console, watch: Watch, clock: Callable[[], float]) -> Iterator[Callable[[Standing], None]]:
    board = Live(
        console=console,
        transient=True,  # the results take its place
        refresh_per_second=5,
        get_renderable=lambda: watch.board(console.width, console.options.ascii_only, clock()),
    )
    with board:
        yield lambda state: watch.note(state, clock())


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
def _lines(
    console: Console, clock: Callable[[], float], line: Callable[[AnyState], str]
) -> Iterator[Callable[[AnyState], None]]:
    printed, waiting = clock(), list[AnyState]()

    def write() -> None:
        console.print(line(waiting.pop()), markup=False, highlight=False, soft_wrap=True)

    def show(state: AnyState) -> None:
        nonlocal printed
        waiting[:] = [state]
        if clock() - printed >= EVERY:
            write()
            printed = clock()

    try:
        yield show
    finally:
        if waiting:
            write()


def _line(state: State) -> str:
    return f"step {_steps(state)}, {_numbers(state)}"


def _steps(state: State) -> str:
    return f"{state.step}/{state.steps}"


def _numbers(state: State) -> str:
    diverged = f", {state.diverged} diverged" if state.diverged else ""
    return f"loss {number(state.loss)}, |grad| {_known(state.grad_norm)}{diverged}"


def _known(value: float) -> str:
    """A dash before the first gradient was measured; a diverged one shows in the loss."""
    return "-" if isnan(value) else number(value)

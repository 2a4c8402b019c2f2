"""`watch`: the page of a report, drawn again while a sweep goes on."""

from collections import Counter
from collections.abc import Callable
from time import monotonic, sleep

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text

from gradx.reporting.outputs import show_page
from gradx.reporting.report import Report
from gradx.reporting.runs.counts import outcomes
from gradx.reporting.runs.material import Material
from gradx.reporting.terminal.pace import Pace
from gradx.reporting.terminal.report_page import ReportPage
from gradx.reporting.text import count, duration, rate, shown

EVERY = 2.0  # seconds


def watch(
    make: Callable[[], Report],
    console: Console | None = None,
    clock: Callable[[], float] = monotonic,
    wait: Callable[[float], None] = sleep,
) -> None:
    """Shows a report on a terminal until all that was planned is there, or until it is interrupted; then leaves it.

    It only reads. Where the output is no terminal, the page is printed once.

    Args:
        make: the report as the results stand.
        console: stdout by default.
        clock: seconds that only grow.
        wait: returns after so many seconds.

    Raises:
        SpecError, ResultsError: as `make` does.
    """
    console = console or Console()
    made = make()
    if console.is_terminal and not complete(made.material):
        try:
            made = _watched(made, make, console, clock, wait)
        except _InterruptedError as stop:
            made = stop.last
    show_page(made, console)


def complete(material: Material) -> bool:
    """Whether nothing is left to come: all planned points are there, and no process works on any."""
    return left(material) == 0 and not material.busy()


def left(material: Material) -> int | None:
    """How many of the planned points are not there, whatever the filter picks; None where that is not known."""
    if not material.sources or any(source.planned is None for source in material.sources):
        return None
    return sum(max((source.planned or 0) - len(source.runs), 0) for source in material.sources)


class _InterruptedError(Exception):
    def __init__(self, last: Report) -> None:
        super().__init__("interrupted")
        self.last = last


def _watched(
    made: Report,
    make: Callable[[], Report],
    console: Console,
    clock: Callable[[], float],
    wait: Callable[[float], None],
) -> Report:
    """Redraws until all is there; the last report. Raises _InterruptedError with it, too."""
    pace = Pace(clock())
    pace.begin(clock(), made.material.total)
    try:
        with Live(console=console, screen=True, auto_refresh=False, transient=True) as live:
            while True:
                pace.add(clock(), made.material.total)
                live.update(_Screen(progress(made.material, pace, clock()), made), refresh=True)
                if complete(made.material):
                    return made
                wait(EVERY)
                made = make()
    except KeyboardInterrupt:
        raise _InterruptedError(made) from None


def progress(material: Material, pace: Pace, now: float) -> str:
    """Where a sweep stands, in a line: `37 of 100 points, 3 failed, 12 in work, 1.5 runs/s, 40 s left`."""
    here, more = material.total, left(material)
    facts = [f"{here:,} of {count(here + more, 'point')}" if more is not None else count(here, "run")]
    statuses = outcomes(material.rows).get("runs", Counter())
    for word in ("failed", "diverged"):
        if amount := statuses[word]:
            facts.append(f"{amount:,} {word}")
    working = material.busy()
    facts.append(f"{working:,} in work" if working else "nothing in work")
    per_second, seconds = pace.rate(now), pace.left(now, more or 0)
    if working:  # a sweep that was stopped comes to no end
        facts += [rate(per_second)] if per_second is not None else []
        facts += [f"{duration(max(seconds, 1))} left"] if seconds is not None and more else []
    return ", ".join(facts)


class _Screen:
    """A line of progress above as much of a page as there is room for."""

    def __init__(self, line: str, made: Report) -> None:
        self._line = line
        self._page = ReportPage(made)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = self._page.lines(console, options)
        for line in lines:
            line.no_wrap, line.overflow = True, "crop"
        room = max(options.size.height - 3, 1)
        hidden = len(lines) - room
        note = f"… {count(hidden, 'more line')}; " if hidden > 0 else ""
        ascii_only = options.ascii_only
        first = Text(shown(self._line, ascii_only), "bold", no_wrap=True, overflow="crop")
        last = Text(
            shown(f"{note}Ctrl-C ends this and prints the page", ascii_only), "dim", no_wrap=True, overflow="crop"
        )
        yield Group(first, *lines[:room], last)

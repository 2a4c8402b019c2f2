"""`Standing`: where a sweep stands, and `Watch`: what a terminal or a log shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from gradx.reporting.symbols import OUTCOMES
from gradx.reporting.terminal.pace import Pace
from gradx.reporting.text import Styled, clipped, count, duration, rate, shown

MOST = 4  # cohorts in work that have a line each
SMALL_BAR, LEAST_BAR = 16, 12  # columns


class Cohort(Protocol):
    """Members that train together at this moment."""

    @property
    def label(self) -> str: ...
    @property
    def members(self) -> int: ...
    @property
    def step(self) -> int: ...
    @property
    def steps(self) -> int: ...


class Standing(Protocol):
    """How many of the points are where.

    points: of the whole sweep.
    done: finished or diverged, with those that this call did not train.
    earlier: of these, not trained by this call.
    failed, diverged: as the names say; a diverged point is also done, a failed one is not.
    busy: in work in other processes.
    working: the cohorts that this call trains now.
    """

    @property
    def points(self) -> int: ...
    @property
    def done(self) -> int: ...
    @property
    def earlier(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def diverged(self) -> int: ...
    @property
    def busy(self) -> int: ...
    @property
    def working(self) -> Sequence[Cohort]: ...


@dataclass(frozen=True)
class _Cohort:
    label: str
    step: int
    steps: int
    members: int

    @property
    def part(self) -> float:
        """How much of it is done."""
        return min(self.step / self.steps, 1.0) if self.steps else 0.0

    @property
    def where(self) -> str:
        return f"step {self.step}/{self.steps}" if self.steps else "measuring"


@dataclass(frozen=True)
class _Note:
    """A copy of a `Standing`: the one that is shown must not change while it is drawn."""

    points: int
    done: int
    earlier: int
    failed: int
    diverged: int
    busy: int
    working: tuple[_Cohort, ...]

    @property
    def half_done(self) -> float:
        """Runs' worth of work in the cohorts that are not through."""
        return sum(one.part * one.members for one in self.working)

    @property
    def ended(self) -> int:
        return self.done + self.failed

    @property
    def left(self) -> float:
        """Runs' worth of work for this call."""
        return max(self.points - self.ended - self.busy - self.half_done, 0.0)


class Watch:
    """Takes notes of how a sweep stands and says it: a board for a terminal, a line for a log."""

    def __init__(self, started: float) -> None:
        self._pace = Pace(started)
        self._note: _Note | None = None
        self._begun = False

    def note(self, state: Standing, now: float) -> None:
        """Remember `state`, which holds at the time `now` (seconds)."""
        working = tuple(_Cohort(one.label, one.step, one.steps, one.members) for one in state.working)
        note = _Note(
            state.points, state.done, state.earlier, state.failed, state.diverged, state.busy, working
        )  # fmt: skip
        own = note.ended - note.earlier
        if not self._begun and own + note.half_done > 0:
            self._begun = True
            if not own:  # the first steps; where whole runs come first, nothing is known of their beginning
                self._pace.begin(now, note.half_done)
        self._pace.add(now, own + note.half_done)
        self._note = note

    def line(self, now: float) -> str:
        """All in one line of plain text."""
        note = self._note
        if note is None:
            return "starting"
        counts = (f"{amount} {word}" for amount, word in _counts(note))
        facts = [f"{note.ended}/{note.points} runs", *counts, *self._speed(note, now)]
        others = len(note.working) - 1
        more = f" and {count(others, 'more cohort')}" if others > 0 else ""
        cohort = f"; {shown(note.working[0].label)}: {note.working[0].where}{more}" if note.working else ""
        return ", ".join(facts) + cohort

    def board(self, width: int, ascii_only: bool, now: float) -> Group:
        """An overall bar, and a line for each cohort in work, each at most `width` columns wide."""
        note = self._note
        if note is None:
            return Group(Text("starting"))
        lines = [*self._overall(note, width, ascii_only, now), *_cohorts(note, width, ascii_only)]
        for line in lines:
            line.no_wrap, line.overflow = True, "crop"
        return Group(*lines)

    def _overall(self, note: _Note, width: int, ascii_only: bool, now: float) -> list[Text]:
        """Bar, speed and what went otherwise; the latter below where it leaves no room for a bar."""
        runs = f"{note.ended}/{note.points} runs".rjust(2 * len(str(note.points)) + 6)
        speed = [(text, "") for text in self._speed(note, now)]
        marked = _marked(note)
        bar = min(width - len(runs) - 1 - _columns([*marked, *speed]), width // 3)
        below = bar < LEAST_BAR
        if below:
            bar = min(width - len(runs) - 1 - _columns(speed), width // 3)
        text = Text(runs)
        if bar > 0:
            part = (note.ended + note.half_done) / note.points if note.points else 1.0
            text.append(" ").append_text(_bar(part, bar, ascii_only))
        text.append_text(_facts(speed if below else [*marked, *speed], ascii_only))
        return [text, *([_facts(marked, ascii_only)] if below and marked else [])]

    def _speed(self, note: _Note, now: float) -> list[str]:
        """Throughput and time left, as far as they are known."""
        per_second, left = self._pace.rate(now), self._pace.left(now, note.left)
        if per_second is None or left is None:
            return []
        return [rate(per_second), *([f"{duration(max(round(left), 1))} left"] if note.left > 0 else [])]


def _counts(note: _Note) -> list[tuple[int, str]]:
    """What went otherwise than finished here; nothing where nothing did."""
    found = ((note.failed, "failed"), (note.diverged, "diverged"), (note.busy, "in other processes"))
    return [(amount, word) for amount, word in found if amount]


def _marked(note: _Note) -> list[Styled]:
    return [
        (f"{OUTCOMES[word].char} {amount} {word}", OUTCOMES[word].style)
        if word in OUTCOMES
        else (f"{amount} {word}", "")
        for amount, word in _counts(note)
    ]


def _columns(facts: Sequence[Styled]) -> int:
    return sum(len(text) + 2 for text, _ in facts)


def _facts(facts: Sequence[Styled], ascii_only: bool) -> Text:
    return Text.assemble(*(("  " + shown(text, ascii_only), style) for text, style in facts))


def _cohorts(note: _Note, width: int, ascii_only: bool) -> list[Text]:
    if not note.working:
        ended = note.ended >= note.points
        return [] if ended else [Text("  waiting for other processes" if note.left <= 0 else "  starting", "dim")]
    drawn = note.working[:MOST]
    wheres = [one.where for one in drawn]
    room = width - max(map(len, wheres)) - SMALL_BAR - 6
    labels = [clipped(shown(one.label, ascii_only), max(room, 8), ascii_only) for one in drawn]
    longest = max(map(cell_len, labels))
    lines = []
    for one, label, where in zip(drawn, labels, wheres, strict=True):
        bar = _bar(one.part, SMALL_BAR, ascii_only) if room >= 8 else Text()
        lines.append(Text.assemble(f"  {label}{' ' * (longest - cell_len(label))}  ", bar, f"  {where}"))
    more = len(note.working) - len(drawn)
    return lines + ([Text(f"  and {more} more", "dim")] if more else [])


def _bar(part: float, width: int, ascii_only: bool) -> Text:
    """Heavy where done, light where not: the colour only helps."""
    done = min(max(int(part * width), 0), width)
    heavy, light = ("#", "-") if ascii_only else ("━", "─")
    return Text.assemble((heavy * done, "green"), (light * (width - done), "dim"))

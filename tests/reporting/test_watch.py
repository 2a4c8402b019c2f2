"""`--watch`: drawn again while a sweep grows, cropped to the terminal, ended by the last point or by Ctrl-C."""

from collections.abc import Callable
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

import pytest
from reporting.kept import HOSTILE, kept, tree
from reporting.rows import failed, grid_rows
from rich.console import Console

from gradx.reporting.report import Report, report
from gradx.reporting.terminal.pace import Pace
from gradx.reporting.watch import complete, progress, watch
from gradx.store.runs import Results

SWEEP = "name: grid\nsweep:\n  grid: {depth: [2, 4], seed: {range: [0, 3]}}\n"
ROWS = grid_rows(depth=[2, 4], seed=[0, 1, 2])


def terminal(height: int = 20) -> Console:
    return Console(
        file=StringIO(), width=80, height=height, force_terminal=True, color_system=None, legacy_windows=False
    )


def written(console: Console) -> str:
    return console.file.getvalue()  # type: ignore[attr-defined]


def grow(path: Path, rows: list[dict]) -> None:
    with Results(path).claim([row["run"] for row in rows]) as claim:
        claim.commit(rows)


def watched(path: Path, console: Console, waits: list[Callable[[], None]]) -> None:
    """Watches it; each time that the next page is waited for, the next of these happens."""
    now = [0.0]

    def wait(seconds: float) -> None:
        now[0] += seconds
        waits.pop(0)()

    watch(lambda: report(path), console, lambda: now[0], wait)


def test_until_all_points_are_there(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", ROWS[:2], SWEEP)
    console = terminal()
    with ExitStack() as other:  # a process that works on the last two

        def more() -> None:
            grow(path, ROWS[2:4])
            other.enter_context(Results(path).claim([row["run"] for row in ROWS[4:]]))

        def last() -> None:
            other.close()
            grow(path, [failed(ROWS[4]), ROWS[5]])

        watched(path, console, [more, last])
    text = written(console)
    assert "2 of 6 points, nothing in work" in text
    assert "4 of 6 points, 2 in work, 1 runs/s, 2 s left" in text
    assert "6 of 6 points, 1 failed, nothing in work" in text
    last = text[text.rindex("\x1b[?1049l") :]  # the screen as it was before, and then the page, whole
    assert "grid  6 runs" in last
    assert "What to do next" in last
    assert "more line" not in last


def test_an_interrupt_ends_it_with_the_last_page(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", ROWS[:2], SWEEP)
    before = tree(path)

    def interrupt() -> None:
        raise KeyboardInterrupt

    console = terminal()
    watched(path, console, [lambda: None, interrupt])
    assert "grid  2 of 6 points" in written(console)[written(console).rindex("\x1b[?1049l") :]
    assert tree(path) == before


@pytest.mark.parametrize("height", [2, 5, 12, 300])
def test_it_is_cropped_to_the_height(tmp_path: Path, height: int) -> None:
    path = kept(tmp_path / "grid", [row | {"name": HOSTILE} for row in ROWS[:3]], SWEEP)
    console = terminal(height)

    def stop() -> None:
        raise KeyboardInterrupt

    watched(path, console, [stop])
    first = written(console).split("\x1b[?1049l")[0]
    assert len(first.splitlines()) <= height
    if height > 2:
        assert "3 of 6 points" in first
    if height == 12:
        assert "more lines; Ctrl-C ends this and prints the page" in first
    assert not set(first) & set("\x07\x9b\u202e")


def test_without_a_terminal_one_page(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", ROWS[:2], SWEEP)
    console = Console(file=StringIO(), width=80)
    watch(lambda: report(path), console, wait=lambda _: pytest.fail("it waited"))
    assert written(console).startswith("grid  2 of 6 points\n")
    assert "\x1b" not in written(console)


def test_what_is_complete(tmp_path: Path) -> None:
    def done(name: str, rows: list[dict], spec: str = SWEEP, where: str | None = None) -> bool:
        return complete(report(kept(tmp_path / name, rows, spec), where=where).material)

    assert not done("a", ROWS[:5])
    assert done("b", ROWS)
    assert done("c", ROWS, where="depth == 2")
    assert not done("d", [], "name: [")  # nobody knows what was planned
    path = kept(tmp_path / "e", ROWS, SWEEP)
    with Results(path).claim(["f" * 12]):  # another process trains a further run
        made: Report = report(path)
        assert not complete(made.material)
        assert "1 in work" in progress(made.material, Pace(0.0), 0.0)
    assert complete(made.material)


def test_progress_of_what_was_not_planned(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert progress(report(tmp_path / "none").material, Pace(0.0), 0.0) == "0 runs, nothing in work"

"""Live progress: a bar on a terminal, few lines in a pipe, nothing when quiet."""

import re
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.cells import cell_len
from rich.console import Console

from gradx.reporting.terminal.progress import sweeping, watching
from gradx.reporting.terminal.standing import Watch


def state(step: int, diverged: int = 0) -> SimpleNamespace:
    return SimpleNamespace(step=step, steps=100, loss=0.123456, grad_norm=1e-30, diverged=diverged)


def test_in_a_pipe_a_line_every_five_seconds_and_one_at_the_end() -> None:
    file, now = StringIO(), 0.0
    with watching(console=Console(file=file), clock=lambda: now) as show:
        for step in range(1, 101):
            now = step * 0.1
            show(state(step))
    lines = file.getvalue().splitlines()
    assert [line.split(",")[0] for line in lines] == ["step 50/100", "step 100/100"]
    assert lines[0].endswith("loss 0.1235, |grad| 1e-30")


def test_the_last_state_is_said_once_also_when_interrupted() -> None:
    file = StringIO()

    def interrupted() -> None:
        with watching(console=Console(file=file), clock=lambda: 0.0) as show:
            show(state(3, diverged=2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.getvalue() == "step 3/100, loss 0.1235, |grad| 1e-30, 2 diverged\n"


def test_without_states_nothing_is_said() -> None:
    file = StringIO()
    with watching(console=Console(file=file)):
        pass
    assert file.getvalue() == ""


def test_on_a_terminal_a_bar() -> None:
    file = StringIO()
    with watching(console=Console(file=file, force_terminal=True, width=100, legacy_windows=False)) as show:
        show(state(40))
        show(state(100))
    assert "100/100" in file.getvalue()
    assert "loss 0.1235, |grad| 1e-30" in file.getvalue()


def test_quiet_and_stdout_stay_empty(capsys) -> None:
    with watching(quiet=True) as show:
        show(state(1))
    assert capsys.readouterr() == ("", "")
    with watching() as show:
        show(state(1))
    assert capsys.readouterr().out == ""


def standing(done: int = 56, **changes) -> SimpleNamespace:
    cohort = SimpleNamespace(label="rnn, 64 members", members=64, step=350, steps=1000)
    counts = {"points": 640, "done": done, "earlier": 0, "failed": 0, "diverged": 0, "busy": 0, "working": [cohort]}
    return SimpleNamespace(**counts | changes)


def board(state: SimpleNamespace, width: int, ascii_only: bool = False) -> list[str]:
    watch = Watch(0.0)
    watch.note(state, 10.0)
    file = StringIO()
    Console(file=file, width=width).print(watch.board(width, ascii_only, 10.0))
    return file.getvalue().splitlines()


def test_of_a_sweep_a_line_every_five_seconds_and_one_at_the_end() -> None:
    file, now = StringIO(), 0.0
    cohort = SimpleNamespace(label="rnn, 64 members", members=64, step=0, steps=1000)
    with sweeping(console=Console(file=file, width=40), clock=lambda: now) as show:
        for tenth in range(1, 103):
            now = tenth / 10
            show(standing(int(now) * 10, diverged=2, working=[cohort]))
    assert file.getvalue() == (
        "50/640 runs, 2 diverged, 10 runs/s, 59 s left; rnn, 64 members: step 0/1000\n"
        "100/640 runs, 2 diverged, 10 runs/s, 54 s left; rnn, 64 members: step 0/1000\n"
        "100/640 runs, 2 diverged, 10 runs/s, 54 s left; rnn, 64 members: step 0/1000\n"
    )


def test_lumps_count_by_the_steps_that_are_done() -> None:
    """64 runs that end together: throughput and time left are known before, and do not jump when they do."""
    watch, seen = Watch(0.0), []
    for second in range(1, 41):
        done, step = divmod(second * 50, 1000)
        working = [SimpleNamespace(label="rnn", members=64, step=step, steps=1000)]
        watch.note(standing(64 * done, working=working), float(second))
        if second == 1:  # one look tells no speed
            continue
        found = re.search(r", ([\d.]+) runs/s, (\d+) (s|min) left", watch.line(float(second)))
        assert found is not None
        seen.append(int(found[2]) * (60 if found[3] == "min" else 1))
        assert float(found[1]) == pytest.approx(3.2, rel=0.05)
    assert seen[0] == 180  # 3 min
    assert all(abs(left - (200 - second)) <= 30 for second, left in enumerate(seen, 2))  # minutes are rounded


def test_the_start_of_processes_does_not_count() -> None:
    watch = Watch(0.0)
    for second in range(31):
        step = max(100 * (second - 20), 0)
        working = [SimpleNamespace(label="rnn", members=10, step=step, steps=1000)]
        watch.note(standing(0, working=working), float(second))
    assert watch.line(30.0).startswith("0/640 runs, 1 runs/s, 10 min left")


def test_what_was_there_before_is_not_throughput() -> None:
    watch = Watch(0.0)
    watch.note(standing(600, earlier=590, working=[]), 10.0)
    assert watch.line(10.0) == "600/640 runs, 1 runs/s, 40 s left"


def test_failed_and_busy_runs_and_further_cohorts_are_said() -> None:
    watch = Watch(0.0)
    one = standing().working[0]
    watch.note(standing(56, failed=8, diverged=3, busy=64, working=[one, one, one]), 10.0)
    assert watch.line(10.0) == (
        "64/640 runs, 8 failed, 3 diverged, 64 in other processes, 13 runs/s, 34 s left; "
        "rnn, 64 members: step 350/1000 and 2 more cohorts"
    )


def test_the_board_of_a_sweep() -> None:
    assert board(standing(120, earlier=20, diverged=2), 80) == [
        "120/640 runs ━━━━━─────────────────────  ✖ 2 diverged  12 runs/s  41 s left",
        "  rnn, 64 members  ━━━━━───────────  step 350/1000",
    ]
    assert board(standing(0, working=[]), 80)[1] == "  starting"
    assert board(standing(600, busy=40, working=[]), 80)[-1] == "  waiting for other processes"
    assert len(board(standing(640, working=[]), 80)) == 1
    assert board(standing(0, working=[SimpleNamespace(label="x", members=1, step=0, steps=0)]), 80)[1].endswith(
        "measuring"
    )


@pytest.mark.parametrize("width", [20, 40, 80, 120])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_the_board_keeps_the_width_and_shows_hostile_labels(width: int, ascii_only: bool) -> None:
    cohorts = [
        SimpleNamespace(label=f"\x1b[31m{'層' * 60}\n[bold]{place}", members=64, step=place, steps=1000)
        for place in range(7)
    ]
    lines = board(
        standing(10**5, points=10**6, failed=12345, diverged=54321, busy=640, working=cohorts), width, ascii_only
    )
    assert max(map(cell_len, lines)) <= width
    assert lines[-1] == "  and 3 more"
    assert "\x1b" not in "".join(lines)
    assert not ascii_only or "".join(lines).isascii()


def test_the_board_leaves_stdout_alone_and_no_trace_on_the_terminal(capsys) -> None:
    file = StringIO()
    with sweeping(console=Console(file=file, force_terminal=True, width=80, legacy_windows=False)) as show:
        show(standing())
    assert "rnn, 64 members" in file.getvalue()
    assert file.getvalue().endswith("\x1b[2K")  # erased: the results take its place
    with sweeping(quiet=True) as show:
        show(standing())
    assert capsys.readouterr() == ("", "")


def test_a_dumb_terminal_gets_lines(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    file = StringIO()
    with sweeping(console=Console(file=file, force_terminal=True, width=80)) as show:
        show(standing())
    assert file.getvalue().startswith("56/640 runs")
    assert "\x1b" not in file.getvalue()

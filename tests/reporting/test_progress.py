"""Live progress: a bar on a terminal, few lines in a pipe, nothing when quiet."""

from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from gradx.reporting.progress import watching


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

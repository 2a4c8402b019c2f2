"""The panel of a run: the right words for every outcome, at any width, and nothing that a terminal could act on."""

from io import StringIO
from math import inf, nan
from typing import Any

import pytest
from reporting.rows import depth_trace, row, time_trace
from rich.console import Console

from gradx.base.trace import Trace
from gradx.reporting.terminal.panel import panel

EMPTY = Trace.concat([])


class Ascii(StringIO):
    encoding = "ascii"


def shown(
    run: dict[str, Any], trace: Trace = EMPTY, claims=(), width: int = 80, file: StringIO | None = None, **options: Any
) -> str:
    """The panel as text, as in a pipe."""
    file = file or StringIO()
    console = Console(file=file, width=width, color_system=None, **options)
    console.print(panel(run, trace.to_frame(), claims, "results/example", "my config.yaml"))
    return file.getvalue()


def test_vanishing() -> None:
    text = shown(row(), depth_trace([10.0**-k for k in range(26, 0, -1)]))
    assert "▼ vanishing over depth" in text
    assert "1e-26 │" in text
    assert "loss            2.346 → 2.2, chance 2.302" in text
    assert "test accuracy   0.1, chance 0.1  ✖ not solved" in text
    assert "pd.read_parquet('results/example/trace')" in text
    assert "gradx run 'my config.yaml' init=kaiming_normal activation=relu" in text
    order = ("vanishing", "Gradient norm by layer", "Training", "Results", "What to try next")
    assert sorted(order, key=text.index) == list(order)


def test_exploding_through_time_with_both_ends_of_training() -> None:
    run = row(
        architecture="rnn",
        activation="tanh",
        verdict__depth=None,
        verdict__time="exploding",
        clipping="norm",
        clip_rate=1 / 3,
    )
    trace = Trace.concat([time_trace([1e6, 1e3, 1.0]), time_trace([0.0, inf, nan], step=99)])
    text = shown(run, trace, width=120)
    assert "▲ exploding through time" in text
    assert any("before training:" in line and "after 99 steps:" in line for line in text.splitlines())
    assert "0 exactly zero, ∞ infinite, ? not a number" in text
    assert "norm, in 33.3 % of the steps" in text
    below = shown(run, trace, width=80).splitlines()
    assert not any("before training:" in line and "after 99 steps:" in line for line in below)


def test_stable_and_solved_with_claims() -> None:
    claims = [("solved", True, ""), ("growth.depth < 0.1", False, ""), ("growth.time < 1", None, "no time")]
    text = shown(row(verdict__depth="stable", solved=True, growth__depth=1.01), claims=claims)
    assert "● stable over depth" in text
    assert "✔ solved" in text
    assert "Claims  1 of 2 judged met, 1 cannot be judged" in text
    assert "✔ met  solved  (solved = True)" in text
    assert "✖ not met  growth.depth < 0.1  (growth.depth = 1.01)" in text
    assert "? cannot be judged  growth.time < 1  (no time)" in text


def test_diverged_with_all_values_nan() -> None:
    numbers = {key: nan for key, value in row().items() if isinstance(value, float)}
    text = shown(row(status="diverged", diverged_at=7, verdict__depth="diverged") | numbers, depth_trace([nan] * 30))
    assert "✖ diverged over depth" in text
    assert "the loss was not finite at step 7" in text
    assert "? not a number" in text


def test_a_run_without_anything() -> None:
    assert "What to try next" in shown({})
    assert "● finished" in shown(row(verdict__depth=None))


@pytest.mark.parametrize("terminal", [False, True])
def test_hostile_text_is_shown_and_not_obeyed(terminal) -> None:
    hostile = "\x1b[31mred\x1b]0;title\x07 [red]x[/red] :boom: [link=http://x]y[/link] \u202egnp\r\n\x9b2J"
    run = row(name=hostile, error=hostile, status="failed", evidence__depth=hostile, task=hostile)
    text = shown(run, claims=[(hostile, None, hostile)], width=200, force_terminal=terminal)
    for character in "\x1b\x07\x9b\r\u202e":
        assert character not in text
    assert r"\x1b[31mred\x1b]0;title\x07 [red]x[/red] :boom: [link=http://x]y[/link] \u202egnp" in text


@pytest.mark.parametrize("width", [40, 80, 100, 160])
def test_any_width_is_kept(width) -> None:
    trace = Trace.concat([depth_trace([10.0**-k for k in range(200)]), time_trace([0.0, 1.0] * 150)])
    trace = Trace.concat([trace, time_trace([1.0, 1.0] * 150, step=99)])
    text = shown(row(error="x" * 5000, status="failed"), trace, [("y" * 500, None, "z" * 500)], width)
    assert max(map(len, text.splitlines())) <= width


def test_a_long_path_stays_in_one_piece_with_soft_wrap() -> None:
    file, path = StringIO(), "/a/" + "long/" * 60 + "c.yaml"
    Console(file=file, width=40).print(panel(row(), EMPTY.to_frame(), [], path, path), soft_wrap=True)
    assert f"    {path} \\\n" in file.getvalue()
    assert f"pd.read_parquet('{path}/trace')" in file.getvalue()


def test_ascii_consoles_get_ascii() -> None:
    text = shown(row(name="größe"), depth_trace([0.0, 1.0, inf]), [("solved", False, "")], file=Ascii())
    assert text.isascii()
    assert "v vanishing" in text
    assert "1e+01 |" in text

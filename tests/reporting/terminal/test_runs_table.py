"""The table of runs: what differs first, text is literal, and it fits where a width is given."""

from io import StringIO

import pandas as pd
import pytest
from reporting.rows import failed, grid_rows, row
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from gradx.reporting.terminal.runs_table import runs_table


def shown(rows: list[dict], width: int | None = None, limit: int | None = None, ascii_only: bool = False) -> list[str]:
    return [line.plain for line in runs_table(pd.DataFrame(rows), width, limit, ascii_only)]


def test_what_differs_comes_first_and_what_is_alike_is_said_once() -> None:
    assert shown(grid_rows(init__gain=[0.5, 1.0], seed=[0, 1]), 80) == [
        "init.gain  seed  run           per layer       loss  accuracy   took",
        "      0.5     0  000000000000  vanishing 0.14   2.2       0.1  1.5 s",
        "      0.5     1  000000000001  vanishing 0.14   2.2       0.1  1.5 s",
        "        1     0  000000000002  vanishing 0.14   2.2       0.1  1.5 s",
        "        1     1  000000000003  vanishing 0.14   2.2       0.1  1.5 s",
        "all: grid, mlp sigmoid, init torch_default, depth 30, width 64, 12.3 k",
        "  parameters, digits, sgd lr 0.01, batch 32, float32, steps 100",
        "per layer, per step: verdict, and factor of the gradient norm towards the input",
    ]


def test_missing_values_and_statuses() -> None:
    diverged = row(status="diverged", seed=1, loss__final=float("nan"), verdict__depth="diverged")
    lines = shown([row(), diverged, failed(row(seed=2))])
    assert lines[:4] == [
        "seed  run           status    per layer       loss  accuracy   took",
        "   0  0123456789ab  finished  vanishing 0.14   2.2       0.1  1.5 s",
        "   1  0123456789ab  diverged  diverged 0.14    nan       0.1  1.5 s",
        "   2  0123456789ab  failed    -                  -         -      -",
    ]
    assert "status" not in shown([row(), row(seed=1)])[0]  # all finished


def test_names_are_told_apart() -> None:
    lines = shown([row(), row(name="[red]x\x1b[31m")], 80)
    assert lines[0].startswith("name")
    assert r"[red]x\x1b[31m" in lines[2]
    assert all(line.isprintable() for line in lines)


def test_integers_with_a_gap_are_integers() -> None:
    lines = shown([row(task="adding", sequence_length=length) for length in (16384, 100)] + [row()])
    assert "16384" in lines[1]
    assert "16384.0" not in lines[1]


def test_a_limit_says_how_many_are_not_shown_and_speaks_of_all() -> None:
    lines = shown(grid_rows(depth=[1] * 5 + [2], seed=range(1000)), 120, 3)
    assert [line.split()[0] for line in lines[:4]] == ["depth", "1", "1", "1"]
    assert lines[-1] == "… 5,997 more runs: --limit 0 shows all, --where and --sort choose"
    assert shown(grid_rows(seed=range(3)), 80, 3)[-1].startswith("per layer, per step")


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_the_least_important_columns_give_way(width: int) -> None:
    rows = grid_rows(architecture=["rnn", "lstm"], optimizer__lr=[0.1, 0.01], seed=[0, 1], verdict__time=["stable"])
    lines = shown([{**one, "growth.time": 1.0} for one in [*rows, failed(rows[0])]], width)
    assert max(map(cell_len, lines)) <= width
    assert "vanishing 0.14" in lines[4]
    assert "left out for lack of room: took" in " ".join(lines)
    if width >= 80:
        assert "architecture" in lines[0]
        assert "seed" in lines[0]


def test_the_loss_stays_where_there_is_no_verdict() -> None:
    rows = [one | {"verdict.depth": None} for one in grid_rows(init__gain=[0.5, 1.0], seed=[0, 1])]
    assert "loss" in shown(rows, 24)[0]


def test_when_piped_nothing_is_cut() -> None:
    name = "x" * 300
    lines = shown([row(name=name, width=width) for width in (1, 2)] + [row()])
    assert name in lines[1]
    assert "left out" not in " ".join(lines)


def test_ascii() -> None:
    lines = shown([row(name="größe"), row()], 80, 1, ascii_only=True)
    assert all(line.isascii() for line in lines)
    assert lines[-1].startswith("... 1 more run:")


def test_one_run_and_none() -> None:
    assert shown([row()], 80)[2].startswith("example, mlp sigmoid")
    assert shown([]) == []


def test_colours_only_repeat_words() -> None:
    file = StringIO()
    Console(file=file, color_system=None, width=80).print(Text("\n").join(runs_table(pd.DataFrame([row()]))))
    assert "vanishing 0.14" in file.getvalue()


def test_what_is_sorted_by_is_never_left_out() -> None:
    frame = pd.DataFrame(grid_rows(init__gain=[0.5, 1.0], seed=[0, 1]))
    narrow, kept = (runs_table(frame, 40, keep=key) for key in (None, "loss.final"))
    assert "loss" not in narrow[0].plain
    assert "loss" in kept[0].plain
    assert all(cell_len(line.plain) <= 40 for line in kept)

"""The table of runs: empty columns are left out, text is literal, and it fits where a width is given."""

from io import StringIO

import pandas as pd
import pytest
from reporting.rows import row
from rich.console import Console

from gradx.reporting.tables import runs_table


def shown(rows: list[dict], width: int | None = None, console_width: int = 200) -> str:
    file = StringIO()
    Console(file=file, width=console_width).print(runs_table(pd.DataFrame(rows), width))
    return file.getvalue()


def test_what_no_run_has_is_left_out() -> None:
    text = shown([row(), row(run="ba9876543210")])
    assert "vanishing 0.14" in text
    assert "ba9876543210" in text
    assert "status" not in text  # all finished
    assert "length" not in text
    assert "per step" not in text.splitlines()[0]


def test_missing_values_and_statuses() -> None:
    diverged = row(status="diverged", sequence_length=100, loss__final=float("nan"), verdict__depth=None)
    text = shown([row(), diverged, row(status="failed", metric__final=None)])
    assert "diverged" in text
    assert "failed" in text
    assert " 100 " in text  # not 100.0
    assert " nan " in text


def test_text_is_literal() -> None:
    text = shown([row(name="[red]x\x1b[31m")])
    assert r"[red]x\x1b[31m" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_least_important_columns_give_way(width) -> None:
    rows = [row(status="diverged", sequence_length=100, verdict__time="stable", growth__time=1.0)]
    text = shown(rows, width, width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "left out for lack of room: took" in text
    assert "vanishing 0.14  stable 1" in text
    assert "0123456789ab" in text


def test_a_table_of_nothing() -> None:
    assert shown([]).strip() == ""

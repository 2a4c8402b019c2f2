"""The runs as CSV: read back they are the same numbers, and nothing in them is a formula."""

import csv
import io
from math import inf, isnan, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import grid_rows, row

from gradx.reporting.documents.spreadsheet import spreadsheet


def read(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(spreadsheet(rows), newline="")))


def test_a_line_for_each_run_and_every_column_with_a_value() -> None:
    rows = grid_rows(depth=[5, 10], seed=[0, 1])
    found = read(rows)
    assert [one["run"] for one in found] == [one["run"] for one in rows]
    assert list(found[0])[:3] == ["name", "run", "status"]
    filled = {key for key in rows[0] if rows[0][key] is not None}
    assert set(found[0]) == filled


def test_columns_that_only_some_runs_have() -> None:
    first, second = read([row(), row(growth__time=2.0)])
    assert (first["growth.time"], second["growth.time"]) == ("", "2.0")


def test_zero_inf_nan_and_missing_are_four_different_things() -> None:
    values = [0.0, -0.0, inf, -inf, nan, None]
    assert [one["loss.final"] for one in read([row(loss__final=value) for value in values])] == [
        "0.0", "-0.0", "inf", "-inf", "nan", "",
    ]  # fmt: skip


@given(st.floats())
def test_numbers_in_full_precision(value: float) -> None:
    (one,) = read([row(loss__final=value)])
    back = float(one["loss.final"])
    assert back == value or (isnan(back) and isnan(value))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"])
def test_a_formula_is_text(text: str) -> None:
    (one,) = read([row(name=text, task=text)])
    assert one["name"] == one["task"] == f"'{text}"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_the_end_of_a_line_within_a_text_starts_no_row(end: str) -> None:
    assert spreadsheet([{"name": f"a{end}=1+1", "run": "r", "status": "finished"}]) == (
        f'name,run,status\n"a{end}=1+1",r,finished\n'
    )


@given(st.text() | st.text(alphabet='a",;=\r\n\t '))
def test_any_text_stays_in_its_cell(text: str) -> None:
    (one,) = read([row(name=text, task="digits")])
    assert one["name"].removeprefix("'") == text.removeprefix("'")
    assert one["task"] == "digits"


def test_no_runs() -> None:
    assert spreadsheet([]) == "name,run,status\n"

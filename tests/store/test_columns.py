"""Rows with other columns, or other types in a column, lose nothing, in one part or in many."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.material import SPECIAL, bits, opened

from gradx.store.columns import Columns, rows_table
from gradx.store.runs import Results

VALUE = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5))
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUE), min_size=1, max_size=6)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return opened(tmp_path / "lr=0.1" / "_out")  # names that pandas treats specially below the directory it reads


def commit(results: Results, *rows: dict[str, Any]) -> None:
    with results.claim([row["run"] for row in rows], done=lambda _: ()) as claim:
        claim.commit(rows)


@pytest.mark.parametrize("parts", [1, 3])
def test_one_line_of_pandas_reads_columns_and_types_that_differ(results: Results, parts: int) -> None:
    rows: list[dict[str, Any]] = [
        {"run": "f0", "depth": 1, "gain": 1, "max_norm": None, "clip": "none", "solved": None, "flag": True},
        {"run": "0", "depth": 2, "gain": 0.5, "max_norm": 1.0, "clip": 2, "solved": False, "width": 8},
        {"run": "00", "depth": 3, "gain": math.nan, "clip": 1.5, "solved": True, "flag": "no", "error": "\udc80é"},
    ]
    for some in [rows] if parts == 1 else [[row] for row in rows]:
        commit(results, *some)
    frame = pd.read_parquet(results.paths.runs).set_index("run")
    assert list(frame.index) == ["f0", "0", "00"]
    assert frame.loc["f0", ["clip", "flag"]].tolist() == ["none", "true"]
    assert frame.loc["0", ["gain", "max_norm", "clip", "width"]].tolist() == [0.5, 1.0, "2", 8.0]
    assert frame.loc["00", ["clip", "flag", "error"]].tolist() == ["1.5", "no", "\\udc80é"]
    assert frame["depth"].dtype == np.int64
    assert frame["gain"].dtype == np.float64
    assert frame["solved"].tolist() == [None, False, True]
    pd.testing.assert_frame_equal(frame, results.frame().set_index("run"))
    exact = pd.read_parquet(results.paths.runs, dtype_backend="pyarrow").set_index("run")
    assert math.isnan(exact.loc["00", "gain"])
    assert exact.loc["00", "max_norm"] is pd.NA
    assert results.rows()["00"]["max_norm"] is None
    assert math.isnan(results.rows()["00"]["gain"])


def test_a_row_comes_back_as_written(results: Results) -> None:
    row = {"run": "a", "status": "diverged", "n": 2**53, "big": 2**53 + 1, "none": None, "ok": np.bool_(True)}
    row |= {f"value{i}": value for i, value in enumerate(SPECIAL)} | {"np": np.float32(0.1), "text": "a\0\n"}
    commit(results, row)
    back = results.rows()["a"]
    assert list(back) == list(row)
    plain = ("diverged", 2**53, str(2**53 + 1), None, True)
    assert tuple(back[name] for name in ("status", "n", "big", "none", "ok")) == plain
    assert np.array_equal(bits([back[f"value{i}"] for i in range(len(SPECIAL))]), bits(SPECIAL))
    assert back["np"] == float(np.float32(0.1))
    assert back["text"] == "a\0\n"


@settings(deadline=None, max_examples=30)
@given(written=ROWS, parts=st.integers(1, 3))
def test_any_rows_are_read_by_pandas_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, written: list[dict[str, Any]], parts: int
) -> None:
    results = opened(tmp_path_factory.mktemp("any") / "results")
    rows = [{"run": f"{number:02d}", **row} for number, row in enumerate(written)]
    for first in range(parts):
        commit(Results(results.paths.root), *rows[first::parts])
    table = pq.read_table(results.paths.runs)
    assert table.num_rows == len(rows)
    for shown in table.to_pylist():
        for name, value in written[int(shown["run"])].items():
            assert same(shown[name], value), (shown[name], value)
    pd.testing.assert_frame_equal(pd.read_parquet(results.paths.runs), results.frame())


def same(shown: Any, value: Any) -> bool:
    """Equal up to the exact casts: bool and numbers to text, int to float."""
    if isinstance(shown, str) and not isinstance(value, str):
        return (
            shown == str(value).lower() if isinstance(value, bool) else same(float(shown), value) or int(shown) == value
        )
    if isinstance(shown, float) and isinstance(value, float):
        return repr(shown) == repr(value)
    return bool(shown == value)


@given(written=ROWS)
def test_a_column_has_the_type_that_its_values_have_together(written: list[dict[str, Any]]) -> None:
    """One value at a time through the same function is the slow way, in which no two types meet."""
    table = rows_table(written)
    for name in table.column_names:
        kinds = {rows_table([row])[name].type for row in written if name in row} - {pa.null()}
        numbers = {pa.int64(), pa.float64()}
        joint = kinds.pop() if len(kinds) == 1 else pa.float64() if kinds == numbers else pa.string()
        assert table[name].type == (joint if any(row.get(name) is not None for row in written) else pa.null())


def test_frame_gives_some_columns_and_some_runs(results: Results) -> None:
    commit(results, {"run": "a", "x": 1, "y": "p"}, {"run": "b", "x": 2})
    commit(results, {"run": "c", "y": "q", "z": 0.5})
    some = results.frame(columns=["y", "nowhere"])
    assert list(some.columns) == ["run", "y"]
    assert some.fillna("").to_numpy().tolist() == [["a", "p"], ["b", ""], ["c", "q"]]
    assert results.frame(["c", "a", "never"], ["x", "run"])["run"].tolist() == ["a", "c"]
    assert list(results.rows(["b"])) == ["b"]
    assert results.frame([]).empty
    assert list(results.frame([]).columns) == ["run", "x", "y", "z"]


def test_rows_keep_the_order_of_their_parts_where_columns_alternate(results: Results) -> None:
    for number in range(6):
        commit(results, {"run": f"r{9 - number}", "value": number if number % 2 else None})
    assert results.frame()["run"].tolist() == ["r9", "r8", "r7", "r6", "r5", "r4"]
    pd.testing.assert_frame_equal(pd.read_parquet(results.paths.runs), results.frame())


def test_a_column_declared_while_reading_is_not_missed(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(results, {"run": "a"})
    read = Columns.read

    def read_then_another_process_writes(columns: Columns) -> pa.Schema:
        schema = read(columns)
        commit(Results(results.paths.root), {"run": "b", "new": 1})
        return schema

    monkeypatch.setattr(Columns, "read", read_then_another_process_writes)
    assert results.rows() == {"a": {"run": "a"}}
    assert results.rows() == {"a": {"run": "a", "new": None}, "b": {"run": "b", "new": 1}}


def test_summary_is_safe_for_spreadsheets(results: Results) -> None:
    commit(
        results,
        {"run": "a", "error": "=cmd|' /C calc'!A0", "loss": -0.5, "solved": True, "+x": None},
        {"run": "b", "error": 'two\nlines, "quoted"', "loss": math.nan, "solved": None, "+x": "-1"},
    )
    results.write_summary()
    assert results.paths.summary.read_text() == (
        'run,error,loss,solved,\'+x\na,\'=cmd|\' /C calc\'!A0,-0.5,true,\nb,"two\nlines, ""quoted""",nan,,\'-1\n'
    )

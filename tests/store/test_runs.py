"""A results directory: what was written is read, in one line of pandas too; what is foreign or in the way is named."""

import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradx.base.errors import ResultsError
from gradx.base.trace import Trace
from gradx.store.columns import Columns
from gradx.store.parts import write_table
from gradx.store.runs import Results

SPECIAL = [0.0, -0.0, math.nan, math.inf, -math.inf, 5e-324, 1e-310, 1.7e308]
VALUE = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5))


@pytest.fixture
def results(tmp_path: Path) -> Results:
    opened = Results(tmp_path / "lr=0.1" / "_out")  # names that pandas treats specially below the directory it reads
    opened.create("seed: 0\n", {"python": "3.11"})
    return opened


def a_trace(run: str, first_step: int = 0, quantity: str = "loss") -> Trace:
    return Trace(run, np.arange(first_step, first_step + len(SPECIAL)), quantity, "all", 0, SPECIAL)


def bits(values: Any) -> list[int]:
    return np.asarray(values, dtype=np.float64).view(np.uint64).tolist()


def test_trace_in_one_line(results: Results) -> None:
    results.write_trace("b", a_trace("b"))
    results.write_trace("a", a_trace("a"))
    results.write_trace("a", a_trace("a", 8, "grad_norm"))
    results.write_trace("a", Trace.concat([]))
    frame = pd.read_parquet(results.paths.trace)
    expected = Trace.concat([a_trace("a"), a_trace("a", 8, "grad_norm"), a_trace("b")])
    assert bits(frame["value"]) == bits(expected.value)
    pd.testing.assert_frame_equal(frame, expected.to_frame())
    pd.testing.assert_frame_equal(frame, results.trace())
    pd.testing.assert_frame_equal(results.trace("a", "grad_norm"), a_trace("a", 8, "grad_norm").to_frame())
    assert results.trace(quantity="loss")["run"].tolist() == ["a"] * 8 + ["b"] * 8
    assert len(results.trace("c")) == 0


def test_runs_in_one_line_with_columns_and_types_that_differ(results: Results) -> None:
    rows: list[dict[str, Any]] = [
        {"run": "f0", "depth": 1, "gain": 1, "max_norm": None, "clip": "none", "solved": None, "flag": True},
        {"run": "0", "depth": 2, "gain": 0.5, "max_norm": 1.0, "clip": 2, "solved": False, "width": 8},
        {"run": "00", "depth": 3, "gain": math.nan, "clip": 1.5, "solved": True, "flag": "no", "error": "\udc80é"},
    ]
    for row in rows:
        results.write_run(row)
    frame = pd.read_parquet(results.paths.runs).set_index("run")
    assert set(frame.index) == {"f0", "0", "00"}
    assert frame.loc["f0", ["clip", "flag"]].tolist() == ["none", "true"]
    assert frame.loc["0", ["gain", "max_norm", "clip", "width"]].tolist() == [0.5, 1.0, "2", 8.0]
    assert frame.loc["00", ["clip", "flag", "error"]].tolist() == ["1.5", "no", "\\udc80é"]
    assert frame["depth"].dtype == np.int64
    assert frame["gain"].dtype == np.float64
    assert frame["solved"].loc[["f0", "0", "00"]].tolist() == [None, False, True]
    pd.testing.assert_frame_equal(frame, results.runs().set_index("run"))
    exact = pd.read_parquet(results.paths.runs, dtype_backend="pyarrow").set_index("run")
    assert math.isnan(exact.loc["00", "gain"])
    assert exact.loc["00", "max_norm"] is pd.NA
    assert results.finished()["00"]["max_norm"] is None
    assert math.isnan(results.finished()["00"]["gain"])


def test_a_row_comes_back_as_written(results: Results) -> None:
    row = {"run": "a", "status": "diverged", "n": 2**53, "big": 2**53 + 1, "none": None, "ok": np.bool_(True)}
    row |= {f"value{i}": value for i, value in enumerate(SPECIAL)} | {"np": np.float32(0.1), "text": "a\0\n"}
    results.write_run(row)
    back = results.finished()["a"]
    assert list(back) == list(row)
    assert [back[name] for name in ("status", "n", "big", "none", "ok")] == [
        "diverged",
        2**53,
        str(2**53 + 1),
        None,
        True,
    ]
    assert bits([back[f"value{i}"] for i in range(len(SPECIAL))]) == bits(SPECIAL)
    assert back["np"] == float(np.float32(0.1))
    assert back["text"] == "a\0\n"


@settings(deadline=None, max_examples=40)
@given(written=st.lists(st.dictionaries(st.sampled_from("abc"), VALUE), min_size=1, max_size=5))
def test_any_rows_are_read_by_pandas_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, written: list[dict[str, Any]]
) -> None:
    results = Results(tmp_path_factory.mktemp("any"))
    results.create("", {})
    for number, row in enumerate(written):
        Results(results.paths.root).write_run({"run": str(number), **row})
    table = pq.read_table(results.paths.runs)
    for number, shown in enumerate(sorted(table.to_pylist(), key=lambda row: int(row["run"]))):
        for name, value in written[number].items():
            assert same(shown[name], value), (shown[name], value)
    assert len(pd.read_parquet(results.paths.runs)) == len(written)


def same(shown: Any, value: Any) -> bool:
    """Equal up to the exact casts: bool and numbers to text, int to float."""
    if isinstance(shown, str) and not isinstance(value, str):
        return (
            shown == str(value).lower() if isinstance(value, bool) else same(float(shown), value) or int(shown) == value
        )
    if isinstance(shown, float) and isinstance(value, float):
        return repr(shown) == repr(value)
    return bool(shown == value)


def test_the_newest_row_wins(results: Results) -> None:
    results.write_run({"run": "a", "status": "failed"})
    results.write_run({"run": "a", "status": "finished"})
    assert [row["status"] for row in results.finished().values()] == ["finished"]
    assert len(pd.read_parquet(results.paths.runs)) == 1


def test_a_value_of_another_kind_is_refused_before_anything_is_written(results: Results) -> None:
    with pytest.raises(TypeError, match="'init'"):
        results.write_run({"run": "a", "init": {"gain": 1}})
    for name in ("../a", "a-b", "", "a" * 101):
        with pytest.raises(ValueError, match="a run id is"):
            results.write_run({"run": name})
    with pytest.raises(ValueError, match="rows of b"):
        results.write_trace("a", a_trace("b"))
    assert os.listdir(results.paths.runs) == os.listdir(results.paths.trace) == []


def test_discard_removes_one_run_and_what_a_kill_has_left(results: Results) -> None:
    for run in ("a", "ab"):
        results.write_trace(run, a_trace(run))
        results.write_trace(run, a_trace(run, 8))
        results.write_run({"run": run, "status": "finished"})
    leftovers = [
        folder / f".part-{name}.0f.parquet.tmp"
        for folder in (results.paths.runs, results.paths.trace)
        for name in ("a", "a-00002", "ab")
    ]
    for path in leftovers:
        path.touch()
    results.discard("a")
    results.discard("never_there")
    assert list(results.finished()) == ["ab"]
    assert set(results.trace()["run"]) == {"ab"}
    assert [path.exists() for path in leftovers] == [False, False, True] * 2
    results.write_trace("a", a_trace("a"))
    assert len(results.trace("a")) == len(SPECIAL)


def test_create_goes_on_where_it_was(results: Results) -> None:
    results.write_run({"run": "a", "status": "finished"})
    again = Results(results.paths.root)
    again.create("seed: 1\n", {"python": "3.12"})
    assert results.paths.spec.read_text() == "seed: 1\n"
    assert list(again.finished()) == ["a"]


def test_create_refuses_what_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text("mine\n")
    with pytest.raises(ResultsError, match=r"holds files but no runs/: choose"):
        Results(tmp_path).create("seed: 0\n", {})
    (tmp_path / "runs" / "Jul01").mkdir(parents=True)
    with pytest.raises(ResultsError, match=r"runs/Jul01 is not a part"):
        Results(tmp_path).create("seed: 0\n", {})
    assert (tmp_path / "spec.yaml").read_text() == "mine\n"
    with pytest.raises(ResultsError, match=r"spec.yaml/runs: a file stands where a directory belongs"):
        Results(tmp_path / "spec.yaml").create("seed: 0\n", {})
    with pytest.raises(ResultsError, match=r"a file stands where a directory belongs"):
        Results(tmp_path / "spec.yaml" / "deeper").create("seed: 0\n", {})
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".keep").touch()
    Results(tmp_path / "empty").create("seed: 0\n", {})


def test_no_results_are_an_error_only_where_some_are_expected(tmp_path: Path, results: Results) -> None:
    absent = Results(tmp_path / "absent")
    assert absent.finished() == {}
    for read in (absent.runs, absent.trace):
        with pytest.raises(ResultsError, match="absent is not a results directory"):
            read()
    assert results.finished() == {}
    assert list(results.runs().columns) == ["run"]
    assert list(results.trace().columns) == ["run", "step", "quantity", "site", "index", "value"]


@pytest.mark.parametrize("folder", ["runs", "trace"])
@pytest.mark.parametrize("content", ["text", "cut", "other columns", "dangling link"])
def test_a_foreign_file_is_named(results: Results, folder: str, content: str) -> None:
    results.write_trace("b", a_trace("b"))
    results.write_run({"run": "b", "status": "finished"})
    foreign = results.paths.root / folder / "c-1.parquet"
    match content:
        case "text":
            foreign.write_text("not Parquet")
        case "cut":
            foreign.write_bytes(results.paths.run_part("b").read_bytes()[:-9])
        case "other columns":
            write_table(foreign, {"x": [1]})
        case "dangling link":
            foreign.symlink_to("nowhere")
    read = results.finished if folder == "runs" else results.trace
    with pytest.raises(ResultsError, match=r"c-1\.parquet is not a readable part of gradx: move it away"):
        read()
    foreign.unlink()
    assert len(read()) in (1, len(SPECIAL))


def test_files_that_pandas_would_read_are_named(results: Results) -> None:
    (results.paths.trace / "notes.txt").touch()
    with pytest.raises(ResultsError, match=r"notes\.txt is not a part"):
        results.trace()
    with pytest.raises(ResultsError, match=r"cannot read .*: a file stands where"):
        Results(results.paths.spec / "x").finished()


def test_a_part_discarded_between_listing_and_reading_is_no_error(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in ("a", "b"):
        results.write_run({"run": run})
    listed = iter([results.paths.run_parts()])
    results.discard("a")
    true_listing = type(results.paths).run_parts
    monkeypatch.setattr(type(results.paths), "run_parts", lambda paths: next(listed, None) or true_listing(paths))
    assert list(results.finished()) == ["b"]


def test_a_column_declared_while_reading_is_not_missed(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    results.write_run({"run": "a"})
    read = Columns.read

    def read_then_another_process_writes(columns: Columns) -> pa.Schema:
        schema = read(columns)
        Results(results.paths.root).write_run({"run": "b", "new": 1})
        return schema

    monkeypatch.setattr(Columns, "read", read_then_another_process_writes)
    assert results.finished() == {"a": {"run": "a"}}
    assert results.finished() == {"a": {"run": "a", "new": None}, "b": {"run": "b", "new": 1}}


def test_summary_is_safe_for_spreadsheets(results: Results) -> None:
    results.write_run({"run": "a", "error": "=cmd|' /C calc'!A0", "loss": -0.5, "solved": True, "+x": None})
    results.write_run({"run": "b", "error": 'two\nlines, "quoted"', "loss": math.nan, "solved": None, "+x": "-1"})
    results.write_summary()
    assert results.paths.summary.read_text() == (
        'run,error,loss,solved,\'+x\na,\'=cmd|\' /C calc\'!A0,-0.5,true,\nb,"two\nlines, ""quoted""",nan,,\'-1\n'
    )

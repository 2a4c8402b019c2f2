"""A results directory: what was committed is read, in one line of pandas too; what is foreign is named."""

import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from store.material import SPECIAL, a_block, check_tidy, check_whole, opened, save

from gradx.base.errors import ResultsError
from gradx.base.trace import Block, Trace
from gradx.store.columns import Columns, rows_table
from gradx.store.index import Entry
from gradx.store.parts import write_table
from gradx.store.paths import Paths
from gradx.store.runs import Results
from gradx.store.traces import TRACE


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return opened(tmp_path / "lr=0.1" / "_out")  # names that pandas treats specially below the directory it reads


def test_traces_of_several_parts(results: Results) -> None:
    one, other = (
        Block(["b", "a"], np.array([k]), [(q, "all", i) for i in range(8)], np.tile(SPECIAL, (2, 1, 1)))
        for k, q in ((0, "loss"), (1, "acc"))
    )
    for runs in (["a", "b"], ["c"]):
        with results.claim(runs) as claim:
            for block in (one, other):
                claim.write(Block(runs, block.steps, block.columns, block.values[: len(runs)]))
            claim.commit([{"run": run, "status": "finished"} for run in runs])
    frame = results.trace()
    pd.testing.assert_frame_equal(pd.read_parquet(results.paths.trace), frame)
    assert frame["run"].tolist() == ["a"] * 16 + ["b"] * 16 + ["c"] * 16
    of_a = Trace.concat(Block(["a"], b.steps, b.columns, b.values[:1]).trace() for b in (one, other)).to_frame()
    pd.testing.assert_frame_equal(results.trace("a"), of_a)
    pd.testing.assert_frame_equal(results.trace("a", "acc"), of_a[8:].reset_index(drop=True))
    assert results.trace(["c", "a", "never"], "loss")["run"].tolist() == ["a"] * 8 + ["c"] * 8
    pd.testing.assert_frame_equal(results.trace("a", ["acc", "loss", "never"]), of_a)
    assert len(results.trace("never")) == len(results.trace([])) == 0


def test_index_follows_what_other_processes_do(results: Results) -> None:
    other = Results(results.paths.root)
    assert results.index() == {}
    first = save(other, [{"run": "a", "status": "finished", "task.sha256": "f00"}, {"run": "b", "status": "failed"}])
    assert results.index() == {"a": Entry("finished", "f00", first), "b": Entry("failed", None, first)}
    second = save(other, {"run": "b", "status": "diverged"})
    third = save(other, {"run": "c"})
    assert results.index()["b"] == Entry("diverged", None, second)
    assert results.index()["c"] == Entry("", None, third)
    other.remove(["a"])
    assert results.index().keys() == {"b", "c"}
    assert pickle.loads(pickle.dumps(results)).index() == results.index()


def test_index_reads_only_what_has_changed(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    for run in "abc":
        save(results, {"run": run, "offset": 0.0})
    results.index()
    read: list[Path] = []
    true_read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or true_read(path))
    results.index()
    assert read == []
    token = save(Results(results.paths.root), {"run": "d", "offset": 0.0})
    read.clear()
    results.index()
    assert read == [results.paths.run_part(token)]


def test_removed_runs_are_gone_and_the_others_stay(results: Results) -> None:
    save(results, [{"run": run, "offset": 1.0} for run in "abc"], offset=1.0)
    save(results, {"run": "d", "offset": 0.5}, offset=0.5)
    results.remove(["a", "d", "never"])
    assert check_whole(results) == {"b": 1.0, "c": 1.0}
    check_tidy(results)
    results.remove(["b", "c"])
    assert results.index() == {}
    assert len(results.frame()) == len(results.trace()) == 0
    assert os.listdir(results.paths.trace) == []


def test_declared_columns_sort_before_every_token() -> None:
    paths = Paths(Path("nowhere"))
    newest = paths.columns_part(None)
    assert newest.name == "0-columns-99999.parquet"
    assert paths.columns_part(newest).name < newest.name
    for token in ("000001-0a1b2c3d", "1234567-0a1b2c3d", "0", "00", "f00"):
        assert newest.name < paths.run_part(token).name


def test_tokens_go_up_whatever_is_left_of_the_former_ones(results: Results) -> None:
    tokens = [save(results, {"run": run}) for run in "ab"]
    assert [token[:7] for token in tokens] == ["000001-", "000002-"]
    results.remove(["a"])
    assert save(results, {"run": "a"}).startswith("000003-")
    results.paths.run_part("1000041-0a1b2c3d").touch()
    assert results.paths.new_token().startswith("1000042-")


def test_a_directory_from_before_there_were_claims(results: Results) -> None:
    """One part for each run, named after it."""
    for run, status in (("f00", "finished"), ("123456789012", "failed")):
        row = rows_table([{"run": run, "status": status, "offset": 0.0}])
        Columns(results.paths).declare(row.schema)
        write_table(results.paths.runs / f"{run}.parquet", row)
        trace = pa.table(a_block([run]).trace().columns(), TRACE)
        write_table(results.paths.trace / f"{run}-00000.parquet", trace)
    assert check_whole(results) == {"f00": 0.0, "123456789012": 0.0}
    assert save(results, {"run": "f00", "status": "finished", "offset": 2.0}, offset=2.0).startswith("000001-")
    assert check_whole(results) == {"f00": 2.0, "123456789012": 0.0}
    write_table(
        results.paths.runs / "f00.parquet", rows_table([{"run": "f00", "offset": 0.0}])
    )  # as if not removed yet
    assert check_whole(results) == {"f00": 2.0, "123456789012": 0.0}
    results.compact()
    assert check_whole(results) == {"f00": 2.0, "123456789012": 0.0}


def test_create_goes_on_where_it_was(results: Results) -> None:
    save(results, {"run": "a", "status": "finished"})
    again = Results(results.paths.root)
    again.create("seed: 1\n", {"python": "3.12"})
    assert results.paths.spec.read_text() == "seed: 1\n"
    assert list(again.index()) == ["a"]


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


def test_nothing_there(tmp_path: Path) -> None:
    results = Results(tmp_path / "nowhere")
    assert results.index() == results.rows() == {}
    assert not results.claim([]).runs
    for read in (results.frame, results.trace):
        with pytest.raises(ResultsError, match="is not a results directory"):
            read()
    results.create("", {})
    assert list(results.frame().columns) == ["run"]
    assert list(results.trace().columns) == ["run", "step", "quantity", "site", "index", "value"]


@pytest.mark.parametrize("folder", ["runs", "trace"])
@pytest.mark.parametrize("content", ["text", "cut", "other columns", "dangling link"])
def test_a_foreign_file_is_named(results: Results, folder: str, content: str) -> None:
    token = save(results, {"run": "b", "status": "finished"})
    if folder == "trace":
        write_table(results.paths.runs / "c.parquet", {"run": ["c"]})  # else nobody would look at its trace
    foreign = results.paths.root / folder / ("c-1.parquet")
    match content:
        case "text":
            foreign.write_text("not Parquet")
        case "cut":
            foreign.write_bytes(results.paths.run_part(token).read_bytes()[:-9])
        case "other columns":
            write_table(foreign, {"x": [1]})
        case "dangling link":
            foreign.symlink_to("nowhere")
    read = results.index if folder == "runs" else results.trace
    with pytest.raises(ResultsError, match=r"c-1\.parquet is not a readable part of gradx: move it away"):
        read()
    foreign.unlink()
    assert len(read()) in (1, 6)


def test_files_that_pandas_would_read_are_named(results: Results) -> None:
    (results.paths.trace / "notes.txt").touch()
    with pytest.raises(ResultsError, match=r"notes\.txt is not a part"):
        results.trace()
    with pytest.raises(ResultsError, match=r"cannot read .*: a file stands where"):
        Results(results.paths.spec / "x").index()

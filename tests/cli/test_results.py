"""`gradx ls runs`, `rm`, `compact`: reading and tidying up what sweeps have left."""

from pathlib import Path

import pandas as pd
import pytest
from common.commands import gradx
from common.sweeps import assert_same, left_over, read

import gradx as public
from gradx.store.runs import Results

CONFIG = """\
architecture: rnn
task: adding
sequence_length: 5
width: 3
batch_size: 2
steps: 4
sweep:
  grid: {seed: {range: [0, 4]}, width: [3, 4]}
"""
X = Path("results/x")


@pytest.fixture(autouse=True)
def swept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight runs in four parts."""
    monkeypatch.setattr("gradx.plan.WORTH_A_JOB", 0.0)
    (here / "x.yaml").write_text(CONFIG)
    assert gradx("sweep", "x.yaml", "-q", "--members", "2").code == 0


def listed(*words: str) -> list[str]:
    """The ids of the runs that `gradx ls runs` shows, in order."""
    got = gradx("ls", "runs", *words)
    assert (got.code, got.err) == (0, "")
    ids = set(public.load(X).runs["run"])
    return [word for line in got.out.splitlines() for word in line.split() if word in ids]


def runs(where: str | None = None) -> list[str]:
    return public.load(X, where).runs["run"].tolist()


def test_runs_are_filtered_sorted_and_limited() -> None:
    frame = public.load(X).runs
    assert set(listed()) == set(frame["run"])
    assert len(listed()) == 8
    wide = frame[(frame["width"] == 4) & (frame["seed"] < 3)]
    by_loss = wide.sort_values("loss.final")["run"].tolist()
    filtered = ["--where", "width == 4 and seed < 3"]
    assert listed(*filtered, "--sort", "loss.final") == by_loss
    assert listed(*filtered, "--sort", "-loss.final") == by_loss[::-1]
    assert listed(*filtered, "--sort", "loss.final", "--limit", "2") == by_loss[:2]
    assert listed("--results", str(X), "--where", "status == failed") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--where", "wdth == 4"], "unknown column 'wdth'; did you mean 'width'?"),
        (["--where", "width = 4"], "--where: "),
        (["--sort", "losss"], "--sort: unknown column 'losss'"),
    ],
)
def test_a_wrong_filter_or_column_is_exit_code_2(words: list[str], said: str) -> None:
    got = gradx("ls", "runs", *words)
    assert (got.code, got.out) == (2, "")
    assert said in got.err


def test_rm_asks_and_removes_rows_and_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = runs("seed == 0")
    for answer, code, left in (("n\n", 1, 8), ("", 1, 8), ("y\n", 0, 6)):
        monkeypatch.setattr("sys.stdin", __import__("io").StringIO(answer))
        got = gradx("rm", X, "--where", "seed == 0")
        assert (got.code, len(runs())) == (code, left), answer
        assert "2 of the runs in results/x" in got.out
        assert "Traceback" not in got.err
    rows, trace = read(Results(X))
    assert not set(gone) & (set(rows["run"]) | set(trace["run"]))
    assert not set(gone) & set(pd.read_parquet(X / "trace")["run"])
    assert (X / "summary.csv").read_text().count("\n") == 7
    assert left_over(Results(X)) == []
    got = gradx("sweep", "x.yaml", "-q")
    assert got.out.startswith("x 8 runs (2 computed now")


def test_rm_takes_ids_and_filters_and_does_not_ask_if_told_so() -> None:
    first, second, *_ = runs("width == 3")
    got = gradx("rm", X, first, "--yes")
    assert (got.code, got.out) == (0, "removed 1 run from results/x\n")
    got = gradx("rm", X, second, "--where", "width == 3", "-y")
    assert (got.code, len(runs())) == (0, 6)
    got = gradx("rm", X, "--where", "status == failed")  # nothing to ask about
    assert (got.code, got.out) == (0, "removed 0 runs from results/x\n")


def test_rm_of_what_is_not_there_removes_nothing() -> None:
    (one, *_) = runs("width == 3")
    for words, said in (
        ([X, one, "0123456789ab", "fedcba987654"], "no such runs in results/x: 0123456789ab, fedcba987654"),
        ([X, one, "--where", "width == 4"], f"no such run in results/x that match: {one}"),
        ([X], "name runs, or pick them by --where"),
        ([X, "--where", "wdth == 4"], "unknown column 'wdth'"),
    ):
        got = gradx("rm", *words, "--yes")
        assert (got.code, got.out) == (2, "")
        assert said in got.err
    got = gradx("rm", "results", one, "--yes")
    assert (got.code, got.out) == (1, "")
    assert "results is not a results directory: it has no runs/" in got.err
    assert len(runs()) == 8


def test_compact_puts_many_files_into_few_and_loses_nothing(here: Path) -> None:
    before = [frame.copy() for frame in read(Results(X))]
    got = gradx("compact", X)
    assert (got.code, got.out) == (0, "results/x: 8 files into 2\n")
    for now, then in zip(read(Results(X)), before, strict=True):
        pd.testing.assert_frame_equal(now, then, check_exact=True)
    assert len(list((X / "trace").iterdir())) == 1
    assert left_over(Results(X)) == []
    assert gradx("compact", X, X).code == 0
    assert gradx("sweep", "x.yaml", "-q").out.startswith("x 8 runs (0 computed now")
    gradx("sweep", "x.yaml", "-q", "--members", "2", "--results", "again")
    assert_same(Results(X), Results(here / "again/x"))
    got = gradx("compact", "results")
    assert (got.code, got.out) == (1, "")
    assert "results is not a results directory" in got.err

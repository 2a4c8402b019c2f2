"""Reports of directories that are odd: half written, edited, old, overlapping, linked, named badly."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from common.commands import gradx as command
from reporting.everywhere import everywhere
from reporting.kept import kept, tree
from reporting.rows import grid_rows
from reporting.test_odd_values import grown

import gradx
from gradx.base.errors import ResultsError
from gradx.store.runs import Results

SWEEP = """\
name: grid
sweep:
  grid: {depth: [2, 3, 4, 5, 6], seed: {range: [0, 2]}}
report: {question: How deep?}
"""


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Path]:
    """3 of 10 runs; others are claimed; files that killed processes have left."""
    where = kept(tmp_path / "grid", grown(grid_rows(depth=[2, 3], seed=[0, 1])[:3]), SWEEP)
    with Results(where).claim([f"{number:012x}" for number in range(3, 6)]):
        for folder in ("runs", "trace"):
            (where / folder / ".part-000009-aaaaaaaa.0123.parquet.tmp").write_bytes(b"half")
        (trace,) = (where / "trace").glob("*.parquet")
        (where / "trace" / "000008-bbbbbbbb-00000.parquet").write_bytes(trace.read_bytes())  # without a row
        yield where


def test_a_half_written_sweep(half: Path) -> None:
    before = tree(half)
    shown = everywhere(gradx.report(half))
    assert shown.terminal.startswith("grid  3 of 10 points\n")
    assert "How deep?\n3 of 10 points so far: " in shown.terminal
    assert "--watch" in shown.terminal
    assert "Unfinished: 3 of 10 points so far, 3 in work." in shown.html
    assert json.loads(shown.json)["planned"] == 10
    assert tree(half) == before


def test_a_trace_that_is_missing(half: Path) -> None:
    for part in (half / "trace").iterdir():
        part.unlink()
    assert everywhere(gradx.report(half)).terminal.startswith("grid  3 of 10 points\n")
    one = everywhere(gradx.report(half, where="run == '000000000000'"), figures=False)
    assert "▼ vanishing over depth" in one.terminal
    assert "Gradient norm" not in one.terminal
    (half / "trace").rmdir()
    everywhere(gradx.report(half), figures=False)


@pytest.mark.parametrize("content", [b"", b"PAR1", None])
def test_a_trace_that_is_truncated_is_named(half: Path, content: bytes | None) -> None:
    part = sorted((half / "trace").glob("[0-9]*.parquet"))[0]
    part.write_bytes(part.read_bytes()[:60] if content is None else content)
    with pytest.raises(ResultsError, match=rf"{part.name} is not a readable part of gradx: move it away"):
        gradx.report(half).html()
    got = command("report", half, "--html", half.parent / "a.html")
    assert (got.code, got.out, got.err.count("\n")) == (1, "", 1)
    assert not (half.parent / "a.html").exists()


@pytest.mark.parametrize(
    "content",
    [
        "name: [", "", "- 1\n", "a: &a [1]\nb: *a\n", b"\xff\xfe\x00", "[" * 5000,
        "name: other\nsweep: {grid: {width: [1, 2]}}\n",
        "name: grid\nreport: 5\nsweep: 3\nexpect: {a: 1}\n", "name: 5\nsweep: {grid: {depth: 5, '': [1]}}\n", "\x00",
        "name: grid\nreport: {question: 5, x: none, y: none, by: none}\nexpect: [1, null, '((', 'none > 1', [], {}]\n",
        "report: {question: '', caption: 1.5, by: [1]}\n", None,
    ],
)  # fmt: skip
def test_a_spec_that_somebody_has_changed(tmp_path: Path, content: str | bytes | None) -> None:
    where = kept(tmp_path / "grid", grown(grid_rows(depth=[2, 3], seed=[0, 1])))
    if content is None:
        (where / "spec.yaml").unlink()
    else:
        (where / "spec.yaml").write_bytes(content.encode() if isinstance(content, str) else content)
    shown = everywhere(gradx.report(where), figures=False)
    assert shown.terminal.startswith("grid  4 runs\n")
    assert "How does the growth per layer depend on depth?" in shown.terminal


@pytest.mark.parametrize(
    "content",
    [b"{", b"[1]", b"\xff\xfe", b"", b'{"gradx": [1], "torch": {"a": NaN}, "device": 5}', b"[" * 99_999, None],
)
def test_an_environment_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    paths = [kept(tmp_path / name, grown(grid_rows(depth=[2, 3], seed=[0, 1]))) for name in "ab"]
    for path in paths[:1]:
        (path / "environment.json").unlink()
        if content is not None:
            (path / "environment.json").write_bytes(content)
    for made in (gradx.report(paths[0]), gradx.compare(*paths)):
        everywhere(made, figures=False)


def test_nothing_there(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "some" / "runs").mkdir(parents=True)
    (tmp_path / "some" / "spec.yaml").write_text("is a text")
    (tmp_path / "begun" / "runs").mkdir(parents=True)
    (tmp_path / "begun" / "spec.yaml").write_text(SWEEP)
    for name, said in (("none", "Make one:"), ("some", "no runs in"), ("begun", "begun: 0 of 10 points")):
        assert said in " ".join(everywhere(gradx.report(tmp_path / name)).terminal.split())
    assert "no run has finished yet" in everywhere(gradx.compare(tmp_path / "none", tmp_path / "begun")).terminal


def test_other_files_among_the_parts_are_named(tmp_path: Path) -> None:
    where = kept(tmp_path / "grid", grid_rows(depth=[2]))
    (where / "runs" / "notes.txt").write_text("x")
    got = command("report", where)
    assert (got.code, got.out) == (1, "")
    assert "notes.txt is not a part that gradx wrote: move it away" in got.err


def test_mixed_experiments(tmp_path: Path) -> None:
    """Different axes, metrics and columns, a width that is 8 in one and "8" in another."""
    first = grown(grid_rows(depth=[2, 10], width=[8], seed=[0, 1]))
    second = [
        one | {"run": f"b{one['run']}", "name": "b", "metric.name": "perplexity", "verdict.time": "exploding"}
        for one in grown(grid_rows(sequence_length=[10, 20], width=["8"], architecture=["rnn"], seed=[0, 1]))
    ]
    third = [{"run": "c", "name": "c", "status": "failed", "error": "boom"}]
    for name, rows in (("a", [one | {"name": "a"} for one in first]), ("b", second), ("c", third)):
        kept(tmp_path / name, rows, f"name: {name}\n")
    shown = everywhere(gradx.report(tmp_path))
    assert shown.terminal.startswith("3 experiments  9 runs\n")
    assert "How do a, b and c differ?" in shown.terminal
    assert gradx.report(tmp_path).material.values("width") == [None, 8]
    again = gradx.report(tmp_path, tmp_path / "a", tmp_path, tmp_path / "b" / ".." / "b")
    assert again.csv() == shown.csv
    assert len(again.material.sources) == 3


def test_two_directories_of_one_name(tmp_path: Path) -> None:
    rows = grown(grid_rows(depth=[2, 10], seed=[0, 1]))
    other = [one | {"run": f"f{one['run']}", "activation": "relu"} for one in rows]
    paths = kept(tmp_path / "x" / "grid", rows), kept(tmp_path / "y" / "grid", other)
    assert "activation and depth?" in everywhere(gradx.report(*paths), figures=False).terminal
    assert "x/grid and y/grid" in everywhere(gradx.compare(*paths), figures=False).terminal


def test_overlapping_sweeps_count_runs_once(tmp_path: Path) -> None:
    paths = [kept(tmp_path / str(most), grown(grid_rows(depth=range(2, most), seed=[0, 1]))) for most in (4, 5)]
    assert everywhere(gradx.report(*paths), figures=False).terminal.startswith("grid  6 runs\n")
    assert "Nothing: 4 pairs with the same results." in everywhere(gradx.compare(*paths), figures=False).terminal


def test_links_lead_to_the_same_runs(half: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(half)
    assert everywhere(gradx.report(link), figures=False).terminal.startswith("grid  3 of 10 points\n")
    both = gradx.report(half, link)
    assert (len(both.material.rows), both.material.planned, len(both.material.sources)) == (3, 10, 1)


def test_a_directory_that_cannot_be_written_is_read(half: Path) -> None:
    before = tree(half)
    for path in (half, *half.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        everywhere(gradx.report(half), figures=False)
    finally:
        for path in (half, *half.rglob("*")):
            path.chmod(0o755)
    assert tree(half) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
@pytest.mark.parametrize("name", ["runs", "trace"])
def test_what_must_not_be_read_is_named(half: Path, name: str) -> None:
    part = sorted((half / name).glob("00*.parquet"))[0]
    part.chmod(0)
    with pytest.raises(ResultsError, match=part.name):
        gradx.report(half).html()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"where": "depth > 99"}, "Without the filter there are 4 runs; depth has 2, 3."),
        ({"by": "activation"}, "sigmoid  ▁"),
        ({"by": "seed"}, "seed 1"),
        ({"x": "run", "by": "name"}, "How does"),
        ({"y": "loss.final"}, "How does the final loss"),
    ],
)
def test_what_is_asked_for_tells_nothing(tmp_path: Path, asked: dict[str, str], said: str) -> None:
    where = kept(tmp_path / "grid", grown(grid_rows(depth=[2, 3], seed=[0, 1])))
    assert said in everywhere(gradx.report(where, **asked), figures=False).terminal


@pytest.mark.parametrize("make", [lambda text: {"name": text}, lambda text: {"architecture.target": text}])
def test_names_of_100_characters(tmp_path: Path, make: Callable[[str], dict[str, str]]) -> None:
    rows = grown(grid_rows(depth=[2, 3], seed=[0, 1]))
    long = [one | make(str(one["depth"]) * 99 + "b") for one in rows]
    shown = everywhere(gradx.report(kept(tmp_path / ("n" * 100), long)))
    assert "3" * 99 + "b" in shown.html


def test_a_path_is_never_taken_for_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = grown(grid_rows(depth=[2, 3], seed=[0, 1]))
    kept(Path("-x"), rows)
    kept(Path("-y"), rows[:1])
    assert "gradx report ./-x --html report.html" in everywhere(gradx.report("-x"), figures=False).terminal
    one = everywhere(gradx.report("./-y"), figures=False)
    assert "gradx run ./-y/spec.yaml" in one.terminal
    assert "gradx report ./-y --markdown report.md" in one.markdown

"""`gradx report` and `gradx compare`: what they print and write, all mistakes at once, exit codes."""

import json
from pathlib import Path

import pytest
from common.commands import gradx, reply, start_module
from reporting.kept import kept, tree
from reporting.rows import failed, grid_rows

SWEEP = "name: grid\nsweep:\n  grid: {depth: [2, 10], seed: {range: [0, 2]}}\n"
FILES = {"--html": "a.html", "--markdown": "a.md", "--csv": "a.csv"}


@pytest.fixture(autouse=True)
def grid(here: Path) -> Path:
    rows = grid_rows(depth=[2, 10], seed=[0, 1])
    for place, row in enumerate(rows):
        row["growth.depth"] = 0.5 + place
    rows[3] = failed(rows[3])
    return kept(here / "grid", rows, SWEEP)


def test_the_page(here: Path) -> None:
    before = tree(here / "grid")
    got = gradx("report", "grid", "--by", "depth")
    assert (got.code, got.err) == (0, "")
    assert got.out.startswith("grid  4 runs\nall: mlp sigmoid")
    assert "    gradx report grid --by depth --html report.html\n" in got.out
    assert tree(here / "grid") == before
    assert [path.name for path in here.iterdir()] == ["grid"]
    assert gradx("report", "grid", "--watch").out == gradx("report", "grid").out  # no terminal


def test_files_and_figures_are_written_and_said(here: Path) -> None:
    got = gradx(
        "report", "grid", *(word for pair in FILES.items() for word in pair), "--figures", "figs", "--format", "png"
    )
    assert (got.code, got.out) == (0, "")
    said = got.err.splitlines()
    assert [line.split(",")[0] for line in said[:3]] == [f"wrote {name}" for name in FILES.values()]
    assert said[0] == f"wrote a.html, {(here / 'a.html').stat().st_size / 1000:.0f} kB"
    figures = sorted(path.name for path in (here / "figs").iterdir())
    assert "headline.png" in figures
    assert said[3].startswith(f"wrote {len(figures)} figures to figs, ")
    assert "(figs/headline.png)" in (here / "a.md").read_text()
    assert not [path for path in here.rglob("*") if path.name.endswith(".tmp")]


def test_one_of_them_may_go_to_stdout() -> None:
    csv = gradx("report", "grid", "--csv", "-")
    assert (csv.code, csv.err) == (0, "")
    assert csv.out.startswith("name,run,status")
    assert csv.out.count("\n") == 5
    assert gradx("report", "grid", "--html", "-").out.startswith("<!doctype html>")
    data = json.loads(gradx("report", "grid", "--where", "depth == 2", "--json").out)
    assert (data["runs"], data["total"], data["where"]) == (2, 4, "depth == 2")


def test_bytes_are_utf8_whatever_the_locale(here: Path) -> None:
    kept(here / "other", [row | {"name": "é"} for row in grid_rows(depth=[2])])
    got = reply(start_module("report", "other", "--csv", "-", cwd=here))
    assert (got.code, got.out.splitlines()[1][:1]) == (0, "é")


def test_all_mistakes_at_once_and_nothing_written(here: Path) -> None:
    (here / "file").write_text("")
    words = ["report", "none", "file", "--html", "no/a.html", "--markdown", "grid", "--csv", "grid/runs/a.csv"]
    words += ["--figures", "file", "--format", "svgg", "--where", "depth >", "--serve", "--port", "80"]
    got = gradx(*words)
    assert (got.code, got.out) == (2, "")
    said = [
        "--serve cannot go with --html, --markdown, --csv, --figures",
        f"--html: {here}/no is no folder",
        "--markdown: grid is a folder",
        f"--csv: {here}/grid/runs holds results: nothing else may lie there",
        "--figures: file is a file",
        "--format: cannot write 'svgg'; did you mean 'svg'?",
        "none is not a directory",
        "file is not a directory",
        "--where: not an expression: 'depth >'",
    ]
    lines = got.err.splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(start) for line, start in zip(lines, said, strict=True))
    assert sorted(path.name for path in here.iterdir()) == ["file", "grid"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "svg"], "--format: is about figures"),
        (["--port", "8000"], "--port: is about --serve"),
        (["--watch", "--serve"], "--serve cannot go with --watch"),
        (["--watch", "--json"], "--watch cannot go with --json"),
        (["--json", "--csv", "-"], "--csv and --json cannot both go to stdout"),
        (["--html", "a", "--csv", "./a"], "--html and --csv name one file"),
        (["--figures", "no/figs"], "is no folder"),
        (["--html", "a", "--markdown", "b", "--figures", "./a"], "--html and --figures name one file"),
        (["--figures", "grid", "--markdown", "grid/a.svg"], "--markdown: grid/a.svg may be one of the figures"),
        (["--figures", "-"], "--figures: figures are many files"),
        (["--figures", "grid/trace"], "grid/trace holds results"),
        (["--figures", "grid/runs/figs"], "grid/runs holds results"),
        (["--csv", "grid/summary.csv"], "grid/summary.csv belongs to the results there"),
        (["--html", "grid/spec.yaml"], "grid/spec.yaml belongs to the results there"),
        (["--html", "a", "--html", "b"], "--html is given twice"),
        (["--by", "depth", "--by=seed"], "--by is given twice"),
        (["--figures", ""], "is empty"),
        (["--by", ""], "--by: needs the name of a column"),
        (["--where", ""], "--where: not an expression"),
        (["--x", "width"], "--x: width is 64 in all runs (allowed: depth, seed)"),
        (["--by", "depht"], "--by: unknown column 'depht'; did you mean 'depth'?"),
        (["--where", "depht > 1"], "--where: unknown column 'depht'"),
    ],
)
def test_each_mistake_is_exit_code_2(words: list[str], said: str, here: Path) -> None:
    got = gradx("report", "grid", *words)
    assert (got.code, got.out) == (2, "")
    assert said in got.err
    assert [path.name for path in here.iterdir()] == ["grid"]


def test_a_report_may_lie_beside_results(here: Path) -> None:
    kept(here / "runs", grid_rows(seed=[0]))  # an experiment of this name makes no results directory of its folder
    for words in (["--html", "grid/a.html"], ["--csv", "runs/a.csv"], ["--csv", "summary.csv"], ["--json", "--json"]):
        assert gradx("report", "grid", *words).code == 0


def test_results_that_cannot_be_read_are_exit_code_1(here: Path) -> None:
    (here / "grid/runs/000009-00000000.parquet").write_bytes(b"no")
    for words in (["report", "grid"], ["compare", "grid", "grid"], ["report", "grid", "--html", "a.html"]):
        got = gradx(*words)
        assert (got.code, got.out) == (1, "")
        assert "000009-00000000.parquet" in got.err
    assert not (here / "a.html").exists()


def test_nothing_to_report(here: Path) -> None:
    (here / "none").mkdir()
    got = gradx("report", "none")
    assert (got.code, got.err) == (0, "")
    assert got.out == "no runs in none\nMake one:\n  gradx run CONFIG --results none\n"
    assert json.loads(gradx("report", "none", "--json").out)["runs"] == 0
    assert gradx("report", "none", *(word for pair in FILES.items() for word in pair)).code == 0


def test_compare(here: Path) -> None:
    rows = [
        row | {"run": row["run"].replace("0", "f"), "activation": "tanh"}
        for row in grid_rows(depth=[2, 10], seed=[0, 1])
    ]
    kept(here / "other", rows)
    got = gradx("compare", "grid", "other")
    assert (got.code, got.err) == (0, "")
    assert got.out.startswith("grid and other\n\nWhat is different with other instead of grid (activation)?\n")
    assert json.loads(gradx("compare", "grid", "other", "--where", "depth == 2", "--json").out)["runs"] == 4
    got = gradx("compare", "grid", "none", "--csv", "no/a")
    assert (got.code, got.err.count("\n")) == (2, 2)
    assert gradx("compare", "grid").code == 2
    got = gradx("compare", "grid", "./other/../grid")
    assert (got.code, got.out, got.err) == (2, "", "gradx: grid and other/../grid are the same directory\n")

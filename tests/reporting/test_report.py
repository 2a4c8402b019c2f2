"""`Report`: figures, tables and texts, by themselves and the same each time; without torch; static in a notebook."""

import json
from html.parser import HTMLParser
from math import inf, isnan, nan
from pathlib import Path

import pytest
from common.commands import reply, start
from reporting.kept import HOSTILE, kept, tree
from reporting.rows import grid_rows

import gradx
from gradx.base.errors import ResultsError, SpecError
from gradx.reporting.report import Report
from gradx.store.runs import Results


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Two depths and three seeds; one run has diverged."""
    rows = grid_rows(depth=[2, 10], seed=[0, 1, 2])
    for place, row in enumerate(rows):
        row |= {"growth.depth": (0.5 if row["depth"] == 2 else 1.5) * (1 + place / 100), "loss.final": place / 10}
    rows[5] |= {"loss.final": nan, "metric.final": None, "status": "diverged", "loss.first": inf}
    return kept(tmp_path / "grid", rows, "name: grid\nreport: {question: How deep?}\n")


def test_figures_and_tables(grid: Path) -> None:
    from matplotlib.figure import Figure

    made = gradx.report(str(grid))
    assert isinstance(made, gradx.Report)
    assert made.headline.question == "How deep?"
    assert {"headline", "against-growth-depth"} <= set(made.figures)
    assert isinstance(made.figures["headline"], Figure)
    assert made.figures["headline"] is made.figures["headline"]
    points = made.tables["points"]
    assert len(points) == 6
    assert points["depth"].tolist() == [2] * 3 + [10] * 3
    with pytest.raises(KeyError):
        made.figures["nothing"]
    assert isnan(made.runs["loss.final"].iloc[5])
    assert made.runs["run"].tolist() == [row["run"] for row in made.material.rows]
    assert repr(made) == f"<Report: 6 runs in {grid}>"
    assert repr(gradx.report(grid, where="depth == 2")) == f"<Report: 3 of 6 runs, where depth == 2 in {grid}>"


def test_a_figure_is_drawn_when_it_is_asked_for(grid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr("gradx.reporting.drawing.figure", lambda chart: drawn.append(chart.key))
    made = gradx.report(grid)
    assert (len(made.figures) > 1, next(iter(made.figures)), drawn) == (True, "headline", [])
    _ = made.figures["headline"]
    assert drawn == ["headline"]


def test_mistakes(grid: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="give at least one"):
        gradx.report()
    with pytest.raises(SpecError) as caught:
        gradx.report(tmp_path / "none", tmp_path / "nor", where="depth >")
    assert len(caught.value.problems) == 3
    with pytest.raises(SpecError, match="unknown column 'depht'; did you mean 'depth'"):
        gradx.report(grid, by="depht")
    with pytest.raises(SpecError, match="two directories"):
        gradx.compare(grid)
    (grid / "runs" / "000009-00000000.parquet").write_bytes(b"no")
    with pytest.raises(ResultsError):
        gradx.report(grid)


def test_what_is_written_is_the_same_each_time_and_nothing_else_is(grid: Path, tmp_path: Path) -> None:
    before = tree(grid)
    texts = []
    for _ in range(2):
        made = gradx.report(grid)
        for name in ("a.html", "a.md", "a.csv", "a.json"):
            made.save(tmp_path / name)
        texts.append([(tmp_path / name).read_bytes() for name in ("a.html", "a.md", "a.csv", "a.json")])
    assert texts[0] == texts[1]
    assert all(texts[0])
    assert tree(grid) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.html", "a.json", "a.md", "grid"]
    with pytest.raises(SpecError, match=r"a.txt must end in .html, .md, .csv, .json"):
        made.save(tmp_path / "a.txt")
    with pytest.raises(ResultsError, match="cannot write"):
        made.save(tmp_path / "none" / "a.html")


def test_json_has_null_for_missing_and_texts_for_inf_and_nan(grid: Path) -> None:
    data = json.loads(gradx.report(grid).json(), parse_constant=pytest.fail)
    assert (data["runs"], data["total"], data["planned"], data["where"], data["axes"]) == (6, 6, 6, None, ["depth"])
    assert data["outcomes"]["runs"] == {"finished": 5, "diverged": 1}
    tables = {element["key"]: element for section in data["sections"] for element in section["elements"]}
    columns = {column["key"]: column["values"] for column in tables["points"]["columns"]}
    assert columns["loss.final"][4:] == [0.4, "nan"]
    assert any(effect["sentence"].startswith("depth 10 instead of 2: ") for effect in data["effects"])


def test_a_comparison_has_the_parts_of_a_report(grid: Path, tmp_path: Path) -> None:
    rows = [
        row | {"run": row["run"].replace("0", "f"), "growth.depth": 9.0} for row in grid_rows(depth=[2], seed=[0, 1, 2])
    ]
    other = kept(tmp_path / "other", [row | {"optimizer": "adam"} for row in rows])
    made = gradx.compare(grid, other, where="depth == 2")
    assert made.headline.question == "What is different with other instead of grid (optimizer)?"
    assert {"compared", "contrasts", "differences", "points"} <= set(made.tables)
    assert made.tables["compared"]["pairs"].tolist()[1:] == [3]
    assert "<html" in made.html()
    assert json.loads(made.json())["effects"]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_notebook_shows_it_without_scripts_and_escaped(tmp_path: Path) -> None:
    rows = [
        row | {"name": f"n{HOSTILE}", "task": HOSTILE} for row in grid_rows(architecture=["rnn", HOSTILE], seed=[0, 1])
    ]
    made = gradx.report(kept(tmp_path / "a", rows))
    page = _Tags()
    page.feed(made._repr_html_())
    tags = {tag for tag, _ in page.found}
    assert tags <= {"div", "h3", "h4", "p", "img", "table", "tr", "th", "td", "code"}
    assert {"h3", "img", "table"} <= tags
    assert [name for _, attrs in page.found for name, _ in attrs if name.startswith("on")] == []
    (image,) = (dict(attrs)["src"] for tag, attrs in page.found if tag == "img")
    assert image.startswith("data:image/svg+xml;base64,")
    assert "<script>alert(1)</script>" in page.text
    assert gradx.report(_empty(tmp_path / "none"))._repr_html_() == "<div>\n<p>0 runs</p>\n</div>"


def test_many_rows_are_cut_in_a_notebook(tmp_path: Path) -> None:
    made = gradx.report(kept(tmp_path / "a", grid_rows(depth=range(1, 61))))
    text = made._repr_html_()
    assert text.count("<tr>") <= 21 * len(made.tables)
    assert "… 40 more rows: <code>.tables[&#x27;points&#x27;]</code>" in text


def _empty(where: Path) -> Path:
    where.mkdir()
    return where


def test_it_takes_no_torch_and_the_terminal_no_matplotlib(grid: Path) -> None:
    code = """
import gradx
made = gradx.report(sys.argv[1])
from rich.console import Console
Console().print(made)
print("torch" in sys.modules, "matplotlib" in sys.modules)
made.html(), made.csv(), made.markdown(), made.json(), gradx.load(sys.argv[1]).runs, gradx.compare
print("torch" in sys.modules, "matplotlib" in sys.modules)
made.figures["headline"]
print("torch" in sys.modules)
"""
    got = reply(start(code, grid, cwd=grid.parent))
    assert (got.code, got.err) == (0, "")
    assert got.out.splitlines()[-3:] == ["False False", "False False", "False"]


def test_a_big_sweep_reads_no_traces_for_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = grid_rows(depth=range(1, 11), width=[8, 16], activation=["tanh", "relu"], seed=range(3))
    for place, row in enumerate(rows):
        row["growth.depth"] = 1.0 + place
    made = gradx.report(kept(tmp_path / "a", rows))
    monkeypatch.setattr(Results, "trace", lambda *_: pytest.fail("a trace was read"))
    _lines(made)


def _lines(made: Report) -> None:
    from io import StringIO

    from rich.console import Console

    Console(file=StringIO()).print(made)

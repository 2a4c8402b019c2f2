"""Results whose texts mean harm, through everything that shows them: they are texts there, and nothing else."""

import json
import shlex
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest
from common.commands import gradx as command
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reporting import hostile
from reporting.everywhere import Page, Shown, data_of, everywhere, harmful

import gradx
from gradx.base.errors import SpecError
from gradx.reporting.drawing import rendered
from gradx.reporting.serve import server

COMMENT = "<!-- -->"  # what keeps GitHub from making links


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds two directories with the same runs, one with evil texts and an evil name, one with harmless ones."""
    where = tmp_path_factory.mktemp("hostile")
    hostile.kept(where / hostile.FOLDER, hostile.rows())
    hostile.kept(where / "harmless", hostile.rows(hostile.harmless, "harmless"), "harmless")
    return where


@pytest.fixture(scope="module")
def evil(folder: Path) -> Shown:
    return everywhere(gradx.report(folder / hostile.FOLDER))


@pytest.fixture(scope="module")
def tame(folder: Path) -> Shown:
    return everywhere(gradx.report(folder / "harmless"), figures=False)


def test_a_terminal_shows_what_it_must_not_do(evil: Shown) -> None:
    for text in (
        r"\x1b[2J\x1b]8;;http://evil.test\x07click",
        r"a\u202eb\u2066c",
        "[bold]b[/bold] [/red]",
        r"half \udcff",
    ):
        assert text in evil.terminal
    assert r"\x1b[2J" in evil.ascii
    assert r"\u6c34" in evil.ascii


def test_the_page_has_the_elements_of_a_harmless_one(evil: Shown, tame: Shown) -> None:
    pages = [Page(shown.html) for shown in (evil, tame)]
    assert Counter(tag for tag, _ in pages[0].elements) == Counter(tag for tag, _ in pages[1].elements)
    for tag, attributes in pages[0].elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcdoc")], tag
        assert str(attributes.get("href", "#")).startswith(("#", "data:image/svg+xml,")), tag
    assert _classes(evil) - _classes(tame) <= {"long"}
    assert "{{7*7}}" in evil.html
    assert "{% raw %}" in evil.html
    assert len(evil.html) < 1_000_000


def test_a_notebook_has_the_elements_of_a_harmless_one(evil: Shown, tame: Shown) -> None:
    found = [Page(shown.made._repr_html_()) for shown in (evil, tame)]
    assert Counter(tag for tag, _ in found[0].elements) == Counter(tag for tag, _ in found[1].elements)
    assert {name for _, attributes in found[0].elements for name in attributes} <= {"src", "style"}


def test_markdown_has_the_marks_of_a_harmless_one(evil: Shown, tame: Shown) -> None:
    found = [_marks(shown.markdown) for shown in (evil, tame)]
    assert found[0] == found[1]
    tokens = _tokens(evil.markdown)
    assert {token.content for token in tokens if token.type in ("html_inline", "html_block")} <= {COMMENT}
    assert [token for token in tokens if token.type == "link_open"] == []
    targets = [unquote(str(token.attrs["src"])) for token in tokens if token.type == "image"]
    assert set(targets) == {f"figures/{key}.svg" for key in evil.made.figures}
    for lure in ("http://evil", "www.evil", " @evil"):
        assert lure not in evil.markdown.partition("## Again")[0].replace("\\", "")


def test_a_spreadsheet_reads_it_back(evil: Shown) -> None:
    rows = data_of(evil.csv, len(hostile.rows()))
    place = rows[0].index("activation")
    given = {one["run"]: one["activation"] for one in hostile.rows()}
    for row in rows[1:]:
        text = given[row[1]].encode("utf-8", "backslashreplace").decode()
        assert row[place] == f"'{text}" if text[0] in "=+-@\t" else text


def test_json_reads_it_back(evil: Shown) -> None:
    data = json.loads(evil.json)
    assert data["question"] == hostile.ALL.replace("\udcff", "?")[:480]
    (points,) = (each for section in data["sections"] for each in section["elements"] if each["key"] == "points")
    (column,) = (column for column in points["columns"] if column["key"] == "activation")
    assert set(column["values"]) == {text.encode("utf-8", "backslashreplace").decode() for text in hostile.EVIL}


@pytest.mark.parametrize("format", ["pdf", "png"])
def test_figures_in_other_formats(evil: Shown, format: str) -> None:
    assert len(rendered(evil.made.figures["headline"], format)) > 5000


def test_files_are_named_by_keys_and_lie_where_they_should(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    before = set(folder.iterdir())
    words = ("--html", "a.html", "--markdown", "a.md", "--csv", "a.csv", "--figures", "figures & <b>")
    got = command("report", hostile.FOLDER, "--where", "width == 8", *words)
    assert (got.code, got.out, harmful(got.err)) == (0, "", set())
    assert {path.name for path in set(folder.iterdir()) - before} == {"a.html", "a.md", "a.csv", "figures & <b>"}
    assert all(path.stem.replace("-", "").isalnum() for path in (folder / "figures & <b>").iterdir())
    assert "](figures%20%26%20%3Cb%3E/headline.svg)" in (folder / "a.md").read_text()


def test_commands_can_be_copied(evil: Shown, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a terminal of any width and from Markdown; and they do what they say."""
    path = str(folder / hostile.FOLDER)
    for text in (evil.terminal, evil.narrow):
        commands = _commands(text)
        assert ["gradx", "report", path, "--html", "report.html"] in commands
        assert ["gradx", "report", path, "--where", "verdict.depth == vanishing"] in commands
    (line,) = [line for line in evil.markdown.splitlines() if line.startswith("gradx ")]
    assert shlex.split(line)[:3] == ["gradx", "report", path]
    monkeypatch.chdir(folder)
    assert command(*shlex.split(line)[1:]).code == 0
    assert (folder / "report.md").read_text().startswith("# ")


def test_comparisons(folder: Path) -> None:
    paths = folder / hostile.FOLDER, folder / "harmless"
    for first, second in (paths, paths[::-1]):
        shown = everywhere(gradx.compare(first, second), figures=False)
        assert hostile.FOLDER in shown.made.headline.question
    with pytest.raises(SpecError, match="are the same directory") as problem:
        gradx.compare(paths[0], paths[0])
    assert harmful(str(problem.value)) == set()


def test_one_run_that_failed(folder: Path) -> None:
    made = gradx.report(folder / hostile.FOLDER, where="run == '000000000002'")
    shown = everywhere(made, figures=False)
    assert "✖ failed" in shown.terminal
    everywhere(gradx.report(folder / hostile.FOLDER, where="run == '000000000003'"), figures=False)


@pytest.mark.parametrize("text", hostile.EVIL)
def test_mistakes_are_said_in_words(folder: Path, text: str) -> None:
    for words in (("--where", text), ("--by", text), ("--x", text), ("--y", text), ("--format", text)):
        got = command("report", folder / "harmless", *words)
        assert (got.code, got.out, harmful(got.err)) == (2, "", set()), words
    if "\x00" not in text and len(text) < 200:
        got = command("report", folder / text, "--html", folder / text / "a", "--figures", folder / text / "b")
        assert (got.code, got.out, harmful(got.err)) == (2, "", set())


@pytest.mark.parametrize("name", ["a\x1b[2J\u202eb", "half \udcff"])
def test_what_cannot_be_read_is_said_in_a_line(tmp_path: Path, name: str) -> None:
    where = hostile.kept(tmp_path / name, hostile.rows())
    (where / "runs" / "000009-00000000.parquet").write_bytes(b"no")
    got = command("report", where)
    assert (got.code, got.out, harmful(got.err)) == (1, "", set())
    assert got.err.count("\n") == 1


def test_a_name_with_what_a_terminal_acts_on(tmp_path: Path) -> None:
    shown = everywhere(gradx.report(hostile.kept(tmp_path / "a\x1b[2J\u202eb\nc", hostile.rows())), figures=False)
    assert r"a\x1b[2J\u202eb\nc" in shown.terminal


def test_the_server_sends_the_same_page(evil: Shown, folder: Path) -> None:
    """With the policy of the page; and what went wrong, if the results cannot be read, as text."""
    made = gradx.report(folder / hostile.FOLDER)
    fails = iter([lambda: made.html(live=True), lambda: 1 / 0])
    with server(lambda: next(fails)(), lambda: "0") as served:
        Thread(target=served.serve_forever, daemon=True).start()
        connection = HTTPConnection("127.0.0.1", served.server_port)
        connection.request("GET", "/")
        reply = connection.getresponse()
        text = reply.read().decode()
        connection.close()
        served.shutdown()
    assert harmful(text) == set()
    assert "default-src 'none'" in str(reply.headers["Content-Security-Policy"])
    assert Page(text).tags <= Page(evil.html).tags | {"span"}


def _classes(shown: Shown) -> set[str]:
    return {name for _, attributes in Page(shown.html).elements for name in str(attributes.get("class") or "").split()}


def _tokens(text: str) -> list[Token]:
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [*found, *(child for token in found for child in token.children or [])]


def _marks(text: str) -> Counter[str]:
    return Counter(token.type for token in _tokens(text) if token.type not in ("text", "text_special", "html_inline"))


def _commands(text: str) -> list[list[str]]:
    r"""The commands in a page for the terminal; `\` goes on with the next line."""
    found = (line.strip() for line in text.replace("\\\n", " ").splitlines())
    return [shlex.split(line) for line in found if line.startswith("gradx ")]

"""The commands that a report names."""

import shlex
from pathlib import Path

from gradx.base.presentation import Presentation
from gradx.reporting.commands import command, figure_command
from gradx.reporting.runs.material import Material


def material(*paths: str, where: str | None = None, **chosen: str) -> Material:
    return Material([Path(path) for path in paths], [], [], 0, where, Presentation(**chosen))


def test_paths_filter_and_choices_are_kept():
    made = material("results/a", "results/b", where="depth >= 20", by="init", x="depth")
    wanted = ["gradx", "report", "results/a", "results/b", "--where", "depth >= 20"]
    assert shlex.split(command(made))[:6] == wanted
    rest = shlex.split(command(made, "--json"))[6:]
    assert dict(zip(rest[:-1:2], rest[1:-1:2], strict=True)) == {"--x": "depth", "--by": "init"}
    assert rest[-1] == "--json"


def test_another_filter_or_none():
    made = material("a", where="depth > 1")
    assert command(made, where="run == 'x'") == """gradx report a --where 'run == '"'"'x'"'"''"""
    assert command(made, where="") == "gradx report a"


def test_a_path_cannot_add_a_command():
    made = material("a; rm -rf ~\x1b[2J")
    assert shlex.split(command(made)) == ["gradx", "report", r"a; rm -rf ~\x1b[2J"]


def test_a_figure_and_its_file():
    text, file = figure_command(material("a"), "loss")
    assert text == "gradx report a --figures figures --format pdf"
    assert file == "figures/loss.pdf"

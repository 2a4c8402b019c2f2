"""`import gradx`: what it offers, that it is complete, and that it costs nothing until it is used."""

import ast
from pathlib import Path

import pytest
from common.commands import reply, start

import gradx


def test_all_is_what_there_is() -> None:
    public = ["Experiment", "Placement", "Report", "Run", "Sweep", "check", "compare", "load", "report", "run", "sweep"]
    assert gradx.__all__ == public
    names: dict[str, object] = {}
    exec("from gradx import *", names)
    assert set(names) - {"__builtins__"} == set(gradx.__all__)
    from gradx import api, spec
    from gradx.reporting import report

    assert gradx.Experiment is spec.Experiment
    reports = {"Report", "compare", "report"}
    assert all(getattr(gradx, name) is getattr(report, name) for name in reports)
    assert all(getattr(gradx, name) is getattr(api, name) for name in set(public) - reports - {"Experiment"})
    assert all(getattr(gradx, name).__doc__ for name in gradx.__all__)


def test_type_checkers_and_readers_see_the_same_names() -> None:
    tree = ast.parse(Path(str(gradx.__file__)).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert sorted(alias.asname or "" for node in imported for alias in node.names) == gradx.__all__
    documented = [line.split()[0] for line in (gradx.__doc__ or "").splitlines()[2:] if line]
    assert sorted(documented) == gradx.__all__


def test_what_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'gradx' has no attribute 'sweep_all'"):
        _ = gradx.sweep_all
    assert not hasattr(gradx, "torch")


def test_importing_gradx_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import gradx; print(*(name in sys.modules for name in ('torch', 'pandas', 'numpy', 'pydantic')))"
    light, reading, heavy = (
        start(text, cwd=tmp_path)
        for text in (
            code,
            code.replace(";", "; gradx.load, gradx.report, gradx.compare;"),
            code.replace(";", "; gradx.run;"),
        )
    )
    assert reply(light).out.split() == ["False"] * 4
    assert reply(reading).out.split()[0] == "False"
    assert reply(heavy).out.split()[0] == "True"

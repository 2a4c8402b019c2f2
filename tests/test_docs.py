"""What the documentation says is so: commands work, tables and schema are fresh, configs load and state claims."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

import gradx
from gradx import api, grid
from gradx.base.yaml import parse
from gradx.cli import app
from gradx.families import FAMILIES, parts
from gradx.quantities import ALL
from gradx.spec import Experiment, load

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
SWEPT = {"init.gain", "architecture", "optimizer", "seed", "depth", "width", "dtype", "steps"}
HERE = gradx.Placement(executor="inline")
SWEEPS = sorted((ROOT / "configs" / "sweeps").glob("*.yaml"))
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
CLAIMS = sorted(
    path for group in ("causes", "consequences", "remedies") for path in (ROOT / "configs" / group).glob("*")
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("gradx ")]


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_commands_work(command, monkeypatch, tmp_path):
    words = shlex.split(command)[1:]
    monkeypatch.chdir(ROOT)
    if words[0] == "sweep":
        axes = [word for word in words[2:] if "=" in word and not word.startswith("--")]
        assert grid.load(Path(words[1]), axes).axes
        assert CliRunner().invoke(app, [*words, "--dry-run", "--results", str(tmp_path)]).exit_code == 0
    elif words[0] in ("report", "compare"):
        paths = [word for word in words[1:] if word.startswith("results")]
        assert paths
        known = CliRunner().invoke(app, [words[0], "--help"]).output
        assert all(option in known for option in words if option.startswith("--"))
        folders = {path.stem for path in (*CONFIGS, *SWEEPS, *CLAIMS)}
        assert {Path(path).name.removesuffix("-control") for path in paths} <= folders | {"results"}
    elif words[0] in ("run", "check", "claims"):
        given = [word for word in words[2:] if "=" in word]
        assert api.claim_configs([Path(words[1])]) if words[0] == "claims" else load(Path(words[1]), given)
        options = [word for word in words[2:] if word.startswith("--")]
        known = CliRunner().invoke(app, [words[0], "--help"]).output
        assert all(option in known for option in options)
    else:
        monkeypatch.chdir(tmp_path)
        assert CliRunner().invoke(app, words).exit_code == (1 if words[:2] == ["ls", "runs"] else 0)  # no results here


def test_readme_python_runs(monkeypatch, tmp_path, capsys):
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    monkeypatch.chdir(tmp_path)
    gradx.run("configs/sigmoid_vanishes.yaml", ["steps=20"])
    (code,) = blocks("python")
    scope = {}
    exec(code.replace('["sequence_length=30"]', '["sequence_length=30", "steps=20"]'), scope)
    assert set(scope["profile"].run) == set(scope["relu"].runs.run)
    assert len(scope["relu"]) == 5
    said = capsys.readouterr().out
    assert "vanishing" in said
    *_, met, answer = said.splitlines()
    assert met == "True"
    assert answer.startswith("Per layer the gradient vanishes in 15 of 25 runs")
    assert "'gradient-by-depth'" in answer


def test_readme_has_the_two_commands_and_the_figures():
    assert "scripts/quickstart" in blocks("sh")[0]
    assert "scripts/test" in blocks("sh")[1]
    figures = re.findall(r"!\[.+\]\((.+)\)", README)
    assert figures
    assert all((ROOT / figure).stat().st_size > 10_000 for figure in figures)


def test_readme_spec_is_a_spec_and_names_every_key(tmp_path):
    _, sample, sweep, report = blocks("yaml")  # the first describes a network that is the reader's own
    config = tmp_path / "sample.yaml"
    config.write_text(sample)
    load(config)
    assert grid.load(config).axes == {"seed": [0, 1, 2, 3, 4]}
    lines = [
        line
        for line in sample.splitlines()
        if not line.startswith(("sweep:", "  grid:", "expect:", "  - ", "activation:"))
    ]
    config.write_text("\n".join(lines) + "\n" + sweep)
    assert grid.load(config).axes.keys() == SWEPT
    missing = set(Experiment.model_fields) - set(parse(sample, "README").data)
    assert missing <= {"diagnosis", "claim", "control", "report"}  # explained below, where their subject is
    config.write_text("\n".join(lines) + "\n" + sweep + report)
    assert all(one.report and one.report.question for one in grid.load(config).experiments)
    assert "diagnosis.decades" in README
    assert all(f"`{key}`" in README or f"{key}:" in report for key in missing - {"diagnosis"})
    for family in (
        "models",
        "normalizations",
        "residuals",
        "tasks",
        "optimizers",
        "schedules",
        "clipping",
        "regularization",
    ):
        assert all(kind in sample for kind in parts(FAMILIES[family])), family


def test_readme_tables_name_every_config_and_quantity():
    assert all(f"[{config.stem}](configs/{config.name})" in README for config in CONFIGS)
    assert [path.name for path in CLAIMS if f"](configs/{path.parent.name}/{path.name})" not in README] == []
    assert all(f"| `{quantity}` |" in README for quantity in ALL)


@pytest.mark.parametrize("page", ["README.md", "results/README.md", "CHANGELOG.md", "gradx/tasks/data/README.md"])
def test_relative_links_resolve(page):
    text = (ROOT / page).read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert all(((ROOT / page).parent / link).exists() for link in links)


def test_schema_is_fresh():
    assert json.loads((ROOT / "configs" / "schema.json").read_text()) == api.schema()


def test_changelog_has_this_version():
    assert f"## [{gradx.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.stem)
def test_config_states_its_claim_and_runs(config, tmp_path):
    head = config.read_text().split("\narchitecture:")[0]
    assert head.startswith("# yaml-language-server: $schema=schema.json\n")
    assert all(
        f"# {word}" in head for word in ("Run:      gradx run configs/" + config.name, "Expected: ", "Takes:    ")
    )
    assert load(config).expect
    done = gradx.run(config, results=tmp_path, smoke=True)
    assert done.status in ("finished", "diverged")
    assert done.row["steps_done"] <= 3


@pytest.mark.parametrize("config", SWEEPS, ids=lambda config: config.stem)
def test_sweep_states_its_claims_and_runs(config, tmp_path):
    head = config.read_text().split("\narchitecture:")[0]
    assert head.startswith("# yaml-language-server: $schema=../schema.json\n")
    wanted = (f"Run:      gradx sweep configs/sweeps/{config.name}", "Expected: ", "Takes:    ")
    assert all(f"# {word}" in head for word in wanted)
    spec = grid.load(config)
    assert len(spec.experiments) >= 25
    assert spec.expect
    shapes = list({one.shape: one for one in spec.experiments}.values())
    for one in shapes[:: len(shapes) // 10 + 1]:  # no more than ten of them
        assert gradx.run(one, results=tmp_path, smoke=True).status in ("finished", "diverged")
    assert f"[{config.stem}](configs/sweeps/{config.name})" in README


@pytest.mark.parametrize("config", CLAIMS, ids=lambda config: f"{config.parent.name}/{config.stem}")
def test_claim_config_says_what_it_shows_and_both_arms_run(config, tmp_path):
    head, _, body = config.read_text().partition("\nclaim:\n")
    assert body
    assert head.startswith("# yaml-language-server: $schema=../schema.json\n# Question: ")
    spec, place = grid.load(config), f"configs/{config.parent.name}/{config.name}"
    command = "sweep" if spec.axes else "run"
    wanted = (
        f"Run:      gradx {command} {place}\n",
        f"Control:  gradx {command} {place} --control",
        "Expected: ",
        "Takes:    ",
    )
    assert [words for words in wanted if f"\n# {words}" not in head] == []
    assert {"seed", "name"}.isdisjoint(spec.axes)
    assert spec.experiments[0].seed == 0
    assert spec.experiments[0].claim
    for control in (False, True):
        done = gradx.sweep(config, results=tmp_path, smoke=True, control=control, placement=HERE)
        assert {row["status"] for row in done.rows} <= {"finished", "diverged"}, [row["error"] for row in done.rows]


def test_no_statement_is_made_twice():
    made = [grid.load(config).experiments[0].claim.statement for config in CLAIMS]
    assert sorted(set(made)) == sorted(made)
    assert len({config.name for config in CLAIMS}) == len(CLAIMS)  # results lie under the name of the file


def part_files(family: str) -> dict[str, list[str]]:
    """The kinds that each file of a family's folder defines."""
    folder = next(path for path in (ROOT / "gradx" / family, ROOT / "gradx" / "optim" / family) if path.is_dir())
    found = {path.stem: re.findall(r'kind: Literal\["(\w+)"\]', path.read_text()) for path in folder.glob("*.py")}
    return {stem: kinds for stem, kinds in found.items() if kinds}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_part_is_a_file_of_its_name_and_in_its_union(family):
    files, union = part_files(family), parts(FAMILIES[family])
    assert {stem: kinds for stem, kinds in files.items() if kinds != [stem] or stem not in union} == {}
    assert set(union) == set(files)


TOGETHER = {"custom", "seq2seq"}  # are made of other architectures


@pytest.mark.parametrize("family", FAMILIES)
def test_no_part_is_imported_by_another_of_its_family(family):
    """Nor by what they share: only the family's table of contents, and what lies above, knows its parts."""
    modules = {part.__module__ for part in parts(FAMILIES[family]).values()}
    folders = {(ROOT / module.replace(".", "/")).parent for module in modules}
    files = [path for folder in folders for path in folder.rglob("*.py") if path.name != "__init__.py"]
    found = {path: imported(path) & modules for path in files if path.stem not in TOGETHER}
    assert len(files) >= len(modules) > 0
    assert {path.name: names for path, names in found.items() if names} == {}


def imported(path):
    """The modules that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def test_no_module_is_longer_than_300_lines():
    lengths = {path: len(path.read_text().splitlines()) for path in (ROOT / "gradx").rglob("*.py")}
    assert {path.name: length for path, length in lengths.items() if length > 300} == {}

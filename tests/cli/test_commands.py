"""`gradx check`, `ls`, `explain`, `schema`, `--help`, `--version`; and what they do not import."""

import json
import statistics
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from common.commands import gradx, reply, start, start_module

from gradx.cli import app
from gradx.families import FAMILIES, parts
from gradx.spec import Experiment

CONFIG = "architecture: rnn\ntask: adding\nsequence_length: 6\nsteps: 2\nwidth: 4\nbatch_size: 4\n"
COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
KINDS = sorted({kind for union in FAMILIES.values() for kind in parts(union)})
HEAVY = ("torch", "pandas", "matplotlib", "pyarrow", "numpy")
PROBE = f"""
from gradx.cli import main
try:
    main()
except SystemExit as stop:
    print(f"\\n{{stop.code}}", *(name for name in {HEAVY} if name in sys.modules))
"""


@pytest.fixture(autouse=True)
def config(here: Path) -> None:
    (here / "x.yaml").write_text(CONFIG)


def test_help_and_version_import_nothing_heavy(here: Path) -> None:
    words = (["--help"], ["run", "--help"], ["--version"], ["check", "x.yaml"])
    processes = [start(PROBE, *each, cwd=here) for each in words]
    *light, heavy = [reply(process).out.splitlines()[-1] for process in processes]
    assert light == ["0", "0", "0"]
    assert "torch" in heavy.split()  # so the probe can tell


def test_help_is_quick(here: Path) -> None:
    def seconds() -> float:
        started = perf_counter()
        assert "Usage: " in reply(start_module("--help", cwd=here)).out
        return perf_counter() - started

    assert statistics.median(seconds() for _ in range(5)) < 1


def test_python_m_gradx_is_the_same_command(here: Path) -> None:
    assert reply(start_module("--help", cwd=here)).out.startswith("Usage: python -m gradx [OPTIONS] COMMAND")
    assert reply(start_module("nonsense", cwd=here)).code == 2


def test_version() -> None:
    got = gradx("--version")
    assert (got.code, got.out) == (0, f"gradx {version('gradx')}\n")


@pytest.mark.parametrize("words", [[], *([name] for name in COMMANDS)])
def test_every_help_has_an_example_and_fits_80_columns(words: list[str]) -> None:
    got = gradx(*words, "--help")
    assert got.code == 0
    assert "Example" in got.out
    assert max(map(len, got.out.splitlines())) <= 80
    assert "..." not in got.out.partition("Commands:")[2]  # a summary that was cut off


def test_without_a_command_the_help_is_shown() -> None:
    got = gradx()
    assert got.code == 2
    assert "Commands:" in got.out + got.err


def test_check_prints_the_resolved_experiment_and_its_cost_and_writes_nothing() -> None:
    got = gradx("check", "x.yaml", "optimizer.lr=0.5", "seed=3")
    assert (got.code, got.err) == (0, "")
    assert "\noptimizer:\n  kind: sgd\n  lr: 0.5\n" in got.out
    assert "\n# run         " in got.out
    assert "\n# parameters  37\n" in got.out  # rnn 2 x 4 + 4 x 4 + 2 x 4, readout 4 + 1
    assert [path.name for path in Path().iterdir()] == ["x.yaml"]


def test_ls_lists_every_kind_of_every_family() -> None:
    shown = gradx("ls").out.splitlines()
    for family, union in FAMILIES.items():
        assert family in shown
        one = gradx("ls", family)
        assert (one.code, one.out.splitlines()[0]) == (0, family)
        listed = {line.split()[0] for line in one.out.splitlines()[1:] if line[2:3].strip()}
        assert listed == set(parts(union))
        assert set(one.out.splitlines()[1:]) <= set(shown) or len(FAMILIES) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_explained_with_its_fields(kind: str) -> None:
    got = gradx("explain", kind)
    assert (got.code, got.err) == (0, "")
    words = " ".join(got.out.split())
    for family, union in FAMILIES.items():
        if part := parts(union).get(kind):
            assert f"{kind} ({family})" in got.out
            assert " ".join((part.__doc__ or "").split()) in words
            assert all(f"\n{name} " in got.out for name in part.model_fields if name != "kind")


@pytest.mark.parametrize(("word", "kind"), [("architecture", "lstm"), ("task", "adding"), ("init", "orthogonal")])
def test_ls_knows_the_words_of_the_spec(word: str, kind: str) -> None:
    assert kind in gradx("ls", word).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ls", "tsaks"], "gradx: unknown family 'tsaks'; did you mean 'tasks'? (allowed: models, tasks, "),
        (["ls", "zzz"], "gradx: unknown family 'zzz' (allowed: "),
        (["explain", "ltsm"], "gradx: unknown kind 'ltsm'; did you mean 'lstm'? (allowed: "),
        (["explain", "zzz"], "gradx: unknown kind 'zzz' (allowed: "),
    ],
)
def test_an_unknown_name_is_exit_code_2(words: list[str], said: str) -> None:
    got = gradx(*words)
    assert (got.code, got.out) == (2, "")
    assert got.err.startswith(said)


def test_ls_runs_lists_the_runs_of_every_experiment() -> None:
    assert gradx("ls", "runs").code == 2  # no such directory
    Path("results").mkdir()
    assert gradx("ls", "runs").out == "no runs in results; make one: gradx run CONFIG --results results\n"
    named = [["name=runs"], ["name=trace", "depth=2"], ["name=smoke", "depth=3"], ["--smoke", "name=hidden"]]
    for words in (["seed=1"], ["seed=2"], *named):
        assert gradx("run", "x.yaml", "-q", *words).code == 0
    got = gradx("ls", "runs")
    assert (got.code, got.err) == (0, "")
    assert [line.split()[0] for line in got.out.splitlines()[1:6]] == ["runs", "smoke", "trace", "x", "x"]
    for words in (["--results", "results/x"], ["results/x"]):
        lines = gradx("ls", "runs", *words).out.splitlines()
        assert [line.split()[0] for line in lines[:3]] == ["seed", "1", "2"]
    assert "hidden" in gradx("ls", "runs", "--results", "results/.smoke").out


def test_schema_describes_a_resolved_experiment() -> None:
    got = gradx("schema")
    schema = json.loads(got.out)
    assert schema["$schema"].endswith("2020-12/schema")
    assert (schema["additionalProperties"], schema["required"]) == (False, ["architecture", "task"])
    assert set(schema["properties"]) == {*Experiment.model_fields, "sweep", "slurm"}
    depth = schema["properties"]["depth"]
    assert (depth["type"], depth["minimum"], depth["maximum"]) == ("integer", 1, 100_000)
    experiment = Experiment(architecture="rnn", task="adding", sequence_length=6)
    assert_fits(experiment.resolved(), schema, schema["$defs"])
    for wrong in (
        {"depth": 0},
        {"depth": "1"},
        {"depth": 1.5},
        {"dept": 1},
        {"optimizer": "sdg"},
        {"task": {"kind": 1}},
    ):
        with pytest.raises(AssertionError):
            assert_fits(experiment.resolved() | wrong, schema, schema["$defs"])


def test_schema_names_the_kinds_of_every_family() -> None:
    text = gradx("schema").out
    enums = {tuple(each) for each in _values(json.loads(text), "enum")}
    for family, union in FAMILIES.items():
        assert tuple(sorted(parts(union))) in enums, family


TYPES: dict[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict
} | {"null": type(None)}  # fmt: skip


def assert_fits(value: Any, schema: dict[str, Any], defs: dict[str, Any]) -> None:
    """`value` is valid under the few words of JSON schema that pydantic uses for specs."""
    if "$ref" in schema:
        return assert_fits(value, defs[schema["$ref"].rpartition("/")[2]], defs)
    for arms in (schema.get("anyOf"), schema.get("oneOf")):
        assert arms is None or any(_fits(value, arm, defs) for arm in arms)
    assert "enum" not in schema or value in schema["enum"]
    assert "const" not in schema or value == schema["const"]
    if "type" in schema:
        assert isinstance(value, TYPES[schema["type"]])
        assert schema["type"] == "boolean" or not isinstance(value, bool)
    if isinstance(value, int | float):
        assert schema.get("minimum", value) <= value <= schema.get("maximum", value)
    for item in value if isinstance(value, list) else ():
        assert_fits(item, schema.get("items", {}), defs)
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"])
        for key, inner in value.items():
            assert_fits(inner, schema["properties"][key], defs)
    return None


def _fits(value: Any, schema: dict[str, Any], defs: dict[str, Any]) -> bool:
    try:
        assert_fits(value, schema, defs)
    except (AssertionError, TypeError):
        return False
    return True


def _values(data: Any, key: str) -> list[Any]:
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    found = [value for each in inner for value in _values(each, key)]
    return [*found, data[key]] if isinstance(data, dict) and isinstance(data.get(key), list) else found


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_stand_in_lines_of_their_own_to_be_copied(name: str) -> None:
    lines = gradx(name, "--help").out.splitlines()
    given = [line.strip() for line in lines[max(place for place, line in enumerate(lines) if "Example" in line) + 1 :]]
    assert given
    assert all(line.startswith(f"gradx {name}") for line in given if line)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--results", "a", "--results", "a", "x.yaml"], "--results is given twice"),
        (["ls", "runs", "--where=depth>1", "--where=depth>2", "--where", "depth>3"], "--where is given 3 times"),
        (["run", ""], "CONFIG is empty"),
        (["report", "a", "", "--csv", ""], "PATH is empty; --csv is empty"),
        (["ls", "runs", "--results", ""], "--results is empty"),
        (["ls", "runs", "", "--sort", "depth", "--sort=seed"], "--sort is given twice; PATH is empty"),
    ],
)  # fmt: skip
def test_nothing_that_is_given_is_ignored(words: list[str], said: str, here: Path) -> None:
    got = gradx(*words)
    assert (got.code, got.out) == (2, "")
    assert said in " ".join(got.err.split())
    assert [path.name for path in here.iterdir()] == ["x.yaml"]


def test_formulas_go_on_below_themselves_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = gradx("explain", "adamw").out.splitlines()
    place = next(place for place, line in enumerate(lines) if line.startswith("    w = "))
    assert lines[place + 1].startswith("        (1 - beta2^step)")
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("Reference: ") for line in gradx("explain", "transformer").out.splitlines())

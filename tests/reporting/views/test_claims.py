"""The section of claims: every one with its outcome and evidence, what is not met first, control arms marked."""

from io import StringIO
from pathlib import Path

from reporting.kept import kept
from reporting.rows import grid_rows
from rich.console import Console

from gradx.reporting.report import report
from gradx.reporting.runs.expected import counted
from gradx.reporting.runs.material import material
from gradx.reporting.views.claims import claims_table, sections

SPEC = """\
name: {}
architecture: {{kind: mlp}}
sweep: {{grid: {{seed: [0, 1]}}}}
expect: [growth.depth < 1, growth.time < 1, "growth.depth < 0.01"]
"""


def arm(folder: Path, name: str, spec: str = SPEC) -> Path:
    rows = [
        one | {"run": f"{len(name):x}{place:011x}", "name": name} for place, one in enumerate(grid_rows(seed=[0, 1]))
    ]
    return kept(folder / name, rows, spec.format(name))


def test_each_claim_has_a_row(tmp_path: Path) -> None:
    (section,) = sections(material([arm(tmp_path, "a")]))
    assert section.note == "What their author expects of the runs: 1 of 2 judged met, 1 cannot be judged."
    (table,) = section.elements
    cells = {column.key: list(column.values) for column in table.columns}
    assert cells["claim"] == ["growth.depth < 0.01", "growth.time < 1", "growth.depth < 1"]
    assert cells["outcome"] == ["not met", "cannot be judged", "met"]
    assert cells["evidence"][0] == "met in 0 of 2 runs"
    assert cells["evidence"][1].startswith("met in 0 of 2 runs, 2 cannot be judged: growth.time is not available")
    assert set(cells) == {"claim", "outcome", "evidence"}


def test_a_run_shows_the_values_that_it_is_judged_by(tmp_path: Path) -> None:
    rows = [grid_rows(seed=[0])[0] | {"steps": 0, "steps_done": 0}]
    path = kept(tmp_path / "one", rows, "name: grid\nexpect: [growth.depth < 1, metric.final > 0.5]\n")
    table = claims_table(material([path]))
    assert table is not None
    why = "metric.final is not available: nothing was trained (steps 0)"
    assert list(zip(*(column.values for column in table.columns), strict=True)) == [
        ("metric.final > 0.5", "cannot be judged", why),
        ("growth.depth < 1", "met", "growth.depth = 0.14"),
    ]


def test_control_arms_are_last_and_marked(tmp_path: Path) -> None:
    arm(tmp_path, "a-control")
    arm(tmp_path, "a")
    (section,) = sections(material([tmp_path]))
    (table,) = section.elements
    cells = {column.key: list(column.values) for column in table.columns}
    assert cells["experiment"] == ["a"] * 3 + ["a-control"] * 3
    assert cells["arm"] == [None] * 3 + ["control arm"] * 3
    assert table.notes == ["A control arm is not to meet all of its claims."]
    assert "1 of 2 judged met" in section.note  # without those of the control arm


def test_nothing_where_nothing_is_claimed(tmp_path: Path) -> None:
    assert sections(material([arm(tmp_path, "a", "name: {}\n")])) == []
    assert sections(material([arm(tmp_path, "b")], "seed == 0")) == []  # nothing is claimed of a part


def test_pages_have_it_escaped_and_the_terminal_once(tmp_path: Path) -> None:
    made = report(arm(tmp_path, "a", SPEC.replace("growth.time < 1", "\"growth.depth != '<b>|x'\"")))
    html, markdown = made.html(), made.markdown()
    assert "growth.depth != &#39;&lt;b&gt;|x&#39;" in html
    assert "<b>|x" not in html
    assert "## Claims" in markdown
    assert r"growth.depth != '\<b>\|x'" in markdown
    console = Console(file=StringIO(), width=100)
    console.print(made)
    assert console.file.getvalue().count("Claims") == 1


def test_counted() -> None:
    met, missed, unknown = ("x", True, ""), ("x", False, ""), ("x", None, "")
    assert counted([met, missed], "claim") == "1 of 2 claims met"
    assert counted([missed], "claim") == "0 of 1 claim met"
    assert counted([met, met]) == "2 of 2 met"
    assert counted([met, missed, unknown], "claim") == "1 of 2 judged claims met, 1 cannot be judged"
    assert counted([unknown]) == "0 of 0 judged met, 1 cannot be judged"

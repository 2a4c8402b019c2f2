"""The page of a report on a terminal: one run, a sweep, half of one, many experiments, a comparison, nothing."""

from io import BytesIO, TextIOWrapper
from itertools import pairwise
from math import inf, nan
from pathlib import Path

import pytest
from reporting.kept import HOSTILE, kept
from reporting.rows import failed, grid_rows, row
from rich.cells import cell_len
from rich.console import Console

from gradx.reporting.report import Report, compare, report
from gradx.store.runs import Results

SWEEP = """\
name: grid
sweep:
  grid: {init.gain: [0.5, 1.0], seed: {range: [0, 3]}}
expect: [growth.depth < 2]
"""


def gains() -> list[dict]:
    """Two gains and three seeds; one seed of the second has diverged."""
    rows = grid_rows(init__gain=[0.5, 1.0], seed=[0, 1, 2])
    for one, growth in zip(rows, (0.2, 0.1, 0.4, 0.9, 1.0, 1.25), strict=True):
        one["growth.depth"] = growth
    for one in rows[3:5]:
        one |= {"verdict.depth": "stable", "solved": True, "loss.final": 0.5}
    rows[5] |= {"verdict.depth": "diverged", "status": "diverged", "loss.final": nan}
    return rows


def printed(made: Report, width: int = 100, encoding: str = "utf-8") -> list[str]:
    file = TextIOWrapper(BytesIO(), encoding)
    Console(file=file, width=width, color_system=None, force_terminal=True).print(made, soft_wrap=True)
    file.flush()
    return file.buffer.getvalue().decode(encoding).splitlines()  # type: ignore[attr-defined]


def test_a_sweep(tmp_path: Path) -> None:
    lines = printed(report(kept(tmp_path / "grid", gains(), SWEEP)))
    assert lines[0] == "grid  6 runs"
    assert lines[1].startswith("all: mlp sigmoid, init torch_default, depth 30")
    assert "runs       ● 5 finished  ✖ 1 diverged" in lines
    assert "per layer  ▼ 3 vanishing  ● 2 stable  ✖ 1 diverged" in lines
    text = "\n".join(lines)
    assert "init.gain" in next(line for line in lines if line.endswith("?"))
    assert "What makes a difference  1 of 1 comparison beyond noise; 3 more cannot be judged (too few" in text
    assert "By init.gain  2 combinations" in text
    assert "  ✔ met  growth.depth < 2  (met in 6 of 6 runs)" in lines
    assert f"    gradx report {tmp_path}/grid --html report.html" in lines


def test_half_of_a_sweep(tmp_path: Path) -> None:
    rows = gains()
    rows[0] = failed(rows[0])
    lines = printed(report(kept(tmp_path / "grid", rows[:4], SWEEP)))
    assert lines[0] == "grid  4 of 6 points"
    assert "? cannot be judged  growth.depth < 2  (4 of 6 points are there)" in "\n".join(lines)
    assert "  ✖ 1 run failed: MemoryError: 12 GB are needed" in lines
    assert f"    gradx report {tmp_path}/grid --watch" in lines


def test_a_filter_is_said_and_kept_in_commands(tmp_path: Path) -> None:
    lines = printed(report(kept(tmp_path / "grid", gains(), SWEEP), where="seed < 2", by="init.gain"))
    assert lines[0] == "grid  4 of 6 runs, where seed < 2"
    text = "\n".join(lines).replace(" \\\n       ", "")
    assert f"gradx report {tmp_path}/grid --where '(seed < 2) and verdict.depth == vanishing' --by init.gain" in text
    assert "Claims" not in text


def test_one_run_is_shown_as_gradx_run_shows_it(tmp_path: Path) -> None:
    path = kept(tmp_path / "a", [row(verdict__depth="vanishing")], "name: example\nexpect: [growth.depth < 1]\n")
    lines = printed(report(path))
    assert lines[0] == "example  run 0123456789ab  1.5 s"
    assert "▼ vanishing over depth" in lines
    assert "Gradient norm by layer  L2, pre-activation" in lines
    assert "  ✔ met  growth.depth < 1  (growth.depth = 0.14)" in lines
    text = " ".join("\n".join(lines).replace("\\\n", " ").split())  # however long the path is
    assert f"gradx run {path}/spec.yaml" in text  # advice
    assert f"gradx report {path} --html report.html" in text


def test_one_failed_run(tmp_path: Path) -> None:
    lines = printed(report(kept(tmp_path / "a", [failed(row(), f"boom {HOSTILE}")], "name: example\n", ())))
    assert "✖ failed" in lines
    assert any(line.startswith(r"  boom \x1b[31mred") for line in lines)


def test_many_experiments_have_a_row_each(tmp_path: Path) -> None:
    spec = "name: {}\nsweep:\n  grid: {{seed: {{range: [0, 2]}}}}\nexpect: [growth.depth > 1]\n"
    for name in ("a", "b", "b-control"):
        rows = [
            one | {"run": f"{name[-1]}{place:011x}", "name": name} for place, one in enumerate(grid_rows(seed=[0, 1]))
        ]
        kept(tmp_path / name, rows, spec.format(name))
    lines = printed(report(tmp_path))
    assert lines[0] == "3 experiments  6 runs"
    assert "Experiments  3" in lines
    cells = {line.split()[0]: line for line in lines if line.startswith(("a ", "b ", "b-control "))}
    assert [cells[name].endswith(end) for name, end in (("a", "✖ 0/1"), ("b", "✖ 0/1"), ("b-control", "0/1 control"))]
    assert "Claims  0 of 2 met, without those of control arms" in lines
    assert sum("✖ not met" in line for line in lines) == 2


def test_many_combinations_come_axis_by_axis(tmp_path: Path) -> None:
    rows = grid_rows(activation=["tanh", "relu"], depth=range(1, 31), seed=[0, 1])
    lines = printed(report(kept(tmp_path / "grid", rows)), 160)
    assert "By one axis at a time  whatever the others are" in lines
    assert any(line.split()[:3] == ["activation", "relu", "60"] for line in lines)
    assert sum(line.split()[1:2] in (["1"], ["30"]) for line in lines if line.split()[-1:] == ["0/4"]) >= 1
    assert "… 50 more combinations" in lines


def test_a_comparison(tmp_path: Path) -> None:
    for name, growth in (("a", 0.5), ("b", 2.0)):
        rows = grid_rows(init__gain=[growth], seed=[0, 1, 2])
        changed = [
            one | {"run": f"{name}{place:011x}", "name": name, "growth.depth": growth + place / 99}
            for place, one in enumerate(rows)
        ]
        kept(tmp_path / name, changed)
    lines = printed(compare(tmp_path / "a", tmp_path / "b"))
    assert lines[0] == "a and b"
    text = "\n".join(lines)
    assert "What is different with b instead of a (init.gain)?" in text
    assert "  b instead of a:\n    growth per layer × 3.94" in text
    assert text.count("b instead of a") == 2  # the question, and once for all effects
    assert any(line.split() == ["init.gain", "0.5", "2"] for line in lines)
    assert f"gradx compare {tmp_path}/a {tmp_path}/b --html report.html" in text.replace(" \\\n       ", "")


def test_nothing(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert printed(report(tmp_path / "none"))[0] == f"no runs in {tmp_path}/none"
    begun = kept(tmp_path / "grid", [], SWEEP)
    assert " ".join(printed(report(begun))) == f"no run has finished yet in {begun}: 0 of 6 points"
    with Results(begun).claim(["0" * 12, "1" * 12]):
        assert " ".join(printed(report(begun))) == f"no run has finished yet in {begun}: 0 of 6 points, 2 in work"
    path = kept(tmp_path / "a", gains())
    assert printed(report(path, where="seed > 7")) == [
        f"no runs in {path}, where seed > 7",
        "Without the filter there are 6 runs; seed has 0, 1, 2.",
    ]


def test_a_folder_of_configs_is_not_taken_for_results(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "deep.yaml").write_text(SWEEP)
    assert printed(report(tmp_path / "configs"), 200)[1:] == [
        "It holds no results. Did you mean to run what it holds?",
        f"  gradx run {tmp_path}/configs/deep.yaml",
    ]


def test_a_comparison_of_single_runs_shows_the_numbers_of_both(tmp_path: Path) -> None:
    for name, growth, loss in (("b", 0.5, 2.25), ("a", 1.25, 0.125)):
        (row,) = grid_rows(init__gain=[growth])
        changed = row | {"run": name * 12, "name": name, "growth.depth": growth, "loss.final": loss}
        kept(tmp_path / name, [changed])
    lines = printed(compare(tmp_path / "b", tmp_path / "a"))
    assert lines[0] == "b and a"  # as they were given
    start = lines.index("Each side")
    assert [line.split()[0] for line in lines[start + 2 : start + 4]] == ["b", "a"]
    assert all(text in lines[start + 2].split() for text in ("0.5", "2.25"))
    assert all(text in lines[start + 3].split() for text in ("1.25", "0.125"))
    assert not any(one == two == "" for one, two in pairwise(lines))


def test_nothing_but_nan_and_inf(tmp_path: Path) -> None:
    rows = [
        one | {"loss.final": nan, "status": "diverged", "growth.depth": inf}
        for one in grid_rows(depth=[2, 4], seed=[0, 1])
    ]
    lines = printed(report(kept(tmp_path / "a", rows, profile=(nan, inf, 0.0))))
    assert "runs       ✖ 4 diverged" in lines
    assert any("nan" in line.split() for line in lines)


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_any_width_is_kept_and_nothing_hostile_obeyed(tmp_path: Path, width: int, encoding: str) -> None:
    rows = grid_rows(architecture=["rnn", HOSTILE], depth=[2, 20], seed=[0, 1])
    for place, one in enumerate(rows):
        one |= {"name": HOSTILE, "growth.depth": 0.1 + place, "task": HOSTILE}
    rows[0] = failed(rows[0], HOSTILE * 50)
    one = kept(tmp_path / "a", rows, f"name: x\nexpect: ['solved']\nreport: {{question: \"{'long ' * 60}?\"}}\n")
    two = kept(tmp_path / "b", [each | {"run": each["run"].replace("0", "f"), "name": f"b{HOSTILE}"} for each in rows])
    for made in (
        report(one),
        report(one, two),
        compare(one, two),
        report(one, where="seed == 1 and depth == 2 and architecture == rnn"),
    ):
        lines = printed(made, width, encoding)
        assert not set("\n".join(lines)) & set("\x1b\x07\x9b\r\u202e")
        asked = lines.index("What to do next")  # what follows can be copied, and is not broken at any width
        kept_lines = [line for line in lines[:asked] if str(tmp_path) not in line]
        assert max(map(cell_len, kept_lines)) <= width
        assert encoding != "ascii" or "".join(lines).isascii()


def test_a_run_of_several_experiments_counts_once(tmp_path: Path) -> None:
    rows = gains()
    kept(tmp_path / "r" / "grid", rows, SWEEP)
    kept(tmp_path / "r" / "other", [one | {"name": "other"} for one in rows[1:]], SWEEP.replace("grid\n", "other\n", 1))
    made = report(tmp_path / "r")
    lines = printed(made)
    assert lines[0] == "2 experiments  6 of 7 points, 5 in several experiments"
    assert "runs       ● 5 finished  ✖ 1 diverged" in lines
    assert "per layer  ▼ 3 vanishing  ● 2 stable  ✖ 1 diverged" in lines
    assert "runs: each of the 5 in several experiments counts in all of them" in lines
    assert [line.split()[:2] for line in lines if line.startswith(("grid  ", "other "))] == [
        ["grid", "6"],
        ["other", "5"],
    ]
    assert "1 of 6 runs diverges" in made.headline.answer
    assert (made.data()["runs"], made.data()["total"], made.data()["planned"]) == (6, 6, 7)
    assert "6 runs" in made.html()
    assert printed(report(tmp_path / "r", where="seed == 0"))[0] == (
        "2 experiments  2 of 6 runs, 1 in several experiments, where seed == 0"
    )


def test_only_the_columns_that_there_are_get_explained(tmp_path: Path) -> None:
    rows = [row(run=f"{seed:012x}", seed=seed, growth__depth=None) for seed in (0, 1)]
    lines = printed(report(kept(tmp_path / "grid", rows)))
    assert "▼ vanishing" in " ".join(lines)
    assert not [line for line in lines if line.startswith(("growth:", "interval:"))]

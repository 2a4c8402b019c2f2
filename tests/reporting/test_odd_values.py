"""Reports of runs whose numbers are odd: shown everywhere as what they are, without a warning or an empty chart."""

from collections.abc import Sequence
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from reporting.everywhere import Shown, charts, everywhere
from reporting.kept import kept
from reporting.rows import failed, grid_rows, row

import gradx
from gradx.base.errors import ResultsError

LOST = {
    "status": "diverged", "diverged_at": 0, "steps_done": 0, "loss.first": nan, "loss.final": nan, "loss.test": nan,
    "metric.final": None, "grad_norm.first": nan, "grad_norm.final": nan, "growth.depth": None, "decades.depth": None,
    "verdict.depth": "diverged", "evidence.depth": "the loss was not finite at step 0", "solved": None,
    "clip_rate": None,
}  # fmt: skip


def grown(rows: list[dict[str, Any]], values: Sequence[Any] = (0.5, 0.6, 0.7, 0.8)) -> list[dict[str, Any]]:
    """With a growth of their own."""
    return [one | {"growth.depth": values[place % len(values)]} for place, one in enumerate(rows)]


def report(
    where: Path, rows: list[dict[str, Any]], profile: Sequence[float] = (1e-3, 1.0), figures: bool = False
) -> Shown:
    """Of these runs. Figures, which take most of the time, are drawn where the charts are odd."""
    return everywhere(gradx.report(kept(where / "grid", rows, profile=profile)), figures)


@pytest.mark.parametrize("profile", [(nan, nan), (inf, 1.0, inf), (0.0, 0.0), (0.0, nan, inf, 5e-324, 1.7e308)])
def test_one_run_that_diverged_at_once(tmp_path: Path, profile: tuple[float, ...]) -> None:
    shown = report(tmp_path, [row() | LOST], profile, figures=True)
    assert "✖ diverged" in shown.terminal
    assert "loss            nan → nan" in shown.terminal
    assert {"headline", "gradient-by-depth"} <= set(shown.figures)


def test_all_nan(tmp_path: Path) -> None:
    shown = report(tmp_path, [one | LOST for one in grid_rows(depth=[2, 10], seed=[0, 1])], (nan, nan), True)
    assert "All 4 runs diverge; every final loss is NaN." in shown.terminal
    assert "unknown: values are not finite, or too few seeds" in shown.terminal


def test_all_losses_nan_though_finished(tmp_path: Path) -> None:
    shown = report(tmp_path, [one | {"loss.final": nan} for one in grid_rows(depth=[2, 10], seed=[0, 1])])
    assert "every final loss is NaN" in shown.terminal


@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_all_failed(tmp_path: Path, seeds: list[int]) -> None:
    shown = report(tmp_path, [failed(one) for one in grid_rows(depth=[2, 10], seed=seeds)])
    assert f"All {2 * len(seeds)} runs failed, most often because of: MemoryError: 12 GB are needed." in shown.terminal
    assert charts(shown.made) == {}


def test_one_failed(tmp_path: Path) -> None:
    where = kept(tmp_path / "one", [failed(row())], profile=())
    shown = everywhere(gradx.report(where))
    assert "✖ failed\n  MemoryError: 12 GB are needed" in shown.terminal
    assert "1 run failed and has no results." in shown.html


def test_growth_zero_infinite_denormal_nan_missing(tmp_path: Path) -> None:
    values = [0.0, inf, 5e-324, 1.7e308, 1e-310, 1.0, nan, None]
    shown = report(tmp_path, grown(grid_rows(depth=[2, 3, 4, 5], seed=[0, 1]), values), (5e-324, 0.0, inf), True)
    assert "(median growth 1e-155, from 0 to inf)" in shown.markdown.partition("## ")[0]  # sqrt(1e-310 * 1)
    cells = [line.split(",") for line in shown.csv.splitlines()]
    place = cells[0].index("growth.depth")
    assert [line[place] for line in cells[1:]] == ["0.0", "inf", "5e-324", "1.7e+308", "1e-310", "1.0", "nan", ""]


@pytest.mark.parametrize("value", [0.0, inf])
def test_growth_of_one_such_value(tmp_path: Path, value: float) -> None:
    rows = grown(grid_rows(depth=[2, 3], width=[4, 5], seed=[0]), [value])
    assert f"(growth {value:g})" in report(tmp_path, rows).terminal


def test_growth_either_zero_or_infinite(tmp_path: Path) -> None:
    report(tmp_path, grown(grid_rows(depth=[2, 3], width=[4, 5]), [0.0, inf]), figures=True)


def test_losses_of_all_kinds(tmp_path: Path) -> None:
    values = [0.0, inf, -inf, 1.7e308, 1e-310, nan, None, -3.0]
    rows = grid_rows(depth=[2, 3, 4, 5], seed=[0, 1])
    odd = [one | {"loss.final": value, "metric.final": value} for one, value in zip(rows, values, strict=True)]
    assert "-inf" in report(tmp_path, odd, figures=True).csv


def test_without_training(tmp_path: Path) -> None:
    rows = grown([one | {"steps": 0, "steps_done": 0} for one in grid_rows(depth=[2, 3], seed=[0, 1])])
    assert "solve" not in report(tmp_path, rows).terminal.split("What makes")[0]
    assert "none: steps is 0" in report(tmp_path / "one", rows[:1]).terminal


def test_one_seed_only_seeds_one_point(tmp_path: Path) -> None:
    one_seed = report(tmp_path / "a", grown(grid_rows(depth=[3, 4])))
    assert "unknown: that takes the same runs with several seeds" in one_seed.terminal
    only_seeds = report(tmp_path / "b", grown(grid_rows(seed=[0, 1])))
    assert "Per layer the gradient vanishes in all 2 runs" in only_seeds.terminal
    point = report(tmp_path / "c", grown(grid_rows(depth=[3], width=[4])))
    assert "▼ vanishing over depth" in point.terminal


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("optimizer__lr", [1e-300, 1.0, 1e300], "optimizer.lr 1e-300 … 1e+300"),
        ("optimizer__lr", [5e-324, 1.7976931348623157e308], "optimizer.lr"),
        ("init__gain", [-1.0, 0.0, inf], "init.gain: -1, 0, inf"),
        ("init__gain", [-inf, inf], "init.gain: -inf, inf"),
        ("batch_size", [2**53 - 1, 2**53, 2**53 + 1, 2**62], "batch_size: 9007199254740991 … 4611686018427387904"),
        ("architecture__bias", [True, False], "architecture.bias: false, true"),
        ("sequence_length", [None, 10, 20], "sequence_length 10 … 20"),
        ("sequence_length", [None, 10], "sequence_length: -, 10"),
        ("architecture__heads", [True, 2, "two", 0.5, None], "architecture.heads"),
        ("width", [8, "8", "16"], "width 8 … 16"),
        ("width", [8, 8.0], "Per layer"),
    ],
)
def test_axes(tmp_path: Path, key: str, values: list[Any], said: str) -> None:
    rows = grown(grid_rows(**{key: values}, seed=[0, 1]), [0.5, 0.55, 0.6, 0.7, 0.8, 0.9])
    shown = report(tmp_path, rows, figures=inf in values or 1e300 in values)
    assert said in shown.terminal
    for value in values:
        if isinstance(value, int) and value > 2**53:
            assert all(str(value) in text for text in (shown.terminal, shown.html, shown.markdown, shown.csv))


def test_seeds_beyond_what_floats_hold_are_still_pairs(tmp_path: Path) -> None:
    """One directory has such seeds, the other has not: there seed 1 is a text, here a number."""
    first = grown(grid_rows(depth=[2, 3], seed=[0, 1, 2**62]))
    second = [
        one | {"run": f"f{one['run']}", "activation": "relu"} for one in grown(grid_rows(depth=[2, 3], seed=[0, 1]))
    ]
    made = gradx.compare(kept(tmp_path / "a", first), kept(tmp_path / "b", second))
    assert made.tables["compared"]["pairs"].tolist()[1:] == [4]
    assert "seed 4611686018427387904" in everywhere(made, figures=False).terminal


@pytest.mark.parametrize(
    ("key", "value"),
    [("loss.final", "high"), ("growth.depth", "x" * 10_000), ("status", 5), ("solved", "yes"), ("error", 1.5)],
)
def test_a_result_of_another_type_is_refused_by_name(tmp_path: Path, key: str, value: Any) -> None:
    good = kept(tmp_path / "good", grid_rows(depth=[2, 3]))
    kept(tmp_path / "bad", [one | {key: value} for one in grid_rows(depth=[2, 3])])
    with pytest.raises(ResultsError, match=rf"bad/runs has .{{1,70}} for {key}: gradx did not write that"):
        gradx.report(tmp_path)
    assert len(gradx.report(good).material.rows) == 2


def test_columns_that_an_older_version_did_not_write(tmp_path: Path) -> None:
    old = ("run", "name", "status", "depth", "seed", "loss.final", "growth.depth")
    rows = [{key: one[key] for key in old} for one in grown(grid_rows(depth=[2, 3], seed=[0, 1]))]
    assert "4 runs without a verdict" in report(tmp_path, rows).terminal
    bare = report(tmp_path / "bare", [{"run": one["run"]} for one in rows])
    assert bare.terminal.startswith("grid  4 runs\n")
    assert "Together" not in bare.terminal
    alone = report(tmp_path / "alone", [{"run": "x"}], (1e-3, 1.0))
    assert "None" not in alone.terminal

"""The sides of a comparison in one chart: profiles and training curves, each from its own directory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from reporting.rows import grid_rows

from gradx.base.trace import Block
from gradx.reporting.elements import LineChart
from gradx.reporting.runs.comparison import compared
from gradx.reporting.runs.material import material
from gradx.reporting.views.sides import curves
from gradx.store.runs import Results

SEEDS = [0, 1, 2]


def saved(where: Path, factor: float, **axes: Sequence[Any]) -> Path:
    """Runs whose ids depend on their place only; gradients by depth and losses are multiples of `factor`."""
    rows = grid_rows(**axes)
    results = Results(where)
    results.create("name: x\n", {})
    runs = [row["run"] for row in rows]
    columns = [("grad_norm.preactivation", "layer", 1), ("grad_norm.preactivation", "layer", 2), ("loss", "", 0)]
    measured = np.array([[factor, 2 * factor, factor], [factor, 2 * factor, factor / 2]])
    with results.claim(runs) as claim:
        claim.write(Block(runs, np.array([0, 5]), columns, np.stack([measured] * len(runs))))
        claim.commit(rows)
    return where


def charts(*paths: Path) -> dict[str, LineChart]:
    found = [element for section in curves(compared(material(paths))) for element in section.elements]
    assert all(isinstance(element, LineChart) for element in found)
    return {element.key: element for element in found}


def lines(chart: LineChart) -> dict[str, list[float | None]]:
    return {series.label: list(series.y) for series in chart.series if not series.predicted}


def test_a_line_for_each_side_with_its_seeds_as_band(tmp_path: Path) -> None:
    found = charts(
        saved(tmp_path / "plain", 1.0, init=["xavier_normal"], seed=SEEDS),
        saved(tmp_path / "better", 3.0, init=["orthogonal"], seed=SEEDS),
    )
    assert list(found) == ["gradient-by-depth", "loss"]
    assert lines(found["gradient-by-depth"]) == {"plain": [1.0, 2.0], "better": [3.0, 6.0]}
    assert lines(found["loss"]) == {"plain": [1.0, 0.5], "better": [3.0, 1.5]}
    assert found["loss"].caption == "Median and range over 3 seeds."


def test_the_same_runs_measured_twice_are_not_mixed_up(tmp_path: Path) -> None:
    one, other = (saved(tmp_path / name, factor, seed=SEEDS) for name, factor in (("cpu", 1.0), ("gpu", 1.5)))
    assert lines(charts(one, other)["loss"]) == {"cpu": [1.0, 0.5], "gpu": [1.5, 0.75]}


def test_few_of_many_combinations_each_with_all_sides(tmp_path: Path) -> None:
    depths = list(range(5, 25))
    found = charts(
        saved(tmp_path / "plain", 1.0, init=["xavier_normal"], depth=depths, seed=SEEDS),
        saved(tmp_path / "better", 3.0, init=["orthogonal"], depth=depths, seed=SEEDS),
    )
    labels = list(lines(found["loss"]))
    ends = [label.partition(", ")[2] for label in labels]
    assert len(labels) == 8
    assert ends[:4] == ends[4:]
    assert {"plain, depth 5", "plain, depth 24", "better, depth 5", "better, depth 24"} <= set(labels)
    assert found["loss"].caption == "Median and range over 3 seeds; 8 of 40 lines, evenly chosen."


def test_runs_that_differ_in_a_key_of_one_side_are_no_seeds(tmp_path: Path) -> None:
    found = charts(
        saved(tmp_path / "plain", 1.0, clipping=["none"], seed=SEEDS),
        saved(tmp_path / "clipped", 2.0, clipping=["norm"], clipping__max_norm=[0.5, 1.0], seed=SEEDS),
    )
    assert list(lines(found["loss"])) == ["plain", "clipped, clipping.max_norm 0.5", "clipped, clipping.max_norm 1"]
    assert found["loss"].caption == "Median and range over 3 seeds."


def test_without_pairs_there_is_nothing(tmp_path: Path) -> None:
    paths = [saved(tmp_path / name, 1.0, seed=[seed]) for name, seed in (("one", 0), ("two", 1))]
    assert charts(*paths) == {}

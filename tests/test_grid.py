"""`grid`: a sweep from YAML is exactly the experiments that it says; what is wrong with any of them is said at once."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml as pyyaml
from common.specs import SMALL, small, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradx import grid
from gradx.base.errors import Problem, SpecError
from gradx.base.written import written as as_yaml
from gradx.grid import Sweep, cohorts, load
from gradx.spec import Experiment
from gradx.spec import load as load_one


def sweep(folder: Path, block: Any, *overrides: str, **fields: Any) -> Sweep:
    """A sweep of small experiments, by way of a file."""
    return load(written(folder, as_yaml(SMALL | fields | {"sweep": block}), "x.yaml"), overrides)


def mistakes(folder: Path, block: Any, *overrides: str, **fields: Any) -> list[Problem]:
    with pytest.raises(SpecError) as caught:
        sweep(folder, block, *overrides, **fields)
    return list(caught.value.problems)


def test_a_grid_of_3_x_4_x_5_is_exactly_the_product(tmp_path: Path) -> None:
    depths, gains, seeds = [1, 2, 4], [0.5, 0.8, 1.0, 1.2], list(range(5))
    found = sweep(tmp_path, {"grid": {"depth": depths, "init.gain": gains, "seed": {"range": [0, 5]}}})
    assert [(one.depth, one.init.gain, one.seed) for one in found.experiments] == list(product(depths, gains, seeds))
    assert len({one.run for one in found.experiments}) == 60
    points = product(depths, gains, seeds)
    assert found.experiments == [small(name="x", depth=d, init={"gain": gain}, seed=seed) for d, gain, seed in points]
    assert found.axes == {"depth": depths, "init.gain": gains, "seed": seeds}
    assert found.name == "x"


def test_zip_pairs_and_list_writes_out(tmp_path: Path) -> None:
    paired = sweep(tmp_path, {"zip": {"depth": [1, 2, 3], "width": [6, 5, 4]}}).experiments
    assert paired == [small(name="x", depth=depth, width=width) for depth, width in ((1, 6), (2, 5), (3, 4))]
    points = [{"activation": "relu", "optimizer": {"kind": "adam", "lr": 0.1}}, {"architecture": "lstm"}, {}]
    listed = sweep(tmp_path, {"list": points}).experiments
    assert listed == [small(name="x", **point) for point in points]


def test_blocks_follow_each_other_and_points_that_coincide_are_one(tmp_path: Path) -> None:
    listed = {"list": [{"seed": 1}, {"depth": 2}, {"init.gain": 1}, {"init": "normal"}]}
    found = sweep(tmp_path, [{"grid": {"seed": [0, 1]}}, listed])
    assert found.experiments == [
        small(name="x", **each) for each in ({}, {"seed": 1}, {"depth": 2}, {"init": "normal"})
    ]


COLUMNS = {
    "depth": st.integers(1, 9),
    "width": st.integers(1, 9),
    "seed": st.integers(0, 99),
    "init.gain": st.sampled_from([0.5, 0.9, 1.0, 1.2, 2.0]),
    "optimizer.lr": st.floats(1e-3, 1),
    "clipping": st.sampled_from(["none", "norm", "value"]),
}


@settings(deadline=None, max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_grid_is_its_product(tmp_path: Path, data: st.DataObject) -> None:
    paths = data.draw(st.lists(st.sampled_from(list(COLUMNS)), unique=True, min_size=1, max_size=4))
    grid = {path: data.draw(st.lists(COLUMNS[path], unique=True, min_size=1, max_size=4)) for path in paths}
    found = sweep(tmp_path, {"grid": grid})
    flat = [[one.flat()[path] for path in paths] for one in found.experiments]
    assert flat == [list(point) for point in product(*grid.values())]
    assert found.axes == grid
    again = load(written(tmp_path, as_yaml(found.data), "again.yaml"))
    assert again.experiments == found.experiments
    assert again.name == "x"


def test_axes_from_the_command_line(tmp_path: Path) -> None:
    plain = written(tmp_path, as_yaml(SMALL), "x.yaml")
    found = load(plain, ["seed=1,2", "clipping=none,{kind: norm, max_norm: 0.5}", "depth=2"])
    clippings = ["none", {"kind": "norm", "max_norm": 0.5}]
    assert found.experiments == [
        small(name="x", depth=2, seed=seed, clipping=clipping) for seed in (1, 2) for clipping in clippings
    ]
    pinned = sweep(tmp_path, {"grid": {"seed": [1, 2, 3], "depth": [1, 2]}}, "seed=7", "depth={range: [3, 6]}")
    assert pinned.experiments == [small(name="x", seed=7, depth=depth) for depth in (3, 4, 5)]


def test_a_file_without_axes_is_a_sweep_of_one(tmp_path: Path) -> None:
    found = load(written(tmp_path, as_yaml(SMALL), "x.yaml"), ["seed=3"])
    assert (found.experiments, found.axes, found.points) == ([small(name="x", seed=3)], {}, None)
    assert Experiment(**found.data) == found.experiments[0]
    all_pinned = sweep(tmp_path, {"grid": {"seed": [1, 2]}}, "seed=3")
    assert all_pinned.experiments == found.experiments


def test_a_run_does_not_look_at_the_block(tmp_path: Path) -> None:
    path = written(tmp_path, as_yaml(SMALL | {"sweep": {"grid": {"seed": [1, 2]}}}), "x.yaml")
    assert load_one(path, ["depth=3"]) == small(name="x", depth=3)
    with pytest.raises(SpecError, match="an empty axis"):
        load_one(written(tmp_path, as_yaml(SMALL | {"sweep": {"grid": {"seed": []}}})))


def test_the_base_need_not_say_what_an_axis_says(tmp_path: Path) -> None:
    base = {key: value for key, value in SMALL.items() if key not in ("architecture", "task")}
    block = {"grid": {"architecture": ["rnn", "gru"], "task": ["adding", {"kind": "copying", "symbols": 2}]}}
    found = load(written(tmp_path, as_yaml(base | {"sweep": block}), "x.yaml"))
    assert [(one.architecture.kind, one.task.kind) for one in found.experiments] == [
        ("rnn", "adding"), ("rnn", "copying"), ("gru", "adding"), ("gru", "copying"),
    ]  # fmt: skip
    assert pyyaml.safe_load(as_yaml(found.data))["sweep"] == block


def test_every_mistake_of_every_point_is_named_once_with_its_place_and_its_point(tmp_path: Path) -> None:
    text = """\
architecture: lstm
task: adding
sequence_length: 5
width: 0
sweep:
  grid:
    activation: [null, tanh]
    depth: [1, -1, deep]
    seed: {range: [0, 3]}
"""
    with pytest.raises(SpecError) as caught:
        load(written(tmp_path, text, "x.yaml"))
    found = {(each.line, each.column): each.message for each in caught.value.problems}
    assert set(found) == {(4, 8), (7, 24), (8, 16), (8, 20)}
    assert len(caught.value.problems) == 4
    assert found[4, 8] == "width: must be at least 1 (got 0)"  # no matter of a point
    assert "architecture lstm has fixed nonlinearities" in found[7, 24]
    assert "(at the point activation='tanh', depth=1, seed=0, and 8 more)" in found[7, 24]
    assert found[8, 16].startswith(
        "depth: must be at least 1 (got -1) (at the point activation=null, depth=-1, seed=0,"
    )
    assert "depth: must be a whole number (got 'deep')" in found[8, 20]


def test_a_mistake_in_an_axis_of_the_command_line_is_found_there(tmp_path: Path) -> None:
    (problem,) = mistakes(tmp_path, {"grid": {"seed": [0, 1]}}, "depth=2,0")
    assert (problem.source, problem.column, problem.excerpt) == ("command line", 9, "depth=2,0")
    (problem,) = mistakes(tmp_path, {"grid": {"dept": [0, 1]}})
    assert "unknown key 'dept'; did you mean 'depth'?" in problem.message
    (problem,) = mistakes(tmp_path, {"grid": {"depth.x": [0, 1]}}, depth=3)
    assert "depth is 3, there are no keys in it" in problem.message


def test_a_sweep_that_is_wrong_everywhere_is_not_looked_at_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "TRIED", 10)
    (same,) = mistakes(tmp_path, {"grid": {"depth": {"range": [1, 5000]}, "seed": {"range": [0, 20]}}}, dept=3)
    assert "unknown key 'dept'" in same.message
    (some,) = mistakes(tmp_path, {"grid": {"depth": [1, 0], "seed": {"range": [0, 20]}}})
    assert some.message.endswith("(at the point depth=0, seed=0, and at least 9 more)")
    monkeypatch.setattr(grid, "TRIED", 1000)
    different = mistakes(tmp_path, {"grid": {"depth": {"range": [-5000, 0]}}})
    assert len(different) == grid.SHOWN


def test_what_a_task_finds_wrong_is_placed_at_the_value_of_the_point(tmp_path: Path) -> None:
    found = sweep(tmp_path, {"grid": {"sequence_length": [9, 1], "seed": [0, 1]}})
    (problem,) = found.located(found.experiments[2].run, [Problem("too short", "sequence_length")])
    line = (tmp_path / "x.yaml").read_text().splitlines()[(problem.line or 0) - 1]
    assert line.strip() == "- 1"
    assert problem.message == "too short (at the point sequence_length=1, seed=0)"


def test_cohorts_are_experiments_of_one_shape_in_order_without_repetition() -> None:
    a, b = small(seed=0), small(seed=1, optimizer={"kind": "sgd", "lr": 0.5}, init={"gain": 2.0})
    wider, adam = small(width=4), small(optimizer="adam")
    again = small(name="same", expect=["solved"])
    assert cohorts([a, wider, b, adam, a, again]) == [[a, b], [wider], [adam]]
    assert cohorts([]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"depth": 2},
        {"steps": 5},
        {"sequence_length": 6},
        {"dtype": "float64"},
        {"threads": 2},
        {"clipping": "norm"},
        {"init": "orthogonal"},
        {"measure": {"every": 2}},
        {"regularization": "l2"},
        {"activation": "relu"},
    ],
    ids=str,
)
def test_what_belongs_to_the_shape_parts_cohorts(change: dict[str, Any]) -> None:
    assert len(cohorts([small(), small(**change)])) == 2


def test_a_part_that_varies_joins_set_and_unset_members_in_different_cohorts() -> None:
    recurrent = {"kind": "normal", "std": 0.1, "recurrent": {"kind": "normal", "std": 0.5}}
    other = {"kind": "normal", "std": 0.2, "recurrent": {"kind": "normal", "std": 0.7}}
    groups = cohorts(small(init=init) for init in (recurrent, {"kind": "normal", "std": 0.1}, other))
    assert [len(group) for group in groups] == [2, 1]

"""`gradx.sweep` and what stands behind `gradx sweep --dry-run`; where a sweep is worked off."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from common.specs import SMALL, small, written
from common.sweeps import pretend, swept

import gradx
from gradx import Placement, api
from gradx.api import placement
from gradx.assembly import Assembler
from gradx.base.errors import SpecError
from gradx.base.written import written as as_yaml
from gradx.driver import Standing
from gradx.executors.inline import Inline
from gradx.executors.pool import Pool
from gradx.plan import Plan, plan
from gradx.store.runs import Results

GRID = {"grid": {"seed": {"range": [0, 3]}, "width": [3, 4]}}
CLAIMS = ["steps_done == 4", {"where": "width == 4", "that": "share(steps_done == 9) > 0.5"}]


def config(folder: Path, block: Any = GRID, **fields: Any) -> Path:
    return written(folder, as_yaml(SMALL | fields | {"sweep": block}), "x.yaml")


def test_a_sweep_has_a_row_and_a_trace_for_each_point_and_judges_its_claims(tmp_path: Path) -> None:
    done = gradx.sweep(config(tmp_path, expect=CLAIMS), results=tmp_path / "r")
    assert (done.name, done.computed, done.failed, done.path) == ("x", 6, 0, tmp_path / "r" / "x")
    assert done.axes == {"seed": [0, 1, 2], "width": [3, 4]}
    points = [(seed, width) for seed in range(3) for width in (3, 4)]
    assert [(row["seed"], row["width"]) for row in done.rows] == points
    runs = [row["run"] for row in done.rows]
    assert set(done.runs["run"]) == set(done.trace("loss")["run"]) == set(runs)
    assert set(done.trace("loss")["quantity"]) == {"loss"}
    assert [(claim, met) for claim, met, _ in done.claims] == [
        ("steps_done == 4", True),
        ("share(steps_done == 9) > 0.5 where width == 4", False),
    ]
    assert done.seconds > 0
    pd.testing.assert_frame_equal(gradx.load(done.path).runs, done.runs)


def test_it_goes_on_where_it_was_and_its_spec_is_the_sweep(tmp_path: Path) -> None:
    one = config(tmp_path)
    first = gradx.sweep(one, ["seed=0,1"], results=tmp_path)
    second = gradx.sweep(one, results=tmp_path)
    assert (first.computed, second.computed, len(second.rows)) == (4, 2, 6)
    assert gradx.sweep(second.path / "spec.yaml", results=tmp_path).computed == 0
    assert gradx.sweep(one, ["seed=1"], results=tmp_path).computed == 0
    alone = gradx.run(one, ["seed=2", "width=4"], results=tmp_path)
    assert not alone.computed
    assert gradx.sweep(one, ["seed=2"], results=tmp_path, force=True).computed == 2
    assert len(gradx.load(second.path)) == 6


def test_planned_says_what_is_to_do_and_writes_nothing(tmp_path: Path) -> None:
    one = config(tmp_path)
    gradx.sweep(one, ["seed=0"], results=tmp_path)
    before = sorted(tmp_path.rglob("*"))
    what = api.planned(one, results=tmp_path, members=1, placement=Placement("pool", workers=3))
    assert (what.name, what.points, what.finished, what.busy) == ("x", 6, 2, 0)
    assert (what.workers, what.executor, what.path) == (3, "pool", tmp_path / "x")
    assert [cohort.size for cohort in what.cohorts] == [1] * 4
    assert api.planned(one, results=tmp_path, force=True).finished == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_smoke_takes_one_point_of_each_shape(tmp_path: Path) -> None:
    one = config(tmp_path, expect=["solved"], steps=1000, batch_size=64)
    done = gradx.sweep(one, results=tmp_path, smoke=True)
    assert [(row["seed"], row["width"], row["steps_done"]) for row in done.rows] == [(0, 3, 3), (0, 4, 3)]
    assert (done.claims, done.path) == ([], tmp_path / ".smoke" / "x")
    assert not (tmp_path / "x").exists()


def test_what_a_task_lacks_is_said_with_place_and_point_before_anything_runs(tmp_path: Path) -> None:
    block = {"list": [{"seed": 1}, {"task": {"kind": "text", "path": "gone.txt"}, "seed": 2}]}
    with pytest.raises(SpecError, match=r"x\.yaml:\d+:\d+: cannot read .*gone.txt.* \(at the point task=.*seed=2\)"):
        gradx.sweep(config(tmp_path, block), results=tmp_path)
    block = {"grid": {"batch_size": [4, 5000], "seed": [0, 1]}}
    one = config(tmp_path, block, architecture="mlp", task="digits", sequence_length=None)
    with pytest.raises(SpecError, match=r"x\.yaml:\d+:\d+: batch_size 5000 is larger .*at the point batch_size=5000"):
        api.planned(one, results=tmp_path)
    with pytest.raises(SpecError, match=r"command line:12: batch_size 9999 is larger"):
        api.planned(one, ["batch_size=9999"], results=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


def test_ten_thousand_runs_open(tmp_path: Path) -> None:
    results, assembler = Results(tmp_path / "x"), Assembler(SMALL)
    many = [assembler.experiment({"seed": seed, "init.gain": 0.5 + seed % 4}) for seed in range(10_000)]
    for first in range(0, 10_000, 1000):
        pretend(results, many[first : first + 1000])
    found = gradx.load(tmp_path / "x", "init.gain == 1.5 and seed < 400")
    assert (len(gradx.load(tmp_path / "x").runs), len(found)) == (10_000, 100)
    assert set(found.runs["init.gain"]) == {1.5}
    assert set(plan(many, results).finished) == {one.run for one in many}


WRONG: Sequence[tuple[dict[str, Any], str]] = [
    ({"executor": "cloud"}, "--executor: unknown executor 'cloud'"),
    ({"workers": 0}, "--workers: must be greater than 0"),
    ({"timeout": -1.0}, "--timeout: must be greater than 0"),
    ({"timeout": 1.0, "executor": "inline"}, "--timeout is for --executor pool or ray"),
    ({"timeout": 1.0, "executor": "slurm"}, "--slurm time="),
    ({"slurm": {"time": "60"}}, "--slurm is for --executor slurm"),
    ({"address": "auto", "executor": "pool"}, "--address is for --executor ray"),
]


@pytest.mark.parametrize(("options", "said"), WRONG, ids=lambda case: case if isinstance(case, str) else "")
def test_a_placement_that_makes_no_sense_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        Placement(**options)


def test_a_pool_is_chosen_where_it_pays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(placement, "cores", lambda: 4)
    short = [small(seed=seed) for seed in range(4)]
    long = [one.model_copy(update={"steps": 10**6}) for one in short]

    def planned(experiments: Sequence[Any], workers: int) -> Plan:
        return plan(experiments, Results(tmp_path / "x"), workers=workers)

    auto, results = Placement(device="cpu"), tmp_path / "x"
    assert (auto.processes(1), auto.processes(2), auto.processes(8)) == (4, 2, 1)
    assert isinstance(auto.choose(planned(short, 4), 1, results, {}), Inline)
    assert isinstance(auto.choose(planned(long[:1], 4), 1, results, {}), Inline)  # one job
    assert isinstance(auto.choose(planned(long, 4), 4, results, {}), Inline)  # one worker
    chosen = auto.choose(planned(long, 4), 1, results, {})
    assert isinstance(chosen, Pool)
    assert (chosen.workers, chosen.timeout) == (4, None)
    late = Placement(device="cpu", timeout=3.0, workers=2).choose(planned(short, 2), 1, results, {})
    assert isinstance(late, Pool)
    assert (late.workers, late.timeout) == (2, 3.0)
    assert Placement("inline", workers=3).processes(1) == 1
    assert not (tmp_path / "x").exists()


def test_each_worker_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    todo = plan([small()], Results(tmp_path / "x"))
    for visible, names in ((None, ["0", "1", "0"]), ("5,7", ["5", "7", "5"])):
        if visible:
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        else:
            monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        where = Placement("pool")
        assert where.processes(1) == 2
        pool = where.choose(todo, 1, tmp_path, {})
        assert isinstance(pool, Pool)
        assert [pool.environment(slot)["CUDA_VISIBLE_DEVICES"] for slot in range(3)] == names


def test_a_claim_that_cannot_be_judged_is_neither_met_nor_missed(tmp_path: Path) -> None:
    claims = [{"that": "median(growth.depth) < 1"}, "growth.depth < 1"]
    done = gradx.sweep(config(tmp_path, expect=claims), results=tmp_path)
    assert [met for _, met, _ in done.claims] == [None, None]
    assert all("growth.depth" in note for _, _, note in done.claims)


def test_members_must_be_at_least_one(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="--members: must be at least 1"):
        gradx.sweep(config(tmp_path), results=tmp_path, members=0)
    assert swept([small()], Results(tmp_path / "x"), members=1).computed


@pytest.mark.parametrize("there", [False, True])
def test_runs_that_are_removed_meanwhile_are_told_from_points_that_were_not_tried(tmp_path: Path, there: bool) -> None:
    one, path = config(tmp_path, expect=CLAIMS), tmp_path / "x"
    if there:  # somebody else's runs are missed, too
        gradx.sweep(one, ["seed=0"], results=tmp_path)
    gone: list[str] = []

    def take(state: Standing) -> None:
        if not gone and state.done >= 2:
            gone.extend(sorted(gradx.load(path).runs["run"])[:2])
            Results(path).remove(gone)

    done = gradx.sweep(one, results=tmp_path, members=1, progress=take)
    assert (done.points, len(done.rows), done.removed, done.left, done.failed) == (6, 4, 2, 0, 0)
    assert not {row["run"] for row in done.rows}.intersection(gone)
    assert {(met, note) for _, met, note in done.claims} == {(None, "only 4 of 6 points are there")}
    again = gradx.sweep(one, results=tmp_path)
    assert (again.computed, again.removed, again.left) == (2, 0, 0)

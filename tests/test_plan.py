"""`plan`: what is there, what is missing, and in which pieces it will train: the same ones whenever it is asked."""

from pathlib import Path
from typing import Any

import pytest
from common.specs import small
from common.sweeps import pretend

from gradx import plan as module
from gradx.plan import Plan, TaskError, packed, plan
from gradx.spec import Experiment
from gradx.store.runs import Results

SEEDS = [small(seed=seed) for seed in range(8)]
WIDER = [small(seed=seed, width=4) for seed in range(8)]


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path / "x")


def pieces(todo: Plan) -> list[list[Experiment]]:
    return [chunk.experiments for chunk in todo.chunks]


def test_where_nothing_is_there_all_is_missing_and_nothing_is_written(results: Results, tmp_path: Path) -> None:
    todo = plan([*SEEDS, *WIDER], results)
    assert pieces(todo) == [SEEDS, WIDER]
    assert (todo.finished, todo.busy, todo.outdated) == ({}, 0, set())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("members", "sizes"), [(1, [1] * 8), (2, [2] * 4), (3, [2, 3, 3]), (5, [4, 4]), (8, [8]), (99, [8])]
)
def test_a_cohort_is_cut_into_pieces_of_nearly_one_size(results: Results, members: int, sizes: list[int]) -> None:
    todo = plan(SEEDS, results, members=members)
    assert [chunk.size for chunk in todo.chunks] == sizes
    assert [one for piece in pieces(todo) for one in piece] == SEEDS


def test_a_cohort_that_is_worth_it_is_spread_over_the_workers(results: Results) -> None:
    long = [one.model_copy(update={"steps": 10**6}) for one in SEEDS]
    assert [chunk.size for chunk in plan(long, results, workers=3).chunks] == [2, 3, 3]
    assert [chunk.size for chunk in plan(long[:2], results, workers=3).chunks] == [1, 1]
    assert [chunk.size for chunk in plan(SEEDS, results, workers=3).chunks] == [8]
    assert [chunk.size for chunk in plan(long, results, workers=3, members=8).chunks] == [8]


def test_a_sweep_that_is_taken_up_again_has_the_same_pieces(results: Results) -> None:
    pretend(results, [SEEDS[0], SEEDS[3], SEEDS[6], SEEDS[7]])
    assert pieces(plan(SEEDS, results, members=2)) == [[SEEDS[1]], [SEEDS[2]], SEEDS[4:6]]
    pretend(results, [SEEDS[1], SEEDS[2], *SEEDS[4:6]])
    assert pieces(plan([*SEEDS, *WIDER], results)) == [WIDER]


def test_finished_and_diverged_are_done_and_failed_is_missing(results: Results) -> None:
    for one, status in zip(SEEDS, ("finished", "diverged", "failed"), strict=False):
        pretend(results, [one], status)
    todo = plan(SEEDS[:4], results)
    assert todo.finished == {SEEDS[0].run: "finished", SEEDS[1].run: "diverged"}
    assert pieces(todo) == [SEEDS[2:4]]
    assert todo.outdated == set()
    forced = plan(SEEDS[:4], results, force=True)
    assert (forced.finished, pieces(forced)) == ({}, [SEEDS[:4]])
    assert forced.outdated == {SEEDS[0].run, SEEDS[1].run}


def test_a_grid_that_has_grown_keeps_what_it_shares_with_the_old_one(results: Results) -> None:
    pretend(results, SEEDS[:4])
    grown = [small(seed=seed, init={"gain": gain}) for seed in range(6) for gain in (1.0, 2.0)]
    todo = plan(grown, results)
    assert set(todo.finished) == {one.run for one in SEEDS[:4]}
    assert pieces(todo) == [[one for one in grown if one.run not in todo.finished]]


def test_what_others_are_working_on_is_counted_and_planned_all_the_same(results: Results) -> None:
    results.create("seed: 0\n", {})
    with Results(results.paths.root).claim([one.run for one in SEEDS[:3]]):
        todo = plan(SEEDS, results)
        assert (todo.busy, pieces(todo)) == (3, [SEEDS])
    assert plan(SEEDS, results).busy == 0


def test_what_a_plan_costs(results: Results) -> None:
    one, eight = plan(SEEDS[:1], results).chunks[0], plan(SEEDS, results).chunks[0]
    assert 0 < one.seconds < eight.seconds
    assert 0 < one.memory < eight.memory
    assert 0 < one.disk < eight.disk
    assert eight.label == "rnn, depth 1, width 3, adding, length 5, 4 steps"


def test_each_shape_is_looked_at_once(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = list[str]()
    monkeypatch.setattr(module, "opened", lambda one, real=module.opened: opened.append(one.shape) or real(one))
    assert len(plan([*SEEDS, *WIDER, *SEEDS], results, members=1).chunks) == 16
    assert opened == [SEEDS[0].shape, WIDER[0].shape]


@pytest.mark.parametrize(("worth", "sizes"), [(0.0, [1] * 8), (2.5, [2] * 4), (100.0, [8])])
def test_small_chunks_are_packed_in_their_order(
    results: Results, monkeypatch: pytest.MonkeyPatch, worth: float, sizes: list[int]
) -> None:
    todo = plan(SEEDS, results, members=1)
    monkeypatch.setattr(module, "WORTH_A_JOB", worth * todo.chunks[0].seconds)
    packs = list(packed(todo.chunks))
    assert [len(pack) for pack in packs] == sizes
    assert [chunk for pack in packs for chunk in pack] == todo.chunks
    assert list(packed([])) == []


def digits(seed: int = 0) -> Experiment:
    return Experiment(architecture="mlp", task="digits", width=3, batch_size=2, steps=0, seed=seed)


def test_a_run_on_other_data_is_missing_but_its_result_stays_until_then(results: Results) -> None:
    sha = digits().task.open(None).facts["sha256"]
    pretend(results, [digits(0)], **{"task.sha256": sha})
    pretend(results, [digits(1)], **{"task.sha256": "0" * 64})
    todo = plan([digits(0), digits(1)], results)
    assert (set(todo.finished), todo.outdated) == ({digits(0).run}, {digits(1).run})
    assert pieces(todo) == [[digits(1)]]


def test_data_are_opened_once_for_all_experiments_on_them(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [digits(seed) for seed in range(4)]
    sha = digits().task.open(None).facts["sha256"]
    pretend(results, many, **{"task.sha256": sha})
    task, opened = type(many[0].task), list[int]()
    monkeypatch.setattr(task, "open", lambda self, length, real=task.open: opened.append(1) or real(self, length))
    assert plan(many, results).chunks == []
    assert len(opened) == 1


def test_data_that_cannot_be_had_are_an_error_that_names_run_and_key(results: Results) -> None:
    gone = [small(task={"kind": "text", "path": "/nowhere/gone.txt"}, seed=seed) for seed in (0, 1)]
    with pytest.raises(TaskError, match=r"cannot read .*gone\.txt") as caught:
        plan([*SEEDS, *gone], results)
    assert caught.value.run == gone[0].run
    assert caught.value.problems[0].path.startswith("task")


def test_only_a_lack_of_memory_is_taken_for_one(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def opening(error: Exception) -> Any:
        def fail(_: Experiment) -> None:
            raise error

        monkeypatch.setattr("gradx.plan.open_source", fail)

    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")):
        opening(error)
        with pytest.raises(TaskError, match="do not fit into memory: lower batch_size or sequence_length"):
            plan(SEEDS, results)
    opening(RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        plan(SEEDS, results)

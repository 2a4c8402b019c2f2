"""`gradx.driver`: plans cohorts, trains each once, keeps what is there, writes rows that say what was done."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

import gradx
from gradx import driver
from gradx.base import yaml
from gradx.base.expression import NAMES
from gradx.base.validate import validate
from gradx.driver import execute, plan, spec_yaml
from gradx.engine.train import train
from gradx.executors.base import Executor, Outcome
from gradx.executors.inline import Inline
from gradx.findings import findings
from gradx.grid import cohorts
from gradx.spec import Experiment
from gradx.store.runs import Results

CPU = torch.device("cpu")


def experiment(**fields: Any) -> Experiment:
    small = {"architecture": "rnn", "task": "adding", "sequence_length": 5, "width": 3, "batch_size": 2, "steps": 4}
    return Experiment(**small | fields)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results(tmp_path / "x")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The run ids of each cohort that was trained, in order."""
    seen: list[list[str]] = []

    def counted(cohort: Any, *rest: Any) -> Any:
        seen.append([one.run for one in cohort.experiments])
        return train(cohort, *rest)

    monkeypatch.setattr(driver, "train", counted)
    return seen


GRID = [experiment(seed=seed, width=width) for width in (3, 4) for seed in (0, 1)]


def test_cohorts_are_experiments_of_one_shape_in_order_without_repetition() -> None:
    a, b = (
        experiment(seed=0),
        experiment(seed=1, optimizer={"kind": "sgd", "lr": 0.5}, init={"kind": "torch_default", "gain": 2.0}),
    )
    wider, adam = experiment(width=4), experiment(optimizer="adam")
    assert cohorts([a, wider, b, adam, a, experiment(seed=0, name="same", expect=["solved"])]) == [
        [a, b],
        [wider],
        [adam],
    ]
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
)
def test_what_belongs_to_the_shape_parts_cohorts(change: dict[str, Any]) -> None:
    assert len(cohorts([experiment(), experiment(**change)])) == 2


def test_a_part_that_varies_joins_set_and_unset_members_in_different_cohorts() -> None:
    recurrent = {"kind": "normal", "std": 0.1, "recurrent": {"kind": "normal", "std": 0.5}}
    other = {"kind": "normal", "std": 0.2, "recurrent": {"kind": "normal", "std": 0.7}}
    plain = {"kind": "normal", "std": 0.1}
    groups = cohorts(experiment(init=init) for init in (recurrent, plain, other))
    assert [len(group) for group in groups] == [2, 1]


def test_each_shape_is_trained_once_and_each_run_has_its_row(results: Results, trained: list[list[str]]) -> None:
    rows = execute([*GRID, GRID[0]], results, CPU)
    assert trained == [[one.run for one in GRID[:2]], [one.run for one in GRID[2:]]]
    assert list(rows) == [one.run for one in GRID]
    stored = results.finished()
    assert set(stored) == set(rows)
    for one in GRID:
        for row in (rows[one.run], stored[one.run]):
            assert {key: row[key] for key in one.flat() if key not in ("name", "expect")}.items() <= one.flat().items()
            assert {"name", "status", "error", "seconds", *NAMES} <= set(row) | {"verdict.depth"}
    assert results.trace().run.nunique() == len(GRID)
    assert (results.paths.root / "summary.csv").read_text().count("\n") == 1 + len(GRID)


def test_only_what_is_missing_is_trained(results: Results, trained: list[list[str]]) -> None:
    first = execute(GRID[:1], results, CPU)
    rows = execute(GRID, results, CPU)
    assert trained[1:] == [[GRID[1].run], [one.run for one in GRID[2:]]]
    assert rows[GRID[0].run]["loss.final"] == first[GRID[0].run]["loss.final"]
    execute(GRID, results, CPU)
    assert len(trained) == 3
    execute(GRID[:2], results, CPU, force=True)
    assert trained[3:] == [[one.run for one in GRID[:2]]]
    assert len(results.finished()) == len(GRID)


def test_a_failed_cohort_fails_alone_and_is_missing_afterwards(
    results: Results, trained: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = driver.train

    def fails_when_wide(cohort: Any, *rest: Any) -> Any:
        if cohort.spec.width == 4:
            raise MemoryError("too wide")
        return counted(cohort, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(driver, "train", fails_when_wide)
        rows = execute(GRID, results, CPU)
    assert [rows[one.run]["status"] for one in GRID] == ["finished", "finished", "failed", "failed"]
    assert {rows[one.run]["error"] for one in GRID[2:]} == {"MemoryError: too wide"}
    assert plan(GRID, results).missing == [GRID[2:]]
    assert [row["status"] for row in execute(GRID, results, CPU).values()] == ["finished"] * 4
    assert trained == [[one.run for one in GRID[:2]], [one.run for one in GRID[2:]]]


def test_an_executor_decides_on_the_order_and_its_outcomes_count(results: Results, trained: list[list[str]]) -> None:
    class Backwards(Executor):
        def run(self, work: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[Outcome[Any, Any]]:
            yield from Inline().run(work, reversed(list(jobs)))

    rows = execute(GRID, results, CPU, executor=Backwards())
    assert trained == [[one.run for one in GRID[2:]], [one.run for one in GRID[:2]]]
    assert set(rows) == {one.run for one in GRID}


def test_parts_written_often_hold_what_one_part_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    traces = []
    for seconds in (1e9, -1.0):
        monkeypatch.setattr(driver, "PART_SECONDS", seconds)
        results = Results(tmp_path / str(seconds))
        execute(GRID[:2], results, CPU)
        traces.append(results.trace().sort_values(["run", "step", "quantity", "site", "index"], ignore_index=True))
        parts = len(list(results.paths.trace.iterdir()))
        assert parts == 2 if seconds > 0 else parts > 2
    pd.testing.assert_frame_equal(*traces)


def test_facts_of_the_task_are_recorded_and_a_run_on_other_data_is_missing(results: Results) -> None:
    one = Experiment(architecture="mlp", task="digits", width=3, batch_size=2, steps=1)
    row = execute([one], results, CPU)[one.run]
    assert (row["task.train"], row["task.test"]) == (1437, 360)
    assert re.fullmatch("[0-9a-f]{64}", row["task.sha256"])
    assert plan([one], results).missing == []
    results.write_run(row | {"task.sha256": "0" * 64})
    assert plan([one], results).missing == [[one]]
    assert plan([one], results).finished == {}


def test_data_are_opened_once_for_all_experiments_on_them(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        Experiment(architecture="mlp", task="digits", width=3, batch_size=2, steps=0, seed=seed) for seed in range(4)
    ]
    execute(many, results, CPU)
    task, opened = type(many[0].task), []
    monkeypatch.setattr(task, "open", lambda self, length, real=task.open: opened.append(1) or real(self, length))
    assert plan(many, results).missing == []
    assert len(opened) == 1


def test_a_row_says_where_it_was_computed(results: Results) -> None:
    execute(GRID[:1], results, CPU)
    assert results.finished()[GRID[0].run]["device"] == "cpu"
    environment = pyyaml.safe_load((results.paths.root / "environment.json").read_text())
    assert (environment["torch"], environment["device"], environment["threads"]) == (torch.__version__, "cpu", 1)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30)
NUMBERS = st.from_regex(
    r"[-+]?[0-9]{1,3}([.][0-9]{0,2})?([eE][-+]?[0-9]{1,2})?|0[ox][0-7]{1,3}|null|true|no|~", fullmatch=True
)


@given(
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True) | NUMBERS.filter(str.isalnum),
    path=TEXT | NUMBERS,
    rate=st.floats(min_value=0, exclude_min=True, allow_nan=False, allow_infinity=False),
    seed=st.integers(0, 2**63 - 1),
    claims=st.lists(st.sampled_from(["solved", "1", "1e3", "loss.final < 1e-3", f"{' or '.join(['solved'] * 40)}"])),
    every=st.just("log") | st.integers(1, 10**6),
)
def test_the_yaml_of_an_experiment_is_the_experiment(
    name: str, path: str, rate: float, seed: int, claims: Sequence[str], every: Any
) -> None:
    one = experiment(
        name=name, task={"kind": "text", "path": path}, optimizer={"kind": "sgd", "lr": rate}, seed=seed,
        expect=list(claims), measure={"every": every, "quantities": []},
    )  # fmt: skip
    again = validate(yaml.parse(spec_yaml(one), "x.yaml"), Experiment, findings)
    assert again == one
    assert again.run == one.run


def test_the_clip_rate_is_missing_where_nothing_counted_it(tmp_path: Path) -> None:
    def rate(quantities: list[str]) -> float | None:
        one = experiment(clipping={"kind": "norm", "max_norm": 1e6}, measure={"every": 1, "quantities": quantities})
        return gradx.run(one, results=tmp_path).row["clip_rate"]

    assert rate(["loss"]) is None
    assert rate(["grad_norm"]) == 0
    with pytest.raises(ValueError, match="at most once"):
        rate(["grad_norm", "grad_norm"])


def test_the_accuracy_of_nan_is_nan(tmp_path: Path) -> None:
    one = experiment(
        architecture="mlp", task="digits", sequence_length=None, steps=1, optimizer={"kind": "sgd", "lr": 1e30}, depth=3
    )
    row = gradx.run(one, results=tmp_path).row
    assert row["status"] == "diverged"
    assert row["metric.final"] != row["metric.final"]
    assert row["evidence.depth"].startswith("the test loss was not finite after the last step")


def test_a_forced_run_that_fails_keeps_the_old_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = experiment()
    before = gradx.run(one, results=tmp_path)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(driver, "train", broken)
    assert gradx.run(one, results=tmp_path, force=True).status == "failed"
    after = gradx.run(one, results=tmp_path)
    assert (after.computed, after.status) == (False, "finished")
    pd.testing.assert_frame_equal(after.trace(), before.trace())

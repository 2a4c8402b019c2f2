"""`api.claims`: both arms on each seed, judged seed by seed; when a claim is confirmed, and what the effect is."""

from math import inf, isclose, nan
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from common.specs import SMALL, written

import gradx
from gradx import api
from gradx.api.claims import Arm, Tried, judged
from gradx.base.claims import Claim
from gradx.base.errors import SpecError
from gradx.base.statement import Statement
from gradx.base.statistics import mean_interval
from gradx.base.written import written as as_yaml

CLAIM = {"statement": "Width makes a network larger", "verdict": "holds", "effect": "parameters"}
SPEC: dict[str, Any] = SMALL | {
    "claim": CLAIM,
    "control": {"width": 5},
    "expect": ["parameters < 30"],
    "dtype": "float64",
}


def config(folder: Path, name: str = "x.yaml", **fields: Any) -> Path:
    return written(folder, as_yaml(SPEC | fields), name)


def only(path: Path, folder: Path, **options: Any) -> Tried:
    (found,) = api.claims([path], results=folder / "r", **options)
    return found


def row(seed: int = 0, **values: Any) -> dict[str, Any]:
    return {"seed": seed, "status": "finished", "seconds": 1.0, "error": None, **values}


def tried(treatment: list[Any], control: list[Any], column: str = "loss.final", **claim: Any) -> Tried:
    """Of made-up values of `loss.final`, one for each seed; expected to be below 1."""
    arms = [
        judged(
            [f"{column} < 1"], [row(seed, **{column: value}) for seed, value in enumerate(values)], range(len(values))
        )
        for values in (treatment, control)
    ]
    return Tried(Path("x.yaml"), Statement(**CLAIM | {"effect": column} | claim), *arms)


def test_both_arms_on_five_seeds(tmp_path: Path) -> None:
    path = config(tmp_path, claim=CLAIM | {"effect": "loss.final"})
    found = only(path, tmp_path)
    assert (found.treatment.outcomes, found.control.outcomes) == ([True] * 5, [False] * 5)
    assert found.confirmed
    assert isclose(found.p, 2 / 252)
    runs = [gradx.sweep(path, ["seed=0,1,2,3,4"], results=tmp_path / "r", control=arm) for arm in (False, True)]
    assert [done.computed for done in runs] == [0, 0]  # they are what `gradx sweep` has in its folders
    losses = [[row["loss.final"] for row in done.rows] for done in runs]
    assert found.pairs == list(zip(*losses, strict=True))
    assert found.effect == mean_interval([one - other for one, other in zip(*losses, strict=True)])
    assert found.seconds == pytest.approx(sum(row["seconds"] for done in runs for row in done.rows))


def test_fresh_seeds_follow_the_first(tmp_path: Path) -> None:
    path = config(tmp_path)
    found = only(path, tmp_path, seeds=2, first_seed=5)
    assert [row["seed"] for rows in found.treatment.rows for row in rows] == [5, 6]
    assert (found.treatment.outcomes, found.control.outcomes) == ([True] * 2, [False] * 2)
    with pytest.raises(SpecError, match="--first-seed: must be at least 0"):
        only(path, tmp_path, first_seed=-1)


def test_a_claim_about_a_sweep_is_judged_on_the_points_of_each_seed(tmp_path: Path) -> None:
    expect = [{"where": "depth == 2", "that": "count() == 1"}, {"that": "max(parameters) < 60"}]
    path = config(tmp_path, sweep={"grid": {"depth": [1, 2]}}, expect=expect)
    found = only(path, tmp_path, seeds=2)
    assert (found.treatment.outcomes, found.control.outcomes) == ([True] * 2, [False] * 2)
    sizes = [fmean(parameters(depth, width) for depth in (1, 2)) for width in (3, 5)]
    assert found.pairs == [tuple(sizes)] * 2
    assert found.effect == (sizes[0] - sizes[1], None, None)  # the same on every seed
    assert len(found.treatment.rows) == 2
    assert all(len(rows) == 2 for rows in found.treatment.rows)


def parameters(depth: int, width: int) -> int:
    """Of an Elman RNN with two inputs and one output."""
    layers = [(2 if place == 0 else width) * width + width * width + 2 * width for place in range(depth)]
    return sum(layers) + width + 1


@pytest.mark.parametrize(
    ("treatment", "control", "confirmed"),
    [
        ([0.5] * 5, [2.0] * 5, True),
        ([0.5] * 4 + [1.5], [2.0] * 5, False),
        ([0.5] * 5, [2.0] * 4 + [0.9], False),
        ([0.5] * 5, [2.0] * 4 + [None], False),  # missing is not missed
        ([0.5] * 4 + [None], [2.0] * 5, False),
        ([0.5] * 5, [nan] * 5, True),  # a comparison with NaN is false
        ([0.5], [2.0], True),
    ],
)
def test_confirmed_is_met_on_all_seeds_and_missed_on_all_by_the_control(
    treatment: list[Any], control: list[Any], confirmed: bool
) -> None:
    assert tried(treatment, control).confirmed is confirmed


def test_fisher_counts_the_seeds_that_can_be_judged() -> None:
    assert isclose(tried([0.5] * 5, [2.0] * 5).p, 2 / 252)
    assert isclose(tried([0.5] * 5, [2.0] * 3 + [None] * 2).p, 1 / 56)
    assert tried([0.5] * 3, [None] * 3).p == 1.0
    assert tried([0.5] * 3, [None] * 3).control.unknown == 3


def test_a_failed_run_decides_nothing() -> None:
    failed = row(1) | {"status": "failed", "error": "lost the thread"}
    arm = judged(["status == 'finished'"], [row(0), failed], range(2))
    assert (arm.outcomes, arm.notes[1], arm.failed) == ([True, None], "a run failed: lost the thread", 1)


def test_notes_name_the_first_expectation_that_is_not_met() -> None:
    expect = ["loss.final < 1", "loss.test < 1", Claim(that="median(loss.final) < 1")]
    arm = judged(expect, [row(0, **{"loss.final": 2.0}), row(1, **{"loss.final": 0.5})], range(2))
    assert arm.outcomes == [False, None]
    assert arm.notes[0] == "loss.final < 1 is not met"
    assert arm.notes[1].startswith("loss.test < 1 cannot be judged: met in 0 of 1 runs, 1 cannot be judged")


@pytest.mark.parametrize(
    ("treatment", "control", "why"),
    [
        ([1.0, 2.0], [None, 1.0], "missing in 1 of 2 seeds, control arm"),
        ([inf, 2.0], [1.0, 1.0], "inf in 1 of 2 seeds, treatment"),
        ([1.0, 2.0], [nan, nan], "nan in 2 of 2 seeds, control arm"),
        ([1.0, 2.0], [0.5, 0.5], ""),
    ],
)
def test_an_effect_that_is_missing_or_not_finite_is_said_to_be(treatment: Any, control: Any, why: str) -> None:
    found = tried(treatment, control)
    assert found.unpaired == why
    assert (found.effect is None) == bool(why)


def test_the_effect_is_paired_by_seed_and_truths_are_rates() -> None:
    found = tried([3.0, 1.0, 2.0], [2.0, 0.0, 1.0])
    assert found.effect == (1.0, None, None)
    solved = [[row(solved=value) for value in values] for values in ([True, False], [False, False])]
    arms = [Arm([0], [rows], [True], [""]) for rows in solved]
    rate = Tried(Path("x.yaml"), Statement(**CLAIM | {"effect": "solved"}), *arms)
    assert rate.effect == (0.5, None, None)


def test_configs_are_found_in_folders(tmp_path: Path) -> None:
    one, other = config(tmp_path, "b.yaml"), config(tmp_path, "a.yaml")
    written(tmp_path, as_yaml(SMALL), "plain.yaml")
    assert api.claim_configs([one, tmp_path]) == [one, other]
    with pytest.raises(SpecError) as caught:
        api.claim_configs([tmp_path / "plain.yaml", tmp_path / "gone.yaml"])
    assert [problem.source for problem in caught.value.problems] == [
        str(tmp_path / "plain.yaml"), str(tmp_path / "gone.yaml"),
    ]  # fmt: skip


def test_what_cannot_be_tried(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="--seeds: must be at least 1"):
        only(config(tmp_path), tmp_path, seeds=0)
    with pytest.raises(SpecError, match="states no claim"):
        only(written(tmp_path, as_yaml(SMALL)), tmp_path)

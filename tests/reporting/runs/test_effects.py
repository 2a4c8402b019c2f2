"""What makes a difference: planted effects are found, noise is not, and what cannot be known is said."""

import random
from itertools import combinations
from math import exp, inf, nan
from pathlib import Path
from typing import Any

import pytest
from reporting.changes import compared, material, values
from reporting.rows import failed, grid_rows

from gradx.base.statistics import holm, paired
from gradx.reporting.runs.effects import effects
from gradx.reporting.runs.material import Material, Source
from gradx.store.runs import Results

SEEDS = [0, 1, 2, 3, 4]


def test_a_planted_effect_in_words() -> None:
    rows = grid_rows(init=["xavier_normal", "orthogonal"], depth=[10, 20], seed=SEEDS)
    for row in rows:
        row["growth.depth"] = 0.5 * exp(0.3 * (row["init"] == "orthogonal") + 0.01 * row["seed"] * row["depth"] / 10)
        row["growth.depth"] *= 1 + 0.001 * row["seed"] * (row["init"] == "orthogonal")
    source = Source(Results(Path("results/grid")), axes={"init": ["xavier_normal", "orthogonal"]})
    found = effects(Material([], [source], rows, len(rows)))
    (effect,) = (each for each in found if each.axis == "init")
    assert effect.beyond_noise
    assert effect.difference.pairs == 10
    assert effect.sentence() == (
        "init orthogonal instead of xavier_normal: growth per layer × 1.353 "
        "(95 % 1.35 to 1.355, 5 seeds, mean over depth)"
    )


def test_every_effect_is_what_comparing_run_with_run_gives() -> None:
    """The slow twin, with random losses: all pairs of runs that differ in one key only."""
    draw = random.Random(0)
    rows = grid_rows(activation=["tanh", "relu", "sigmoid"], width=[8, 16, 32], seed=[0, 1, 2])
    rows = [row | {"loss.final": draw.random()} for row in rows if draw.random() < 0.8]
    found = {(e.axis, e.before, e.after): e.difference for e in compared(rows, "loss.final")}
    p_values = {}
    for axis, other in (("activation", "width"), ("width", "activation")):
        for before, after in combinations(dict.fromkeys(grid[axis] for grid in rows), 2):
            by_seed: dict[int, list[float]] = {}
            for one in rows:
                for two in rows:
                    alike = (one[other], one["seed"]) == (two[other], two["seed"])
                    if (one[axis], two[axis]) == (before, after) and alike:
                        by_seed.setdefault(one["seed"], []).append(two["loss.final"] - one["loss.final"])
            expected = paired([sum(each) / len(each) for each in by_seed.values()])
            made = found.get((axis, str(before), str(after))) or found[axis, str(after), str(before)]
            sign = 1 if (axis, str(before), str(after)) in found else -1
            assert expected is not None
            assert made.size == pytest.approx(sign * expected.mean, rel=1e-9)
            assert made.p == pytest.approx(expected.p, rel=1e-9)
            p_values[id(made)] = made.p
    assert len(p_values) == len(found) == 6
    adjusted = [made.adjusted for made in found.values()]
    assert adjusted == pytest.approx(holm([made.p or 0.0 for made in found.values()]))


def test_noise_is_called_a_difference_in_one_report_of_twenty_at_most() -> None:
    """400 reports of nothing but noise, 12 comparisons each: within 3 standard errors of 5 %."""
    draw, reports, wrong = random.Random(1), 400, 0
    for _ in range(reports):
        rows = grid_rows(activation=["a", "b", "c"], init__gain=[1.0, 2.0, 3.0], seed=SEEDS)
        rows = [row | {"loss.final": draw.gauss(0, 1), "growth.depth": exp(draw.gauss(0, 1))} for row in rows]
        found = effects(material(rows))
        assert len(found) == 12
        wrong += any(effect.beyond_noise for effect in found)
    assert wrong / reports <= 0.05 + 3 * (0.05 * 0.95 / reports) ** 0.5


def test_divergence_is_data() -> None:
    rows = grid_rows(clipping=["none", "norm"], seed=SEEDS)
    for row in rows[:5]:
        row |= {"status": "diverged", "loss.final": [nan, inf][row["seed"] % 2], "metric.final": None}
    found = {effect.outcome.key: effect for effect in effects(material(rows))}
    assert found["status diverged"].beyond_noise
    assert found["status diverged"].sentence() == (
        "clipping norm instead of none: share diverged 0/5 against 5/5 (p 0.0079, 5 seeds)"
    )
    for key in ("loss.final",):
        assert found[key].beyond_noise is None
        assert found[key].sentence().endswith("final loss finite in 0 of 5 pairs: 5/5 runs against 0/5, all 5 diverged")


def test_what_holds_by_definition_is_no_effect() -> None:
    """Without clipping the clip rate is 0, whatever else there is: only the runs that clip are compared by it."""
    rows = grid_rows(clipping=["none", "norm", "value"], depth=[1, 2], seed=SEEDS)
    for row in rows:
        row["clip_rate"] = 0.0 if row["clipping"] == "none" else 0.1 * row["depth"] + 0.01 * row["seed"] ** 2
        row["clip_rate"] += 0.2 * (row["clipping"] == "value") * (1 + 0.01 * row["seed"])
    found = {(each.axis, each.before, each.after): each.difference for each in compared(rows, "clip_rate")}
    assert set(found) == {("clipping", "norm", "value"), ("depth", "1", "2")}
    assert (found["depth", "1", "2"].pairs, found["depth", "1", "2"].size) == (10, pytest.approx(0.1))
    assert found["depth", "1", "2"].over == ("clipping",)
    alone = compared([row for row in rows if row["clipping"] != "value"], "clip_rate")
    assert [(each.axis, each.difference.pairs, each.difference.over) for each in alone] == [("depth", 5, ())]


def test_which_values_are_compared() -> None:
    def of(count: int, name: str, made: Any) -> list[tuple[str, str]]:
        rows = grid_rows(**{name: [made(place) for place in range(count)]}, seed=[0, 1])
        draw = random.Random(0)
        return values(compared([row | {"loss.final": draw.random()} for row in rows], "loss.final"))

    assert sorted(of(4, "depth", lambda place: 2**place)) == [("1", "2"), ("1", "8"), ("2", "4"), ("4", "8")]
    assert sorted(of(2, "depth", lambda place: 2**place)) == [("1", "2")]
    assert len(of(6, "activation", lambda place: f"a{place}")) == 15
    assert sorted(of(8, "activation", lambda place: f"a{place}")) == [("a0", f"a{place}") for place in range(1, 8)]


def test_failed_runs_and_runs_of_two_experiments() -> None:
    rows = [row | {"loss.final": row["depth"] + row["seed"] ** 2 / 10} for row in grid_rows(depth=[1, 2], seed=SEEDS)]
    again = [row | {"name": "again"} for row in rows]
    assert effects(material([*rows, *again])) == effects(material(rows))
    (effect,) = compared([*rows[:9], failed(rows[9])], "loss.final")
    assert effect.difference.pairs == 4
    assert not compared([*rows[:9], failed(rows[9])], "status diverged")


def test_the_result_that_is_asked_for() -> None:
    rows = [row | {"loss.test": row["depth"] + row["seed"] ** 2 / 10} for row in grid_rows(depth=[1, 2], seed=SEEDS)]
    assert [effect.outcome.key for effect in effects(material(rows, y="loss.test"))] == ["loss.test"]
    assert effects(material(rows, y="architecture")) == effects(material(rows, y="solved")) == []


def test_a_value_that_is_not_there_is_none() -> None:
    rows = grid_rows(init__recurrent=[None, "orthogonal"], seed=[0, 1])
    rows = [row | {"growth.depth": 0.5 + row["seed"] + (row["init.recurrent"] is None)} for row in rows]
    (effect,) = compared(rows, "growth.depth")
    assert effect.sentence().startswith("init.recurrent orthogonal instead of none: growth per layer × ")


def test_untrained_networks_are_not_compared_by_what_training_comes_to() -> None:
    """A steep loss at initialization is no final loss; the growth, which needs no training, stays an effect."""
    rows = grid_rows(init__gain=[1.0, 2.0], steps=[0, 10], seed=SEEDS)
    for row in rows:
        jitter = 1 + 0.001 * row["seed"]
        row["steps_done"] = row["steps"]
        row |= {"growth.depth": row["init.gain"] * jitter, "loss.final": row["init.gain"] * jitter}
        row |= {"metric.final": row["init.gain"] * jitter, "clip_rate": row["init.gain"] / 10 * jitter}
    untrained = [row for row in rows if row["steps"] == 0]
    assert {effect.outcome.key for effect in effects(material(untrained))} == {"growth.depth"}
    assert {effect.outcome.key for effect in effects(material(untrained, y="loss.final"))} == {"growth.depth"}
    assert {effect.outcome.key for effect in effects(material(untrained, y="loss.first"))} == {
        "growth.depth",
        "loss.first",
    }
    mixed = {(effect.axis, effect.outcome.key): effect.difference for effect in effects(material(rows))}
    assert ("steps", "loss.final") not in mixed
    assert (mixed["init.gain", "growth.depth"].pairs, mixed["init.gain", "loss.final"].pairs) == (10, 5)

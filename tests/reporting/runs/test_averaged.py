"""What a difference is a mean over is said, and where it goes both ways."""

import random
from math import exp
from typing import Any

from reporting.rows import grid_rows

from gradx.reporting.runs.effects import Effect, effects
from gradx.reporting.runs.material import Material

SEEDS = list(range(5))


def found(rows: list[dict[str, Any]], axis: str, outcome: str = "growth.depth") -> Effect:
    made = effects(Material([], [], rows, len(rows)))
    (effect,) = (each for each in made if (each.axis, each.outcome.key) == (axis, outcome))
    return effect


def grown(up: float, down: float, seed: int, noise: float = 0.01) -> list[dict[str, Any]]:
    """Orthogonal weights change the growth by exp(up) at depth 10 and exp(down) at depth 40."""
    draw = random.Random(seed)
    rows = grid_rows(init=["normal", "orthogonal"], depth=[10, 40], seed=SEEDS)
    for row in rows:
        change = (up if row["depth"] == 10 else down) * (row["init"] == "orthogonal")
        row["growth.depth"] = exp(change + 0.3 * row["seed"] + draw.gauss(0, noise))
    return rows


def test_a_mean_of_both_directions_is_not_told_as_one_effect() -> None:
    effect = found(grown(0.5, -0.2, seed=0, noise=1e-4), "init")
    assert effect.beyond_noise
    assert effect.difference.over == ("depth",)
    assert effect.difference.turns == "opposite ways: × 0.819 for depth 40, × 1.65 for depth 10"
    assert effect.sentence().endswith("mean over depth, opposite ways: × 0.819 for depth 40, × 1.65 for depth 10)")


def test_what_cancels_out_is_not_told_as_nothing() -> None:
    effect = found(grown(0.3, -0.3, seed=1), "init")
    assert not effect.beyond_noise
    assert effect.difference.turns.startswith("opposite ways: ")


def test_one_direction_needs_no_word() -> None:
    for ends in ((0.5, 0.2), (0.5, 0.0)):
        effect = found(grown(*ends, seed=2), "init")
        assert (effect.difference.over, effect.difference.turns) == (("depth",), "")


def test_noise_rarely_goes_both_ways() -> None:
    """200 sweeps without any effect: that both directions pass Holm's correction by chance is far below 5 %."""
    turned = [found(grown(0.0, 0.0, seed, noise=0.5), "init").difference.turns for seed in range(200)]
    assert sum(map(bool, turned)) <= 10


def test_one_seed_and_nothing_to_average_over() -> None:
    one = [row for row in grown(0.5, -0.5, seed=3) if row["seed"] == 0]
    assert (found(one, "init").difference.over, found(one, "init").difference.turns) == (("depth",), "")
    alone = [row for row in grown(0.5, -0.5, seed=3) if row["depth"] == 10]
    assert found(alone, "init").difference.over == ()


def test_runs_of_one_side_that_a_key_tells_apart() -> None:
    rows = grid_rows(clipping=["none"], clipping__max_norm=[None], seed=SEEDS)
    rows += grid_rows(clipping=["norm"], clipping__max_norm=[1.0, 5.0], seed=SEEDS)
    for place, row in enumerate(rows):
        row |= {"run": f"{place:012x}", "loss.final": row["seed"] / (3 + place)}
    assert found(rows, "clipping", "loss.final").difference.over == ("clipping.max_norm",)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """500 sweeps whose growth is a known function of the axes, seeds and noise: 95 % within 3 standard errors."""
    draw, sweeps, covered = random.Random(4), 500, 0
    for _ in range(sweeps):
        rows = grid_rows(activation=["a", "b"], depth=[10, 20], seed=SEEDS)
        common = [draw.gauss(0, 0.5) for _ in SEEDS]
        for row in rows:
            change = 0.3 * (row["activation"] == "b") + 0.01 * row["depth"]
            row["growth.depth"] = exp(change + common[row["seed"]] + draw.gauss(0, 0.2))
        made = found(rows, "activation").difference
        assert made.low is not None
        assert made.high is not None
        covered += made.low <= exp(0.3) <= made.high
    assert abs(covered / sweeps - 0.95) <= 3 * (0.95 * 0.05 / sweeps) ** 0.5

"""The answer of a comparison counts what could be judged, and says what could not, or what its mean hides."""

from collections.abc import Callable
from math import exp, nan
from pathlib import Path
from typing import Any

from reporting.kept import kept
from reporting.rows import grid_rows

from gradx.reporting.runs.comparison import compared
from gradx.reporting.runs.material import material
from gradx.reporting.views.headline_compared import headline

SEEDS = [0, 1, 2, 3, 4]
Change = Callable[[dict[str, Any]], dict[str, Any]]


def answer(where: Path, change: Change, seeds: list[int] = SEEDS, spread: float = 0.1) -> str:
    """Of runs of two depths against the same with another init and `change`."""
    rows = grid_rows(init=["normal"], depth=[10, 40], seed=seeds)
    for place, row in enumerate(rows):
        row |= {"run": f"a{place:011x}", "growth.depth": exp(row["seed"] * spread)}
    other = [row | change(row) | {"run": f"b{row['run'][1:]}", "init": "orthogonal"} for row in rows]
    sides = [kept(where / "one", rows), kept(where / "two", other)]
    return headline(compared(material(sides)), []).answer


def noise(row: dict[str, Any]) -> float:
    return (0.01, -0.02, 0.02, -0.01, 0.005)[int(row["seed"])] * (1.0 if row["depth"] == 10 else -1.5)


def test_a_difference_and_what_it_is_a_mean_over(tmp_path: Path) -> None:
    found = answer(tmp_path, lambda row: {"growth.depth": row["growth.depth"] * exp(0.7 + noise(row))})
    assert found.startswith("Of 1 comparison 1 is beyond noise: ")
    assert "growth per layer × 2.01 (95 % 2 to 2.02" in found
    assert found.endswith("5 seeds, mean over depth).")


def test_opposite_differences_are_not_nothing(tmp_path: Path) -> None:
    found = answer(
        tmp_path,
        lambda row: {"growth.depth": row["growth.depth"] * exp((0.7 if row["depth"] == 10 else -0.7) + 2 * noise(row))},
    )
    assert found.startswith("Nothing beyond noise, in 1 comparison of 10 pairs; but ")
    assert "opposite ways: × 0.49" in found


def test_what_cannot_be_judged_is_not_counted_as_noise(tmp_path: Path) -> None:
    lost = answer(tmp_path, lambda row: {"growth.depth": row["growth.depth"] + noise(row), "loss.final": nan})
    assert lost.startswith("Nothing beyond noise, in 1 comparison of 10 pairs; 1 more cannot be judged: ")
    assert lost.endswith("final loss no finite value in 10 of 10 pairs.")


def test_nothing_can_be_judged(tmp_path: Path) -> None:
    lost = answer(tmp_path / "nan", lambda row: {"loss.final": nan}, spread=0)
    assert lost == "Unknown: 10 pairs, and values are not finite, or there is one seed."
    one = answer(tmp_path / "one", lambda row: {"loss.final": 3.0}, seeds=[0], spread=0)
    assert one == "Unknown: 2 pairs, and the noise is only known with several seeds."
    assert answer(tmp_path / "same", lambda row: {}, spread=0) == "Nothing: 10 pairs with the same results."

"""The answer of a comparison counts what could be judged, and says what could not, or what its mean hides."""

from collections.abc import Callable
from math import exp, nan
from pathlib import Path
from typing import Any

from reporting.kept import kept
from reporting.rows import grid_rows

from gradx.reporting.elements import Axis, LineChart, Section, Series
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
    assert lost.endswith("final loss finite in 0 of 10 pairs: 0/10 runs against 10/10.")


def test_nothing_can_be_judged(tmp_path: Path) -> None:
    lost = answer(tmp_path / "nan", lambda row: {"loss.final": nan}, spread=0)
    assert lost == "Unknown: 10 pairs, and values are not finite, or there are too few seeds."
    few = answer(tmp_path / "few", lambda row: {"solved": True}, seeds=[0, 1], spread=0)
    assert few == "Unknown: 4 pairs, and there are too few seeds to tell."
    one = answer(tmp_path / "one", lambda row: {"loss.final": 3.0}, seeds=[0], spread=0)
    assert one == "Unknown: 2 pairs, and the noise is only known with several seeds."
    assert answer(tmp_path / "same", lambda row: {}, spread=0) == "Nothing: 10 pairs with the same results."


def single(where: Path, **changes: Any) -> str:
    """Of one run against another with these changes."""
    (row,) = grid_rows(seed=[0])
    sides = [
        kept(where / "plain", [row | {"run": "a", "status": "diverged", "diverged_at": 1, "loss.final": nan}]),
        kept(
            where / "clip", [row | {"run": "b", "clipping": "norm", "loss.final": 0.24, "metric.final": 0.2} | changes]
        ),
    ]
    return headline(compared(material(sides)), []).answer


def test_of_one_pair_the_end_of_each_is_told(tmp_path: Path) -> None:
    found = single(tmp_path / "a")
    assert found.startswith("plain diverges at step 1, ")
    assert "clip finishes, " in found
    assert "final loss 0.24" in found
    assert "accuracy 0.2" in found
    assert "nan" not in found
    assert found.endswith("; one seed says nothing about noise.")
    assert "clip is not trained; one" in single(tmp_path / "b", steps=0, steps_done=0)


def test_a_figure_does_not_mix_the_last_steps_of_what_diverged(tmp_path: Path) -> None:
    (row,) = grid_rows(seed=[0])
    ends = [kept(tmp_path / "a", [row | {"run": "a"}]), kept(tmp_path / "b", [row | {"run": "b", "clipping": "norm"}])]
    gone = kept(tmp_path / "c", [row | {"run": "c", "clipping": "norm", "status": "diverged", "diverged_at": 1}])
    lines = [Series("a", [0, 1], [1, 2]), Series("b", [0, 1], [1, 3])]
    last, loss = (LineChart(key, key, Axis("x"), Axis("y"), lines) for key in ("gradient-by-time-last", "loss"))
    section = Section("curves", "Curves", "", [last, loss])
    for sides, shown in ((ends, last), ([ends[0], gone], loss)):
        figure = headline(compared(material(sides)), [section]).figure
        assert figure is not None
        assert figure.title == shown.title

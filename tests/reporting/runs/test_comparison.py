"""`gradx compare`: runs of several directories paired by their specs, and what is said where they do not pair."""

import json
import re
from collections.abc import Sequence
from math import log, nan
from pathlib import Path
from typing import Any

import pytest
from reporting.kept import kept
from reporting.rows import failed, grid_rows

import gradx
from gradx.base.errors import SpecError
from gradx.base.statistics import paired
from gradx.reporting.runs import comparison
from gradx.reporting.runs.comparison import Comparison, labels
from gradx.reporting.runs.material import material
from gradx.store.runs import Results

SEEDS = [0, 1, 2, 3, 4]


def saved(where: Path, rows: Sequence[dict[str, Any]], **environment: Any) -> Path:
    """A results directory; runs are numbered anew, so that no two directories share one."""
    results = Results(where)
    results.create("name: x\n", environment)
    named = [row | {"run": f"{where.name[:4]:_<4}{place:08x}", "name": where.name} for place, row in enumerate(rows)]
    if named:
        with results.claim([row["run"] for row in named]) as claim:
            claim.commit(named)
    return where


def compared(paths: Sequence[Path], where: str | None = None) -> Comparison:
    return comparison.compared(material(paths, where))


def measured(**axes: Sequence[Any]) -> list[dict[str, Any]]:
    """A grid whose growth depends on init, depth and seed."""
    rows = grid_rows(**axes)
    for row in rows:
        factor = 1.5 + row["seed"] / 100 if row["init"] == "orthogonal" else 1.0
        row["growth.depth"] = 0.5 * factor + row["depth"] / 1000 + row["seed"] / 50
    return rows


@pytest.fixture
def two(tmp_path: Path) -> Comparison:
    plain = measured(init=["xavier_normal"], depth=[10, 20], seed=SEEDS)
    better = measured(init=["orthogonal"], depth=[10, 20, 30], seed=SEEDS[:4])
    return compared([saved(tmp_path / "plain", plain), saved(tmp_path / "better", better)])


def contrasts(comparison: Comparison) -> dict[str, list[str]]:
    return {contrast.key: list(contrast.values) for contrast in comparison.contrasts}


def test_runs_are_paired_by_their_specs(two: Comparison) -> None:
    (pairing,) = two.pairings
    assert (pairing.treatments, pairing.names, pairing.axes) == (["init"], ["depth"], ["depth"])
    assert pairing.pairs == 8
    for cell in pairing.cells:
        before, after = (pairing.rows[place] for (place,) in (cell.before, cell.after))
        assert (before["init"], after["init"]) == ("xavier_normal", "orthogonal")
        assert (before["depth"], before["seed"]) == (after["depth"], after["seed"])
    assert contrasts(two) == {
        "name": ["plain", "better"],
        "init": ["xavier_normal", "orthogonal"],
        "depth": ["10, 20", "10, 20, 30"],
        "seed": ["0, 1, 2, 3 and 1 more", "0, 1, 2, 3"],
    }
    assert list(pairing.notes) == [
        "2 runs of plain without a partner: depth 10, seed 4 (plai00000004); depth 20, seed 4 (plai00000009).",
        "4 runs of better without a partner: depth 30, seed 0 (bett00000008); depth 30, seed 1 (bett00000009); "
        "depth 30, seed 2 (bett0000000a) and 1 more.",
    ]


def test_the_effect_is_the_paired_one(two: Comparison) -> None:
    (effect,) = two.effects
    rows = two.pairings[0].rows
    growth = {(row["init"], row["depth"], row["seed"]): row["growth.depth"] for row in rows}
    logs = [
        [log(growth["orthogonal", depth, seed]) - log(growth["xavier_normal", depth, seed]) for depth in (10, 20)]
        for seed in SEEDS[:4]
    ]
    expected = paired([sum(each) / 2 for each in logs])
    assert expected is not None
    assert effect.difference.d_z == pytest.approx(expected.d_z, rel=1e-6)
    assert effect.difference.adjusted == pytest.approx(expected.p, rel=1e-6)
    assert effect.sentence().startswith("better instead of plain: growth per layer × 1.")


def test_a_key_that_only_one_side_has(tmp_path: Path) -> None:
    without = grid_rows(clipping=["none"], clipping__max_norm=[None], seed=[0, 1])
    clipped = grid_rows(clipping=["norm"], clipping__max_norm=[1.0, 5.0], seed=[0, 1])
    for place, row in enumerate((*without, *clipped)):
        row["loss.final"] = float(place**2)
    made = compared([saved(tmp_path / "plain", without), saved(tmp_path / "clipped", clipped)])
    (pairing,) = made.pairings
    assert contrasts(made)["clipping.max_norm"] == ["-", "1, 5"]
    assert pairing.pairs == 4
    assert list(pairing.notes) == [
        "Several runs stand against one, as one side has no clipping.max_norm: their mean counts."
    ]
    (loss,) = (effect.difference for effect in made.effects)
    assert loss.size == pytest.approx(((4 + 16) / 2 - 0 + (9 + 25) / 2 - 1) / 2)


def test_several_keys_differ(tmp_path: Path) -> None:
    one, other = grid_rows(init=["a"], width=[8], seed=[0, 1]), grid_rows(init=["b"], width=[16], seed=[0, 1])
    made = compared([saved(tmp_path / "one", one), saved(tmp_path / "other", other)])
    (note,) = made.pairings[0].notes
    assert note == "other differs from one in init, width: what is measured is the effect of all of them together."


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"depth": [1, 2], "seed": [0]}, {"depth": [3], "seed": [0]}, "they have no depth (1, 2 and 3) in common; a "),
        ({"seed": [0, 1]}, {"seed": [2]}, "they have no seed (0, 1 and 2) in common; a "),
        (
            {"width": [8, 16], "depth": [1, 2], "seed": [0]},
            {"width": [16, 8], "depth": [1, 2], "seed": [0]},
            "no combination of depth, width, seed is in both.",
        ),
    ],
)
def test_nothing_pairs(tmp_path: Path, one: dict[str, Any], other: dict[str, Any], why: str) -> None:
    sides = [grid_rows(**one), grid_rows(**other)]
    if "width" in one:  # (8, 1) and (16, 2) on one side, (16, 1) and (8, 2) on the other
        sides = [[rows[0], rows[3]] for rows in sides]
    made = compared([saved(tmp_path / name, rows) for name, rows in zip(("one", "other"), sides, strict=True)])
    (pairing,) = made.pairings
    assert (list(pairing.cells), list(made.effects)) == ([], [])
    (note,) = pairing.notes
    assert note.startswith(f"No run of other pairs with one of one: {why}")


def test_a_side_without_runs(tmp_path: Path) -> None:
    full = saved(tmp_path / "full", grid_rows(seed=[0, 1]))
    (tmp_path / "empty").mkdir()
    broken = saved(tmp_path / "broken", [failed(row) for row in grid_rows(seed=[0, 1])])
    made = compared([full, tmp_path / "empty", broken])
    assert [list(pairing.notes) for pairing in made.pairings] == [
        ["empty has no runs with results."],
        ["broken has no runs with results."],
    ]
    assert made.effects == []
    assert contrasts(made) == {"name": ["full", "-", "broken"]}


def test_a_directory_with_itself(tmp_path: Path) -> None:
    """By whatever path: that there is no difference would be no result."""
    path, other = (saved(tmp_path / name, grid_rows(seed=SEEDS)) for name in ("one", "other"))
    (tmp_path / "link").symlink_to(path)
    for again in (path, path / ".." / "one", tmp_path / "link"):
        with pytest.raises(SpecError, match=f"^{re.escape(f'{path} and {again}')} are the same directory$"):
            compared([path, again])
    with pytest.raises(SpecError, match=r"other and .*other are the same directory"):
        compared([path, other, other])


def test_two_directories_with_the_same_results(tmp_path: Path) -> None:
    rows = [row | {"loss.final": float(row["seed"])} for row in grid_rows(seed=SEEDS)]
    made = compared([saved(tmp_path / name, rows) for name in ("one", "other")])
    assert made.pairings[0].pairs == 5
    (loss,) = (effect.difference for effect in made.effects)
    assert (loss.size, loss.text, loss.judgement, loss.beyond_noise) == (0.0, "the same", "the same", None)


def test_three_sides_each_against_the_first(tmp_path: Path) -> None:
    sides = {init: measured(init=[init], depth=[10], seed=SEEDS) for init in ("xavier_normal", "orthogonal", "lsuv")}
    made = compared([saved(tmp_path / name, rows) for name, rows in sides.items()])
    growth = {effect.after: effect for effect in made.effects if effect.outcome.key == "growth.depth"}
    assert {effect.before for effect in made.effects} == {"xavier_normal"}
    assert growth["orthogonal"].beyond_noise
    assert growth["lsuv"].difference.text == "the same"
    assert growth["orthogonal"].difference.adjusted == growth["orthogonal"].difference.p  # what is the same is no guess


def test_other_versions_and_other_data_are_said(tmp_path: Path) -> None:
    old = saved(tmp_path / "old", [row | {"task.sha256": "aa"} for row in grid_rows(seed=[0])], torch="2.12", cuda=None)
    new = saved(tmp_path / "new", [row | {"task.sha256": "bb"} for row in grid_rows(seed=[0])], torch="2.13", cuda=None)
    made = compared([old, new])
    assert contrasts(made) == {
        "name": ["old", "new"],
        "task.sha256": ["aa", "bb"],
        "environment.torch": ["2.12", "2.13"],
    }
    (old / "environment.json").write_text("[not json")
    assert contrasts(compared([old, new]))["environment.torch"] == ["-", "2.13"]
    (old / "environment.json").write_text(json.dumps(["a list"]))
    assert contrasts(compared([old, new]))["environment.torch"] == ["-", "2.13"]


def test_a_filter(tmp_path: Path) -> None:
    plain = saved(tmp_path / "plain", measured(init=["lsuv"], depth=[10, 20], seed=SEEDS))
    other = saved(tmp_path / "other", measured(init=["orthogonal"], init__gain=[1.0], depth=[10, 20], seed=SEEDS))
    made = compared([plain, other], "depth > 10")
    assert made.pairings[0].pairs == 5
    assert compared([plain, other], "init.gain >= 1").pairings[0].pairs in (0, 10)  # a column of one side only
    with pytest.raises(SpecError, match="unknown column"):
        compared([plain, other], "depht > 10")
    with pytest.raises(SpecError, match="two directories"):
        compared([plain])
    with pytest.raises(SpecError, match="not a directory"):
        compared([plain, tmp_path / "nowhere"])


def test_a_directory_with_one_of_those_in_it(tmp_path: Path) -> None:
    """Each side has all that is in and under its path, whatever the sides share, in the order of its own runs."""
    plain = saved(tmp_path / "plain", measured(init=["lsuv"], depth=[10, 20], seed=SEEDS))
    saved(tmp_path / "other", measured(init=["orthogonal"], depth=[10], seed=SEEDS))
    (tmp_path / "link").symlink_to(plain)
    for where in (None, "depth == 10"):
        made = compared([tmp_path, tmp_path / "link"], where)
        alone = [material([path], where) for path in (tmp_path, plain)]
        assert [side.material.rows for side in made.sides] == [one.rows for one in alone]
        assert [side.material.total for side in made.sides] == [15, 10]


def test_a_run_of_two_directories_is_on_each_side_as_it_was_measured_there(tmp_path: Path) -> None:
    one, other = ([row | {"loss.final": loss + row["seed"]} for row in grid_rows(seed=SEEDS)] for loss in (1.0, 3.0))
    paths = [kept(tmp_path / name, rows) for name, rows in (("one", one), ("other", other))]
    (effect,) = compared(paths).effects
    assert (effect.difference.size, effect.difference.pairs) == (2.0, 5)


def test_every_row_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [saved(tmp_path / init, measured(init=[init], depth=[10, 20], seed=SEEDS)) for init in ("lsuv", "zero")]
    read: list[Path] = []
    rows = Results.rows

    def counted(results: Results, *args: Any) -> dict[str, dict[str, Any]]:
        read.append(results.paths.root)
        return rows(results, *args)

    monkeypatch.setattr(Results, "rows", counted)
    made = gradx.compare(*paths, where="depth == 10")
    assert made.data()["runs"] == 10
    assert sorted(read) == sorted(paths)


def test_values_that_are_not_finite(tmp_path: Path) -> None:
    one = saved(tmp_path / "one", [row | {"loss.final": nan} for row in grid_rows(init=["a"], seed=SEEDS)])
    other = saved(tmp_path / "other", grid_rows(init=["b"], seed=SEEDS))
    (effect,) = compared([one, other]).effects
    assert effect.sentence() == "other instead of one: final loss finite in 0 of 5 pairs: 5/5 runs against 0/5"
    assert effect.beyond_noise is None


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/a/x", "/a/y"], ["x", "y"]),
        (["/a/x", "/b/x"], ["a/x", "b/x"]),
        (["/a/x", "/b/x", "/b/y"], ["a/x", "b/x", "b/y"]),
        (["/x", "/a/x"], ["/x", "a/x"]),
    ],
)
def test_labels_are_unique(paths: list[str], expected: list[str]) -> None:
    assert labels([Path(path) for path in paths]) == expected

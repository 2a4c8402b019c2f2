"""The differences at each combination are those of its pairs alone."""

from pathlib import Path

from reporting.kept import kept
from reporting.rows import grid_rows

from gradx.reporting.runs.comparison import compared
from gradx.reporting.runs.material import material
from gradx.reporting.runs.pointwise import pointwise


def test_each_combination_is_compared_alone(tmp_path: Path) -> None:
    """The slow twin: the comparison of two directories that hold one combination only."""
    plain = grid_rows(init=["a"], depth=[1, 2, 3], width=[8, 16], seed=[0, 1, 2])
    for row in plain:
        row["loss.final"] = row["depth"] * row["width"] / 10 + row["seed"] / 7
    other = [row | {"init": "b", "loss.final": row["loss.final"] * (1.1 + row["seed"] / 100)} for row in plain]
    sides = kept(tmp_path / "plain", plain), kept(tmp_path / "other", other)
    (pairing,) = compared(material(sides)).pairings
    found = pointwise(pairing, 5, 4)
    assert found is not None
    assert (found.axes, found.pairs, found.left) == (["depth", "width"], [3] * 5, 1)
    assert found.points == [(1, 8), (1, 16), (2, 8), (2, 16), (3, 8)]
    assert [outcome.key for outcome in found.differences] == ["loss.final"]
    (parts,) = found.differences.values()
    for (depth, width), part in zip(found.points, parts, strict=True):
        (alone,) = compared(material(sides, f"depth == {depth} and width == {width}")).effects
        assert part is not None
        assert (part.size, part.low, part.high) == (alone.difference.size, alone.difference.low, alone.difference.high)


def test_one_combination_or_no_difference_is_nothing(tmp_path: Path) -> None:
    rows = grid_rows(depth=[1, 2], seed=[0, 1])
    same = kept(tmp_path / "one", rows), kept(tmp_path / "two", rows)
    (pairing,) = compared(material(same)).pairings
    assert pairing.axes == ["depth"]
    assert pointwise(pairing, 5, 4) is None
    (single,) = compared(material(same, "depth == 1")).pairings
    assert pointwise(single, 5, 4) is None

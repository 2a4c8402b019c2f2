"""Runs are matched that are the same but for one thing."""

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import grid_rows

from gradx.reporting.runs.matching import Cell, Matching


@given(
    st.lists(
        st.fixed_dictionaries(
            {key: st.sampled_from([None, 1, 2]) for key in ("clipping.max_norm", "depth", "seed")}
            | {"clipping": st.sampled_from("ab")}
        ),
        max_size=12,
    )
)
def test_matched_is_what_comparing_all_with_all_finds(rows: list[dict[str, Any]]) -> None:
    names = ["clipping", "clipping.max_norm", "depth"]
    before, after = ([place for place, row in enumerate(rows) if row["clipping"] == kind] for kind in "ab")
    told = [key for key in names[1:] if all(any(rows[i][key] is not None for i in side) for side in (before, after))]
    pairs = {
        (one, other)
        for one, other in product(before, after)
        if all(rows[one][key] == rows[other][key] for key in (*told, "seed"))
    }
    cells = Matching(rows, names).matched(before, after, besides=("clipping",))
    assert {(one, other) for cell in cells for one, other in product(cell.before, cell.after)} == pairs
    assert all(rows[place]["seed"] == cell.seed for cell in cells for place in (*cell.before, *cell.after))


def test_a_key_that_one_side_lacks_keeps_nothing_apart() -> None:
    rows = [
        *grid_rows(clipping=["none"], clipping__max_norm=[None], seed=[0, 1]),
        *grid_rows(clipping=["norm"], clipping__max_norm=[1.0, 5.0], seed=[0, 1]),
    ]
    matching = Matching(rows, ["clipping", "clipping.max_norm"])
    assert matching.matched([0, 1], [2, 3, 4, 5], besides=("clipping",)) == [Cell(0, [0], [2, 4]), Cell(1, [1], [3, 5])]
    assert matching.matched([2, 3], [4, 5], besides=("clipping.max_norm",)) == [Cell(0, [2], [4]), Cell(1, [3], [5])]
    assert matching.matched([2, 3], [4, 5]) == []

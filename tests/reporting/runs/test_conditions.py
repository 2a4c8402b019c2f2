"""What is said of where runs come to which end: it holds of the rows, and is seldom said of ends drawn at random."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import comb, sqrt
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reporting.rows import grid_rows

from gradx.reporting.runs.conditions import CHANCE, Conditions, conditions
from gradx.reporting.runs.material import Material

Row = Mapping[str, Any]
Holds = Callable[[Row], bool]

WORDS = ["exploding", "vanishing", "stable"]
ACTIVATIONS = ["gelu", "relu", "tanh"]
DEPTHS = [5, 10, 20, 40]
RATES = [0.1, 0.3]


def of(rows: Sequence[Row]) -> Material:
    return Material([], [], rows, len(rows))


def said(rows: Sequence[Row], end: Callable[[Row], Any], told: Sequence[Any] = (True,)) -> dict[Any, str]:
    found = conditions(of(rows), [end(row) for row in rows], told)
    return dict(found.texts) if found else {}


def grid(**more: Sequence[Any]) -> list[dict[str, Any]]:
    return grid_rows(activation=ACTIVATIONS, depth=DEPTHS, optimizer__lr=RATES, **({"seed": [0, 1]} | more))


# each text, and what it says of a row: all that can be said of these axes, written down without a look at the ends

WORDED: dict[str, Holds] = {
    f"activation {' or '.join(some)}": lambda row, some=some: row["activation"] in some
    for size in (1, 2)
    for some in combinations(ACTIVATIONS, size)
}
DEPTH: dict[str, Holds] = {
    **{f"depth {one}": lambda row, one=one: row["depth"] == one for one in DEPTHS},
    **{f"depth <= {one}": lambda row, one=one: row["depth"] <= one for one in (10, 20)},
    **{f"depth >= {one}": lambda row, one=one: row["depth"] >= one for one in (10, 20)},
    "depth 10 or 20": lambda row: row["depth"] in (10, 20),
}
RATE: dict[str, Holds] = {f"optimizer.lr {one}": lambda row, one=one: row["optimizer.lr"] == one for one in RATES}
# where an axis has only some of its values left, a range ends at the last of them
AMONG = {**DEPTH, "depth 5 or 10": lambda row: row["depth"] <= 10, "depth 20 or 40": lambda row: row["depth"] >= 20}
SINGLE = {**WORDED, **DEPTH, **RATE}
DOUBLE: dict[str, Holds] = {
    f"{a} and {b}": lambda row, one=one, other=other: one(row) and other(row)
    for first in (WORDED, DEPTH, RATE)
    for second in (WORDED, AMONG, RATE)
    for a, one in first.items()
    for b, other in second.items()
    if a.split()[0] != b.split()[0]
}


def holds(text: str, rows: Sequence[Row], flags: Sequence[bool]) -> bool:
    """Whether a statement, the words of which mean what they say, is true of the rows: the slow and obvious way."""
    for kind, so in (
        ("exactly those with ", lambda inside: inside == list(flags)),
        ("only with ", lambda inside: all(here for here, flag in zip(inside, flags, strict=True) if flag)),
        ("including all with ", lambda inside: all(flag for here, flag in zip(inside, flags, strict=True) if here)),
    ):
        if text.startswith(kind):
            condition = {**SINGLE, **DOUBLE}[text.removeprefix(kind)]
            inside = [condition(row) for row in rows]
            unlike = kind.startswith("exactly") or inside != list(flags)
            return any(inside) and not all(inside) and unlike and so(inside)
    raise AssertionError(text)


RULES = st.tuples(st.sampled_from(sorted(SINGLE)), st.sampled_from(sorted(DOUBLE)), st.integers(0, 3), st.integers())


@settings(deadline=None)
@given(RULES, st.booleans())
def test_what_is_said_is_so(rules: tuple[str, str, int, int], several: bool) -> None:
    """Ends made by one or two conditions, some of them changed."""
    one, two, changed, seed = rules
    rows = grid()
    ends: list[Any] = [
        "exploding" if DOUBLE[two](row) else "vanishing" if SINGLE[one](row) else "stable" for row in rows
    ]
    for place in Random(seed).sample(range(len(rows)), changed):
        ends[place] = Random(seed).choice([*WORDS, None])
    if not several:
        ends = [end if end is None else end == "exploding" for end in ends]
    found = conditions(of(rows), ends, WORDS if several else [True])
    for end, text in (found.texts if found else {}).items():
        for part in text.split(", "):
            assert holds(part, rows, [each == end for each in ends]), text


@settings(deadline=None)
@given(st.sampled_from(sorted({**SINGLE, **DOUBLE})))
def test_what_decides_is_found(rule: str) -> None:
    """One condition decides without exception: that is said in its words, or those of its complement."""
    condition, rows = {**SINGLE, **DOUBLE}[rule], grid(seed=range(5))
    flags = [condition(row) for row in rows]
    if any(flags):
        text = said(rows, condition)[True]
        assert text.startswith("exactly those with ")
        assert holds(text, rows, flags)


def test_three_ends_along_one_axis() -> None:
    """The ends of a deep tanh network by its gain: what holds of all depths, and where a second axis decides."""
    first = {0.5: 10, 0.8: 20, 1.0: 99, 1.5: 99, 2.0: 40, 3.0: 20}  # the depth from which on it is not stable
    rows = grid_rows(init__gain=list(first), depth=[10, 20, 40], seed=range(5))

    def end(row: Row) -> str:
        gain = row["init.gain"]
        return "stable" if row["depth"] < first[gain] else "vanishing" if gain < 1 else "exploding"

    assert said(rows, end, WORDS) == {
        "exploding": "only with init.gain >= 2 and depth >= 20",
        "vanishing": "only with init.gain <= 0.8",
        "stable": "including all with init.gain 1 or 1.5",
    }


def test_of_one_end_both_are_said() -> None:
    """Necessary and sufficient are two things."""
    rows = grid(seed=range(4))
    odd = said(rows, lambda row: row["depth"] == 40 or (row["depth"] == 20 and row["seed"] % 2 == 0))
    assert odd == {True: "only with depth >= 20, including all with depth 40"}


def test_of_two_ends_that_share_a_value_the_others_are_said() -> None:
    """Sigmoid networks vanish, tanh networks do not, and with ReLU it depends on the weights."""
    rows = grid_rows(activation=["sigmoid", "tanh", "relu"], init=["xavier", "he"], seed=range(5))
    rows = [row for row in rows if (row["activation"], row["init"]) != ("tanh", "he")]
    stable = {("tanh", "xavier"), ("relu", "he")}
    assert said(rows, lambda row: "stable" if (row["activation"], row["init"]) in stable else "vanishing", WORDS) == {
        "vanishing": "including all with activation sigmoid",
        "stable": "including all with activation tanh",
    }


def test_a_second_axis_decides_the_rest() -> None:
    """Once all ends but one are told exactly, the rest needs no words; a coincidence among few runs has none."""
    rows = grid(seed=range(4))
    ends = {True: "exploding", False: "vanishing"}
    assert said(
        rows, lambda row: ends[row["depth"] > 5] if row["depth"] > 5 or row["activation"] == "tanh" else "stable", WORDS
    ) == {
        "exploding": "exactly those with depth >= 10",
        "vanishing": "exactly those with depth 5 and activation tanh",
    }
    deep = grid_rows(depth=range(1, 9), activation=ACTIVATIONS, optimizer__lr=RATES, seed=[0, 1])
    some = {("gelu", 0), ("relu", 0), ("relu", 1), ("tanh", 1)}
    few = said(
        deep, lambda row: row["depth"] == 8 and row["optimizer.lr"] == 0.1 and (row["activation"], row["seed"]) in some
    )
    assert few == {True: "only with depth 8"}


def test_two_axes_may_decide_where_neither_does_alone() -> None:
    """A claim and its control, two lengths, five seeds: a quarter of twenty runs is no coincidence, of eight it is."""
    rows = grid_rows(architecture=["rnn", "lstm"], sequence_length=[5, 50], seed=range(5))

    def end(row: Row) -> str:
        return "vanishing" if row["architecture"] == "rnn" and row["sequence_length"] == 50 else "stable"

    assert said(rows, end, WORDS) == {"vanishing": "exactly those with architecture rnn and sequence_length 50"}
    assert said([row for row in rows if row["seed"] < 2], end, WORDS) == {}
    drawn = [one | {"optimizer.lr": place / 100} for place, one in enumerate(grid_rows(seed=range(16)))]
    drawn = [one | {"clipping": ["none", "norm"][one["seed"] % 2]} for one in drawn]
    assert said(drawn, lambda row: row["optimizer.lr"] >= 0.08 and row["clipping"] == "none") == {}


def test_what_follows_is_not_said() -> None:
    """All that are left; what all do where others are said not to come."""
    rows = grid(seed=range(4))
    assert said(rows, lambda row: "vanishing" if row["depth"] >= 20 else "stable", WORDS) == {
        "vanishing": "exactly those with depth >= 20"
    }
    mixed = said(rows, lambda row: "vanishing" if row["depth"] > 5 and row["seed"] else "stable", WORDS)
    assert mixed == {"vanishing": "only with depth >= 10"}


def test_the_axis_that_explains_most_is_named_and_of_equals_the_first() -> None:
    rows = grid(seed=range(4))
    both = [row | {"width": row["depth"] * 2} for row in rows]
    found = conditions(of(both), [row["depth"] >= 20 for row in both], [True])
    assert found == Conditions(
        {True: "exactly those with depth >= 20; width differs as well"}, frozenset({"depth", "width"})
    )
    more = said(grid(seed=range(8)), lambda row: row["activation"] != "gelu" and row["depth"] == 40)
    assert more == {True: "exactly those with depth 40 and activation relu or tanh"}
    partly = said(rows, lambda row: row["activation"] == "tanh" or (row["depth"] == 40 and row["seed"] == 0))
    assert partly == {True: "including all with activation tanh"}


def test_ranges_have_no_gaps() -> None:
    """5 and 20, not 10: no range says so, and numbers are no list of words."""
    rows = grid_rows(depth=DEPTHS, seed=range(5))
    assert said(rows, lambda row: row["depth"] in (5, 20)) == {}
    deep = grid_rows(depth=[1, 2, 3, 4, 5, 6], seed=range(8))
    assert said(deep, lambda row: row["depth"] in (1, 3)) == {}
    assert said(deep, lambda row: 2 <= row["depth"] <= 4) == {True: "exactly those with depth from 2 to 4"}
    drawn = [row | {"optimizer.lr": place / 100} for place, row in enumerate(grid_rows(seed=range(40)))]
    assert said(drawn, lambda row: row["optimizer.lr"] >= 0.25 and row["seed"] != 30) == {
        True: "only with optimizer.lr >= 0.25, including all with optimizer.lr >= 0.31"
    }


def test_words_are_listed_up_to_three() -> None:
    kinds = ["adam", "adagrad", "lion", "rmsprop", "sgd", "sophia", "muon", "shampoo"]
    rows = grid_rows(optimizer=kinds, seed=range(4))
    assert said(rows, lambda row: row["optimizer"] in kinds[:3]) == {
        True: "exactly those with optimizer adagrad, adam or lion"
    }
    assert said(rows, lambda row: row["optimizer"] in kinds[:4]) == {}


def test_runs_whose_end_is_not_known_are_in_no_all() -> None:
    rows = grid_rows(depth=DEPTHS, seed=range(5))
    assert said(rows, lambda row: None if row["depth"] == 40 and row["seed"] else row["depth"] >= 20) == {
        True: "only with depth >= 20, including all with depth 20"
    }
    # nothing is known of depth 40: that none of it is seen there says nothing
    assert said(rows, lambda row: None if row["depth"] == 40 else True) == {}


def test_a_run_in_several_experiments_is_one_run() -> None:
    """One run that does it is no rule, in however many experiments it is."""
    rows = grid_rows(depth=DEPTHS, seed=[0])
    twice = [*rows, *(row | {"name": "other"} for row in rows)]
    assert said(twice, lambda row: row["depth"] == 40) == {}
    rows = grid_rows(depth=DEPTHS, seed=[0, 1])
    few = [*rows, *(row | {"name": "other"} for row in rows if row["depth"] == 40)]
    assert said(few, lambda row: row["depth"] == 40) == {True: "exactly those with depth 40"}


def test_an_axis_that_some_runs_have_not_is_not_named() -> None:
    rows = [row | {"clipping.max_norm": None if row["depth"] < 20 else 1.0} for row in grid(seed=range(4))]
    rows = [row | {"depth": 5} for row in rows]
    assert said(rows, lambda row: row["clipping.max_norm"] == 1.0) == {}


def test_of_many_experiments_only_what_holds_without_exception_is_said() -> None:
    rows = grid_rows(depth=range(1, 11), seed=range(5))
    many = [row | {"name": f"of depth {row['depth']}"} for row in rows]
    assert said(many, lambda row: row["depth"] >= 6) == {True: "exactly those with depth >= 6"}

    def partly(row: Row) -> bool:
        return row["depth"] >= 6 and row["seed"] > 0

    assert said(rows, partly) == {True: "only with depth >= 6"}
    assert said(many, partly) == {}
    ends = {True: "exploding", False: "vanishing"}
    assert said(many, lambda row: ends[row["depth"] >= 6] if row["depth"] != 5 else "stable", WORDS) == {
        "exploding": "exactly those with depth >= 6",
        "vanishing": "exactly those with depth <= 4",
    }
    wide = [row | {"width": 8 + 8 * (row["seed"] % 2)} for row in many]
    odd = said(wide, lambda row: ends[row["depth"] >= 6] if row["depth"] >= 6 or row["width"] > 8 else "stable", WORDS)
    assert odd == {"exploding": "exactly those with depth >= 6"}


@pytest.mark.parametrize("ends", [[False, True], WORDS])
@pytest.mark.parametrize("drawn", [False, True])
def test_random_ends_are_seldom_spoken_of(ends: list[Any], drawn: bool) -> None:
    """By the union bound in at most CHANCE of all cases for one axis, for two, and where it tells an end exactly.

    That has a chance of 1 / C(n, k) for each part of an axis and each end. Of T cases more than T p + 3 sqrt(T p) would
    be said once in a thousand such tests, if p were the chance of each: here it is no more than that.
    """
    cases, expected, spoken = 200, 0.0, 0
    parts = {"activation": 6, "depth": 9, "optimizer.lr": 2}
    for seed in range(cases):
        draw = Random(seed)
        rows = grid(seed=[0, 1])
        if drawn:  # a learning rate of its own for each run
            rows = [row | {"optimizer.lr": draw.random()} for row in rows]
            parts["optimizer.lr"] = len(rows) * (len(rows) + 1) // 2 - 1
        shares = [draw.random() for _ in ends]
        found = draw.choices(ends, shares, k=len(rows))
        expected += 2 * CHANCE + sum(
            sum(parts.values()) / comb(len(rows), found.count(end))
            for end in ends
            if 1 < found.count(end) < len(rows) - 1
        )
        spoken += conditions(of(rows), found, [end for end in ends if end]) is not None
    assert spoken <= expected + 3 * sqrt(expected)

"""Entries of a legend: keys give way before values, and no two read the same."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.drawing.charts import legend, lines, values

from gradx.reporting.drawing import figure
from gradx.reporting.drawing.texts import distinct, short_keys

GAINS, RATES, CLIPPING = (0.8, 1.5), (0.01, 1), ("none", "norm")
SWEEP = [f"init.recurrent.gain {a}, optimizer.lr {b}, clipping {c}" for a, b, c in product(GAINS, RATES, CLIPPING)]


@pytest.mark.parametrize("width", [7.0, 3.4])
def test_the_key_is_shortened_and_no_value(width: float) -> None:
    drawn = figure(lines(*(values(1.0, 2.0, label=label) for label in SWEEP)), width)
    assert legend(drawn) == [f"gain {a}, lr {b}, clipping {c}" for a, b, c in product(GAINS, RATES, CLIPPING)]


def test_what_has_room_stays_as_it_is() -> None:
    few = ["init.gain 1", "init.gain 2"]
    assert legend(figure(lines(*(values(1.0, 2.0, label=label) for label in few)))) == few


def test_keys_with_the_same_last_part_stay_whole() -> None:
    assert short_keys(["init.gain 1, other.gain 2, a.lr 1"]) == ["init.gain 1, other.gain 2, lr 1"]
    assert short_keys(["init.gain 1, gain 2"]) == ["init.gain 1, gain 2"]


def test_values_are_no_keys() -> None:
    assert short_keys(["exp.a, model.b", "exp.a, 0.5 x"]) == ["exp.a, model.b", "exp.a, 0.5 x"]


words = st.sampled_from(["init.gain", "a.gain", "gain", "init.recurrent.gain", "lr", "0.8", "1", "x.y", "none", ","])


@given(st.lists(st.lists(words, max_size=9).map(" ".join) | st.text(max_size=60), unique=True, min_size=1, max_size=9))
def test_different_entries_never_read_the_same(texts: list[str]) -> None:
    for room in (40.0, 120.0, 400.0):
        found = distinct(texts, room, 9.0)
        assert len(set(found)) == len(texts)

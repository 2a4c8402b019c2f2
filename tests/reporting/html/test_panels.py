"""Which panels are on the page."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from reporting.rows import row

from gradx.reporting.elements import Section
from gradx.reporting.html.panels import MOST, drawn_panels


def rows(amount: int) -> list[dict[str, Any]]:
    return [row(run=f"{place:012x}") for place in range(amount)]


def noted(length: int):
    """Panels that hold a note of that many characters and the run."""

    def panels(some: Sequence[Mapping[str, Any]]) -> list[list[Section]]:
        return [[Section("s", each["run"], "x" * length)] for each in some]

    return panels


def test_all_where_they_fit():
    found = drawn_panels(rows(30), noted(10))
    assert list(found) == list(range(30))
    assert json.loads(found[7])[0]["title"] == f"{7:012x}"


@given(st.integers(0, 400), st.integers(0, 3000), st.integers(0, 50_000))
def test_never_more_than_there_is_room_for(amount, length, budget):
    found = drawn_panels(rows(amount), noted(length), budget)
    assert sum(map(len, found.values())) <= budget
    assert len(found) <= MOST + 3
    assert list(found) == sorted(found)


def test_chosen_evenly():
    places = list(drawn_panels(rows(1000), noted(1000), 25_000))
    assert 20 <= len(places) <= 25
    gaps = [after - before for before, after in pairwise(places)]
    assert max(gaps) <= 2 * 1000 / 20


def test_panels_that_say_nothing_are_left_out():
    assert drawn_panels(rows(3), lambda some: [[] for _ in some]) == {}

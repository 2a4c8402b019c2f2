"""All maps of one result have one scale of colours, those of the page too."""

from math import inf, nan

import pytest
from reporting.html.pages import material, sweep
from reporting.rows import grid_rows

from gradx.reporting.elements import HeatMap
from gradx.reporting.html.values import values_data
from gradx.reporting.runs.outcomes import outcome_of
from gradx.reporting.views import maps
from gradx.reporting.views.colouring import colouring


def test_maps_and_the_explorer_share_a_scale() -> None:
    made = material(sweep())
    drawn = [each for section in maps.sections(made) for each in section.elements if isinstance(each, HeatMap)]
    explored = {value["label"]: value for value in values_data(made)}
    numbers = [each for each in drawn if not each.words and each.value.label in explored]
    assert numbers
    for each in numbers:
        said = explored[each.value.label]
        assert (said["bounds"], said["log"], said["centre"]) == (each.bounds, each.value.log, each.centre)


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ("solved", [True, True], (False, (0.0, 1.0))),
        ("growth.depth", [0.6, 2.01], (True, (0.4, 2.5))),
        ("loss.final", [0.234, 2.31, nan], (False, (0.0, 2.5))),
        ("loss.final", [0.03, 2000.0, inf], (True, (0.02, 2000.0))),
    ],
)
def test_the_ends_are_round(key, values, expected) -> None:
    rows = [row | {key: value} for row, value in zip(grid_rows(seed=list(range(len(values)))), values, strict=True)]
    log, bounds = colouring(outcome_of(key), rows)
    assert (log, bounds) == (expected[0], pytest.approx(expected[1]))

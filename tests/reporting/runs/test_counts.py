"""How often what became of runs, why some failed, and what those that diverged did at first."""

from math import inf, nan

import numpy as np
import pytest
from reporting.rows import failed, row

from gradx.base.thresholds import Thresholds
from gradx.base.trace import Instant
from gradx.diagnosis import diagnose, direction
from gradx.reporting.runs.counts import at_first, distinct, outcomes, reasons, shared


def test_outcomes_leave_out_what_no_run_has() -> None:
    rows = [row(run="a"), row(run="b", verdict__depth="stable"), failed(row(run="c"))]
    assert outcomes(rows) == {"runs": {"finished": 2, "failed": 1}, "per layer": {"vanishing": 1, "stable": 1}}


def test_a_run_of_several_experiments_counts_once() -> None:
    rows = [row(run=run, name=name) for name in ("one", "two", "three") for run in "ab"] + [row(run="c", name="one")]
    assert [(one["run"], one["name"]) for one in distinct(rows)] == [("a", "one"), ("b", "one"), ("c", "one")]
    assert outcomes(rows) == {"runs": {"finished": 3}, "per layer": {"vanishing": 3}}
    assert shared(rows) == "2 in several experiments"
    assert shared(rows[-2:]) == ""


def test_a_failure_in_one_of_them_is_told() -> None:
    rows = [row(run="a", name="one"), failed(row(run="a", name="two")), failed(row(run="a", name="three"), "other")]
    for some in (rows, rows[::-1], [rows[1], rows[0]]):
        assert outcomes(some) == {"runs": {"failed": 1}}
        assert sum(len(found) for _, found in reasons(some)) == 1


def test_reasons_are_first_lines_the_most_frequent_first() -> None:
    rows = [failed(row(run=name), text) for name, text in [("a", "x\nmore"), ("b", "y"), ("c", "y\nother"), ("d", "")]]
    assert [(text, [one["run"] for one in found]) for text, found in reasons(rows)] == [
        ("y", ["b", "c"]),
        ("x", ["a"]),
        ("no reason was given", ["d"]),
    ]


@pytest.mark.parametrize(
    ("decades", "low", "high", "limit", "word"),
    [
        (-2.0, 0.5, 0.9, 2.0, "vanishing"),
        (-2.0, 0.5, 1.1, 2.0, "stable"),  # the interval holds 1
        (-1.9, 0.5, 0.9, 2.0, "stable"),
        (-1.9, 0.5, 0.9, 1.0, "vanishing"),
        (3.0, 1.2, 1.4, 2.0, "exploding"),
        (3.0, nan, None, 2.0, "exploding"),
        (inf, None, None, 2.0, "exploding"),
        (-inf, None, None, 2.0, "vanishing"),
        (nan, None, None, 2.0, "exploding"),  # the profile was not finite
        (None, None, None, 2.0, "diverged"),
    ],
)
def test_what_a_diverged_run_did_at_first(decades, low, high, limit, word) -> None:
    gone = row(verdict__depth="diverged", decades__depth=decades, diagnosis__decades=limit)
    assert at_first(gone | {"growth.depth.low": low, "growth.depth.high": high}, "depth") == word
    assert at_first(row(verdict__depth="stable", decades__depth=decades), "depth") == "stable"


@pytest.mark.parametrize("decades", [-3.0, -1.0, 1.0, 3.0])
def test_it_is_the_verdict_of_a_run_that_did_not_diverge(decades) -> None:
    names = ["decades.depth", "growth.depth", *["grad_norm.preactivation"] * 2]
    columns = [(name, "layer", index) for index, name in enumerate(names)]
    places = {"decades.depth": [0], "growth.depth": [1], "grad_norm.preactivation": [2, 3]}

    first = Instant(
        0, columns, {name: np.array(at) for name, at in places.items()}, np.array([decades, 10 ** (decades / 2), 1, 1])
    )
    (verdict,) = diagnose(first, None, Thresholds())
    assert verdict.outcome == direction(decades, None, None, Thresholds().decades)

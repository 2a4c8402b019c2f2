"""Runs that were to make no step: which they are, and that nothing of training is judged of them."""

import pytest

from gradx.base.claims import judgement
from gradx.base.expression import NAMES, UnavailableError, holds, judge, matches
from gradx.base.untrained import of_training, outcomes_of, untrained

BEGUN = {"status": "finished", "steps": 0, "steps_done": 0, "loss.final": 2.3, "metric.final": 0.1, "solved": False}
RUN = BEGUN | {"verdict.depth": "stable", "loss.first": 2.3, "clip_rate": 0.0, "steps_done": 0}
TRAINED = RUN | {"steps": 4, "steps_done": 4, "metric.final": 0.9, "solved": True}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"steps": 4, "steps_done": 4}, False),
        ({"steps": 4, "status": "diverged"}, False),  # at the first of its steps
        ({"status": "diverged"}, True),  # on the test set, without a step
        ({"steps_done": None}, False),
    ],
)
def test_untrained(changes: dict, expected: bool) -> None:
    row = RUN | changes
    assert untrained(row) is expected
    assert set(row) - set(outcomes_of(row)) == (
        {"loss.final", "metric.final", "solved", "clip_rate"} if expected else set()
    )


def test_which_columns_are_of_training() -> None:
    found = {name for name in NAMES if of_training(name)}
    ends = ("loss", "metric", "grad_norm", "growth.depth", "growth.time", "decades.depth", "decades.time")
    assert found == {"solved", "clip_rate", "loss.test", *(f"{name}.final" for name in ends)}


@pytest.mark.parametrize("claim", ["metric.final > 0.8", "not solved", "loss.final < 9", "clip_rate == 0"])
def test_what_training_comes_to_cannot_be_judged(claim: str) -> None:
    with pytest.raises(UnavailableError, match=r"is not available: nothing was trained \(steps 0\)"):
        holds(claim, RUN)
    holds(claim, TRAINED)
    assert judgement(claim, [RUN]).met is None
    assert judgement(claim, [RUN, TRAINED]).met is (None if holds(claim, TRAINED) else False)


def test_what_is_so_before_training_can() -> None:
    assert holds("verdict.depth == 'stable' and loss.first < 3 and steps_done == 0", RUN)
    assert judge("share(verdict.depth == 'stable') == 1", [RUN, RUN]).met is True
    assert judge("share(solved) == 0", [RUN, TRAINED]).met is None
    assert judge("share(solved) == 0", [RUN, TRAINED]).note == (
        "share(solved): solved is not available: nothing was trained (steps 0) in 1 of 2 runs"
    )


def test_a_filter_takes_the_row_as_it_is() -> None:
    assert matches("solved == false", RUN)

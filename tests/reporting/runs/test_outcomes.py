"""Results that are compared: what each is of a run, and which of many runs have it."""

from math import inf, isnan, nan

import pytest
from reporting.rows import row

from gradx.base.presentation import RESULTS, result_problem
from gradx.base.untrained import untrained
from gradx.reporting.runs.outcomes import OUTCOMES, Outcome, known, outcome_of, results

VERDICTS = [row(verdict__depth=word) for word in ("vanishing", "stable", "vanishing", None)]


def test_a_word_of_a_column_is_a_share() -> None:
    vanishing = outcome_of("verdict.depth vanishing")
    assert vanishing == Outcome("verdict.depth vanishing", "share vanishing per layer", "share")
    assert vanishing.values(VERDICTS) == [1.0, 0.0, 1.0]  # of the last it is not known
    assert outcome_of("verdict.time exploding").label == "share exploding per time step"
    assert outcome_of("status failed") == Outcome("status failed", "share failed", "share")


def test_numbers_stay_what_was_measured() -> None:
    losses = outcome_of("loss.test").values([row(loss__test=value) for value in (nan, 0.0, None, inf)])
    assert isnan(losses[0])
    assert losses[1:] == [0.0, inf]
    assert outcome_of("loss.test").scale == "difference"
    assert outcome_of("growth.depth") in OUTCOMES


@pytest.mark.parametrize(
    ("key", "there"),
    [
        ("verdict.depth vanishing", True), ("verdict.depth exploding", False), ("status finished", True),
        ("growth.depth", True), ("verdict.depth", False), ("architecture", False), ("nothing", False),
        ("nothing at", False),
    ],
)  # fmt: skip
def test_which_runs_have_it(key: str, there: bool) -> None:
    assert outcome_of(key).occurs(VERDICTS) is there


def test_what_a_report_compares_may_be_asked_for() -> None:
    assert {outcome.key for outcome in OUTCOMES} <= set(RESULTS)
    assert all(result_problem(name) is None for name in RESULTS)
    assert result_problem("verdict.depth vanishes") == "unknown result 'verdict.depth vanishes'" + (
        "; did you mean 'verdict.depth vanishing'?"
    )
    assert "allowed: " in (result_problem("\x1b[2J") or "")


UNTRAINED = row(steps=0, steps_done=0, loss__final=2.3, metric__final=0.1, solved=False, clip_rate=0.0)


def test_an_untrained_run_has_no_outcome_of_training() -> None:
    of_training = {"solved", "metric.final", "loss.final", "clip_rate", "loss.test", "grad_norm.final"}
    for key in (*(outcome.key for outcome in OUTCOMES), "loss.test", "grad_norm.final", "loss.first", "loss.max"):
        outcome = outcome_of(key)
        assert outcome.trained is (key in of_training)
        without, measured = outcome.each([UNTRAINED, row()])
        assert without == (None if key in of_training else measured)  # missing, and never NaN
        assert outcome.occurs([UNTRAINED]) is (key not in of_training and measured is not None and " " not in key)
    assert outcome_of("loss.first").values([UNTRAINED]) == [2.3456789]  # what every run has


def test_untrained_runs_make_nothing_vary() -> None:
    rows = [UNTRAINED | {"loss.final": loss, "metric.final": loss, "growth.depth": loss} for loss in (1.0, 2.0)]
    assert [outcome.key for outcome in known(rows)] == ["growth.depth"]
    assert [outcome.key for outcome in known([*rows, row(growth__depth=1.0)])] == ["growth.depth"]


def test_who_is_untrained() -> None:
    assert untrained(UNTRAINED)
    assert untrained(UNTRAINED | {"status": "diverged", "diverged_at": 0})  # the loss of its initial weights
    assert not untrained(row(steps=10, steps_done=0, status="diverged"))  # training it came to nothing
    assert not untrained({"steps": 0})  # as of a run that failed, of which nothing is known
    assert results([UNTRAINED, row(), {}], "solved") == [None, False, None]
    assert results([UNTRAINED, row(), {}], "status") == ["finished", "finished", None]

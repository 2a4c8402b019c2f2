"""`gradx explain solved` and the other outcomes: the scores are those of the tasks, and every name has its words."""

import pytest

from gradx.api import meaning
from gradx.api.outcomes import OUTCOMES, solved_at
from gradx.base.expression import NAMES
from gradx.families import FAMILIES, parts
from gradx.tasks.adding import Adding
from gradx.tasks.digits import Digits


def test_the_scores_are_those_by_which_runs_are_judged() -> None:
    found = dict(solved_at())
    assert set(found) == set(parts(FAMILIES["tasks"]))
    adding, digits = Adding().open(7), Digits().open(None)
    for source, text in ((adding, found["adding"]), (digits, found["digits"])):
        metric, sign, score = text.split()
        better = 1e-2 if sign == ">=" else -1e-2
        assert metric == source.metric
        assert source.is_solved(float(score) * (1 + better))
        assert not source.is_solved(float(score) * (1 - better))
    assert "metric.solved_at" in found["mnist"]


@pytest.mark.parametrize("name", OUTCOMES)
def test_names_of_columns_are_understood(name: str) -> None:
    columns = [column for column in NAMES if column.partition(".")[0] == name]
    assert columns
    assert {meaning(column) for column in (name, *columns)} == {meaning(name)}


def test_a_part_is_no_outcome() -> None:
    assert meaning("lstm") is None
    assert meaning("nothing") is None

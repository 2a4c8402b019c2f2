"""From which score on a run is solved, as its row says."""

from math import nan

from reporting.rows import row

from gradx.reporting.runs.solving import solved_note

DIGITS = row(metric__solved_at=0.9)
ADDING = row(task="adding", metric__name="mse", metric__chance=1 / 6, metric__solved_at=1 / 60)


def test_the_chance_tells_which_way_is_better() -> None:
    assert solved_note([DIGITS, DIGITS]) == "solved: test accuracy of at least 0.9"
    assert solved_note([ADDING]) == "solved: test mse of at most 0.0167"


def test_several_tasks_are_named() -> None:
    assert solved_note([DIGITS, ADDING, row(task="noise", metric__solved_at=0.9)]) == (
        "solved: test accuracy of at least 0.9 (digits, noise); test mse of at most 0.0167 (adding)"
    )


def test_older_rows_say_nothing() -> None:
    assert solved_note([row(), row(metric__solved_at=None), row(metric__solved_at=nan)]) == ""
    assert solved_note([]) == ""

"""`Inline`: the same outcomes as from processes of their own, here."""

from typing import Any

import pytest
from common import jobs

from gradx.base.errors import SpecError
from gradx.executors.base import Outcome
from gradx.executors.inline import Inline


def test_results_errors_and_notices_in_order(tmp_path: Any) -> None:
    heard: list[Any] = []
    telling = ("telling", 3, tmp_path / "told")
    todo = [("double", 1), ("raising",), ("out_of_memory",), telling]
    assert list(Inline().run(jobs.do, todo, lambda *news: heard.append(news))) == [
        Outcome(("double", 1), 2),
        Outcome(("raising",), error="ZeroDivisionError: by nothing"),
        Outcome(("out_of_memory",), error="MemoryError: out of memory"),
        Outcome(telling, 3),
    ]
    assert heard == [(telling, number) for number in range(3)]


def test_an_error_of_gradx_ends_everything() -> None:
    run = Inline().run(jobs.do, [("mistaken",), ("double", 1)])
    with pytest.raises(SpecError, match="no such thing"):
        next(run)
    assert list(run) == []

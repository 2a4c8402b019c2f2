"""What a message says of columns: first those in which the runs differ, and not all there are."""

from pathlib import Path

import pytest
from reporting.kept import kept
from reporting.rows import grid_rows

from gradx.base.errors import SpecError
from gradx.base.presentation import Presentation
from gradx.reporting.runs.asked import KEYS
from gradx.reporting.runs.material import material


def test_a_filter_that_picks_nothing_says_what_there_is(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(activation=["tanh", "relu"], depth=range(1, 11)))
    assert material([path], "activation == tnah").having == "activation has relu, tanh"
    found = material([path], "activation == tanh and depth > 10")
    assert found.having == "activation has relu, tanh; depth has 1, 2, 3, 4, 5, 6 and 4 more"
    assert material([path], "activation == tanh").having == ""


def test_an_unknown_key_is_answered_by_those_that_differ(tmp_path: Path) -> None:
    path = kept(tmp_path / "grid", grid_rows(activation=["tanh", "relu"], depth=[1, 2]))
    with pytest.raises(SpecError) as caught:
        material([path], chosen=Presentation(by="nothing"))
    listed = str(caught.value).partition("(allowed: ")[2].rstrip(")").split(", ")
    assert listed[:2] == ["activation", "depth"]
    assert len(listed) <= KEYS + 1

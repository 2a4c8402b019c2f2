"""The rows of a directory, whoever wrote them: integers that are the same everywhere, names, refusals."""

from pathlib import Path
from typing import Any

import pytest
from reporting.kept import kept
from reporting.rows import grid_rows

from gradx.base.errors import ResultsError
from gradx.reporting.runs.rows import rows_of
from gradx.store.runs import Results


def read(where: Path, key: str, values: list[Any]) -> list[Any]:
    rows = [one | {key: value} for one, value in zip(grid_rows(depth=range(len(values))), values, strict=True)]
    return [row[key] for row in rows_of(Results(kept(where / "kept", rows)))]


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        (["8", "16"], [8, 16]),
        ([0, 2**53, 2**53 + 1, -(2**60)], [0, 2**53, str(2**53 + 1), str(-(2**60))]),
        (["8", "auto", None, "-1", "0"], [8, "auto", None, -1, 0]),
        (["-0", "08", "8.5", "1e3", "٣", ""], ["-0", "08", "8.5", "1e3", "٣", ""]),
        ([8, 16], [8, 16]),
        (["a", "b"], ["a", "b"]),
    ],
)  # fmt: skip
def test_an_integer_is_the_same_everywhere(tmp_path: Path, stored: list[Any], wanted: list[Any]) -> None:
    found = read(tmp_path, "batch_size", stored)
    assert list(zip(found, map(type, found), strict=True)) == list(zip(wanted, map(type, wanted), strict=True))


@pytest.mark.parametrize("key", ["name", "task.sha256", "evidence.depth"])
def test_what_is_no_setting_stays_text(tmp_path: Path, key: str) -> None:
    assert read(tmp_path, key, ["2024", "1"]) == ["2024", "1"]


def test_a_run_without_a_name_has_that_of_its_directory(tmp_path: Path) -> None:
    assert read(tmp_path, "name", [None, "", "mine"]) == ["kept", "kept", "mine"]


@pytest.mark.parametrize(("key", "value"), [("loss.final", "8"), ("status", 1), ("solved", "no"), ("name", 5)])
def test_a_result_of_another_type_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    with pytest.raises(ResultsError, match=rf"kept/runs has '?{value}'? for {key}"):
        read(tmp_path, key, [None, value])

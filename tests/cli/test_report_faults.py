"""`gradx report` where it cannot write, or is stopped: one error, its exit code, and no half file."""

import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from common.commands import gradx, start_module
from reporting.kept import kept
from reporting.rows import grid_rows

from gradx.base.errors import ResultsError
from gradx.reporting.outputs import Outputs, show
from gradx.reporting.report import report

STDOUT = Outputs(json=True)


@pytest.fixture(autouse=True)
def grid(here: Path) -> Path:
    return kept(here / "grid", grid_rows(depth=[2, 10], seed=[0, 1]))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk() -> None:
    got = gradx("report", "grid", "--csv", "/dev/full")
    assert (got.code, got.out, got.err) == (1, "", "gradx: cannot write /dev/full: No space left on device\n")


@pytest.mark.parametrize("option", ["--csv", "--figures"])
def test_a_name_that_is_too_long(option: str, here: Path) -> None:
    got = gradx("report", "grid", option, "x" * 300)
    assert (got.code, got.out) == (2, "")
    assert got.err.startswith(f"gradx: {option}: cannot ")
    assert got.err.endswith(": File name too long\n")
    assert [path.name for path in here.iterdir()] == ["grid"]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_an_interrupt_leaves_the_old_file_and_nothing_else(
    moment: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "a.csv").write_text("old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, moment, stop)
    got = gradx("report", "grid", "--csv", "a.csv")
    assert (got.code, got.out) == (130, "")
    assert got.err == "gradx: interrupted\n"  # nothing was trained that could go on
    assert sorted(path.name for path in here.iterdir()) == ["a.csv", "grid"]
    assert (here / "a.csv").read_text() == "old"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves(unbuffered: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with start_module("report", "grid", "--html", "-", cwd=here) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(9) == "<!doctype"
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (1, "")


def test_a_stdout_that_takes_a_part_at_a_time(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As without a buffer (PYTHONUNBUFFERED), on a disk that gets full, or where a signal comes."""

    class Slow(BytesIO):
        def write(self, data: object) -> int:
            return super().write(bytes(data)[:1000])  # type: ignore[call-overload]

    slow, made = Slow(), report("grid")
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(slow, "utf-8"))
    show(made, STDOUT)
    assert slow.getvalue().decode() == made.json() + "\n"


def test_streams_that_are_closed(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    made = report("grid")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        with pytest.raises(ResultsError, match="cannot write to stdout: it is closed"):
            show(made, STDOUT)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        show(made, Outputs(csv=Path("a.csv")))
    assert (here / "a.csv").exists()
    assert capsys.readouterr() == ("", "")  # what stderr does not take is not among the results

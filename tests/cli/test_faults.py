"""Interrupts, kills, full disks, places where nothing can be written: one message, an exit code, nothing doubled."""

import errno
import json
import os
import signal
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from common.commands import Reply, gradx
from common.launcher import Launcher, until
from common.sweeps import left_over, read

import gradx as public
from gradx.store.runs import Results

CONFIG = """\
architecture: rnn
task: adding
sequence_length: 3
width: 2
batch_size: 2
steps: 300
measure: {every: 2, quantities: [loss, grad_norm]}
"""
SLOW = """
import pathlib, time
from gradx.store.claims import Claim
def slow(*_):
    pathlib.Path("slow").touch()
    time.sleep(600)
Claim.commit_table = slow
"""


@pytest.fixture(autouse=True)
def config(here: Path) -> None:
    (here / "x.yaml").write_text(CONFIG)


def assert_one_message(got: Reply, *said: str) -> None:
    assert (got.code, got.out) == (1, "")
    messages = [line for line in got.err.splitlines() if not line.startswith("step ")]
    assert len(messages) == 1
    assert messages[0].startswith("gradx: ")
    for text in said:
        assert text in messages[0]


def test_a_killed_run_leaves_nothing_that_counts_and_is_done_by_the_next(launcher: Launcher, here: Path) -> None:
    with launcher.start("run", "x.yaml", "-q", cwd=here, code=SLOW) as process:
        until(Path("slow").exists)  # its trace has been measured, and waits
        process.signal(signal.SIGKILL)
        assert process.wait().code == -signal.SIGKILL
    assert public.load("results/x").runs.empty
    assert not any(Path("results/x/trace").glob("*.parquet"))
    assert gradx("run", "x.yaml", "-q").code == 0
    rows, trace = read(Results(Path("results/x")))
    assert (rows["status"].tolist(), rows["steps_done"].tolist()) == (["finished"], [300])
    assert trace[trace.quantity == "loss"].step.tolist() == [*range(0, 299, 2), 299]
    assert left_over(Results(Path("results/x"))) == []


def test_an_interrupt_says_what_to_do_and_exits_with_130(launcher: Launcher, here: Path) -> None:
    with launcher.start("run", "x.yaml", "steps=10000000", "--json", cwd=here) as process:
        until(lambda: list(Path("results/x/.claims").glob("*.lock")))
        process.signal(signal.SIGINT, everyone=True)
        got = process.wait()
    assert (got.code, got.out) == (130, "")
    assert got.err == "gradx: interrupted; what is finished is kept, the same command goes on from there\n"
    assert public.load("results/x").runs.empty
    assert left_over(Results(Path("results/x"))) == []


def test_an_interrupt_anywhere_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place in ("gradx.api.run", "gradx.work.train", "gradx.reporting.terminal.printing.show_panel", "gradx.cli.app"):
        with monkeypatch.context() as patch:
            patch.setattr(place, interrupted)
            got = gradx("run", "x.yaml", "steps=1")
        assert got.code == 130, place
        assert got.err.splitlines()[-1].startswith("gradx: interrupted; "), place


@pytest.mark.parametrize("written", [0, 2, 3, 4, 5])
def test_a_full_disk_is_one_message_and_the_next_run_completes(written: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are spec, environment, trace, columns, row, summary; the disk is full after some of them."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _after(written, os.fsync, OSError(errno.ENOSPC, "No space left on device")))
        got = gradx("run", "x.yaml", "steps=2")
    assert_one_message(got, "cannot write results/x/", "the disk is full: free some space and start again")
    assert not list(Path("results").rglob("*.tmp"))
    assert gradx("run", "x.yaml", "steps=2", "-q").code == 0
    assert len(pd.read_parquet("results/x/runs")) == 1
    trace = public.load("results/x").trace(quantity="loss")
    assert np.array_equal(trace.step, [0, 1])


def test_a_results_directory_that_cannot_be_is_one_message(here: Path) -> None:
    Path("file").write_text("")
    assert_one_message(gradx("run", "x.yaml", "--results", "file"), "file/x/runs", "a file stands where a directory")
    Path("taken/x").mkdir(parents=True)
    Path("taken/x/thesis.tex").write_text("all of it")
    assert_one_message(gradx("run", "x.yaml", "--results", "taken"), "taken/x holds files but no runs/", "choose")
    assert [path.name for path in Path("taken/x").iterdir()] == ["thesis.tex"]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_directory_without_permission_is_one_message() -> None:
    Path("locked").mkdir(mode=0o500)
    assert_one_message(gradx("run", "x.yaml", "--results", "locked"), "cannot create locked/x: permission denied")


def test_permission_denied_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "mkdir", _after(0, Path.mkdir, PermissionError(errno.EACCES, "Permission denied")))
    assert_one_message(gradx("run", "x.yaml"), "cannot create results/x: permission denied: choose another results")


def test_foreign_and_broken_files_in_the_results_are_named() -> None:
    assert gradx("run", "x.yaml", "steps=2", "-q").code == 0
    Path("results/x/runs/notes.txt").write_text("mine")
    for words in (["run", "x.yaml", "steps=2"], ["ls", "runs"]):
        assert_one_message(gradx(*words), "results/x/runs/notes.txt is not a part that gradx wrote: move it away")
    Path("results/x/runs/notes.txt").unlink()
    (part,) = (path for path in Path("results/x/runs").glob("*.parquet") if "columns" not in path.name)
    part.write_bytes(b"PAR1")
    assert_one_message(gradx("run", "x.yaml", "steps=2"), str(part), "move it away")


class Full(StringIO):
    """A stdout that goes to a full disk."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


SPEAKING = [["schema"], ["ls"], ["check", "x.yaml"], ["sweep", "x.yaml", "--dry-run"]]
SPEAKING += [[command, "x.yaml", "steps=1", "--json"] for command in ("run", "sweep")]


@pytest.mark.parametrize("words", SPEAKING, ids=" ".join)
def test_output_onto_a_full_disk_is_one_message(words: list[str]) -> None:
    assert_one_message(gradx(*words, out=Full()), "No space left on device")


def _after(count: int, function: Callable[..., Any], error: OSError) -> Callable[..., Any]:
    """`function`, which raises `error` from call number `count` on."""
    calls = iter(range(1_000_000))

    def failing(*args: Any, **keys: Any) -> Any:
        if next(calls) >= count:
            raise error
        return function(*args, **keys)

    return failing


def test_two_processes_on_one_run_do_it_once(launcher: Launcher, here: Path) -> None:
    words = ("run", "x.yaml", "--json")
    with launcher.start(*words, cwd=here) as one, launcher.start(*words, cwd=here) as other:
        replies = [one.wait(), other.wait()]
    assert [got.code for got in replies] == [0, 0]
    assert sorted(json.loads(got.out)["computed"] for got in replies) == [False, True]
    assert len(read(Results(Path("results/x")))[0]) == 1
    assert left_over(Results(Path("results/x"))) == []


def test_an_interrupted_force_keeps_the_old_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = public.Experiment(architecture="mlp", task="digits", steps=5, name="x")
    before = public.run(one, results=tmp_path).trace()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        public.run(one, results=tmp_path, force=True, progress=interrupted)
    after = public.run(one, results=tmp_path)
    assert not after.computed
    pd.testing.assert_frame_equal(after.trace(), before)

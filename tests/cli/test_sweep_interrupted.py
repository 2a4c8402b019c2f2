"""Ctrl-C in a sweep: what was finished stays, exit code 130 and how to go on; twice: at once."""

import random
import signal
import time
from pathlib import Path

import pytest
from common.commands import gradx as gradx_command
from common.launcher import Command, Launcher, alone, until
from common.sweeps import CLINGING, FAULTS, LATE, left_over, read

import gradx
from gradx.store.runs import Results

CONFIG = """\
architecture: rnn
task: adding
sequence_length: 5
width: 3
batch_size: 2
steps: 10
sweep: {grid: {seed: {range: [0, 4]}}}
"""
SWEEP = ["sweep", "x.yaml", "--members", "2", "--workers", "2"]
EXECUTORS = pytest.mark.parametrize("executor", ["inline", "pool"])


@pytest.fixture(autouse=True)
def config(here: Path) -> None:
    (here / "x.yaml").write_text(CONFIG)


def parts() -> int:
    return len([path for path in Path("results/x/runs").glob("*.parquet") if "columns" not in path.name])


def released_soon() -> bool:
    """Whether a claim is still there whose results are: an interrupt now would leave its file to the next call."""
    return any(
        (Path("results/x/runs") / f"{path.stem}.parquet").exists() for path in Path("results/x/.claims").glob("*")
    )


def stopped(process: Command) -> str:
    """What a process said that ended with exit code 130."""
    got = process.wait()
    assert (got.code, got.out) == (130, "")
    alone(process)
    return got.err


@EXECUTORS
def test_once(launcher: Launcher, here: Path, executor: str) -> None:
    command = [*SWEEP, f"width=3,{LATE}", "--executor", executor, "--quiet"]
    with launcher.start(*command, cwd=here, code=FAULTS) as process:
        until(lambda: parts() == 2 and not released_soon())  # the other two are at work for ever
        process.signal(signal.SIGINT, everyone=True)
        assert stopped(process) == "gradx: interrupted; what is finished is kept, the same command goes on from there\n"
    before = gradx.load("results/x")
    assert before.runs[["width", "status"]].drop_duplicates().to_numpy().tolist() == [[3, "finished"]]
    assert len(before) == 4
    assert left_over(before.results) == []
    assert before.results.paths.summary.read_text().count("\n") == 5
    got = launcher.run(*command, "--executor", "inline", cwd=here)
    assert (got.code, got.err) == (0, "")
    assert got.out.startswith("x 8 runs (4 computed now")
    rows, trace = read(Results(here / "results/x"))
    assert len(rows) == trace["run"].nunique() == 8
    kept = rows.set_index("run").loc[before.runs["run"], "loss.final"]
    assert kept.tolist() == before.runs["loss.final"].tolist()


def test_twice_while_workers_cling_to_their_work(launcher: Launcher, here: Path) -> None:
    code = FAULTS + "import gradx.executors.pool; gradx.executors.pool._GRACE = 600.0\n"
    with launcher.start(*SWEEP, "--executor", "pool", f"width={CLINGING}", cwd=here, code=code) as process:
        for mark in ("begun-*", "told-*"):  # told to end, they do not
            until(lambda mark=mark: len(list(Path("results").glob(mark))) == 2)
            process.signal(signal.SIGINT, everyone=True)
        assert "gradx: interrupted" in stopped(process)
    assert left_over(Results(here / "results/x")) == []


def test_twice_while_it_tidies_up(launcher: Launcher, here: Path) -> None:
    code = """
import pathlib, time
from gradx.store.runs import Results
def slow(self):
    pathlib.Path("tidying").touch()
    time.sleep(600)
Results.write_summary = slow
"""
    with launcher.start(*SWEEP, "--executor", "inline", cwd=here, code=code) as process:
        until(parts)
        process.signal(signal.SIGINT, everyone=True)
        until(Path("tidying").exists)
        process.signal(signal.SIGINT, everyone=True)
        assert "gradx: interrupted" in stopped(process)


@pytest.mark.parametrize(
    "place",
    ["gradx.grid.load", "gradx.work.train", "gradx.api.sweeps.rows", "gradx.reporting.terminal.sweep.show_sweep"],
)
def test_anywhere(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(place, interrupted)
    got = gradx_command("sweep", "x.yaml", "steps=1")
    assert got.code == 130
    assert got.err.splitlines()[-1].startswith("gradx: interrupted; ")


def test_at_any_moment(launcher: Launcher, here: Path) -> None:
    moment = random.Random(0)
    for number in range(8):
        command = [*SWEEP, "--executor", "inline", "steps=1000000", "--results", f"r{number}"]
        with launcher.start(*command, cwd=here) as process:
            until(Path(f"r{number}/x/spec.yaml").exists)
            time.sleep(moment.uniform(0, 0.2))
            process.signal(signal.SIGINT, everyone=True)
            said = stopped(process)
        assert said.splitlines()[-1].startswith("gradx: interrupted; "), said
        assert "Traceback" not in said
        assert len(gradx.load(f"r{number}/x")) == 0
        assert left_over(Results(here / f"r{number}/x")) == []

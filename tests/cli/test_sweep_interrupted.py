"""Ctrl-C in a sweep: what was finished stays, exit code 130 and how to go on; twice: at once."""

import random
import signal
import time
from pathlib import Path

import pytest
from common.launcher import Command, Launcher, alone, until
from common.sweeps import CLINGING, left_over, read

import gradx
from gradx.store.runs import Results

CONFIG = """\
architecture: rnn
task: adding
sequence_length: 5
width: 3
batch_size: 2
steps: 300
measure: {every: 100, evaluations: 1}
sweep: {grid: {seed: {range: [0, 12]}}}
"""
SWEEP = ["sweep", "x.yaml", "--members", "1", "--workers", "2"]
FAULTS = "import gradx.driver; from common.sweeps import faulty_work; gradx.driver.work = faulty_work\n"
EXECUTORS = pytest.mark.parametrize("executor", ["inline", "pool"])


@pytest.fixture(autouse=True)
def config(here: Path) -> None:
    (here / "x.yaml").write_text(CONFIG)


def finished() -> int:
    return len([path for path in Path("results/x/runs").glob("*.parquet") if "columns" not in path.name])


def stopped(process: Command) -> str:
    """What a process said that ended with exit code 130."""
    got = process.wait()
    assert (got.code, got.out) == (130, "")
    alone(process)
    return got.err


@EXECUTORS
def test_once(launcher: Launcher, here: Path, executor: str) -> None:
    command = [*SWEEP, "--executor", executor]
    with launcher.start(*command, "--quiet", cwd=here) as process:
        until(finished)
        process.signal(signal.SIGINT, everyone=True)
        said = stopped(process)
    assert said == "gradx: interrupted; what was written is kept, the same command runs it again\n"
    before = gradx.load("results/x")
    assert 0 < len(before) < 12
    assert set(before.runs["status"]) == {"finished"}
    assert left_over(before.results) == []
    assert before.results.paths.summary.read_text().count("\n") == 1 + len(before)
    got = launcher.run(*command, "--quiet", cwd=here)
    assert (got.code, got.err) == (0, "")
    assert got.out.startswith(f"x 12 runs ({12 - len(before)} computed now")
    rows, trace = read(Results(here / "results/x"))
    assert len(rows) == trace["run"].nunique() == 12
    kept = rows.set_index("run").loc[before.runs["run"], "loss.final"]
    assert kept.tolist() == before.runs["loss.final"].tolist()


def test_twice_while_workers_cling_to_their_work(launcher: Launcher, here: Path) -> None:
    code = FAULTS + "import gradx.executors.pool; gradx.executors.pool._GRACE = 600.0\n"
    with launcher.start(*SWEEP, "--executor", "pool", f"width={CLINGING}", cwd=here, code=code) as process:
        until(lambda: len(list(Path("results/x/.claims").glob("*"))) == 2)
        interrupts = 0
        while len(list(Path("results").glob("told-*"))) < 2:  # until both have been told to end, and do not
            if not interrupts:
                process.signal(signal.SIGINT, everyone=True)
                interrupts += 1
            time.sleep(0.01)
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
        until(finished)
        process.signal(signal.SIGINT, everyone=True)
        until(Path("tidying").exists)
        process.signal(signal.SIGINT, everyone=True)
        assert "gradx: interrupted" in stopped(process)


def test_at_any_moment_and_again_soon_after(launcher: Launcher, here: Path) -> None:
    moment = random.Random(0)
    for _ in range(8):
        with launcher.start(*SWEEP, "--executor", "inline", "steps=1000000", cwd=here) as process:
            for pause in (0.5, 0.05, 0.01):
                time.sleep(moment.uniform(0, pause))
                process.signal(signal.SIGINT, everyone=True)
            said = stopped(process)
        assert said.splitlines()[-1].startswith("gradx: interrupted; "), said
        assert "Traceback" not in said
    assert not (here / "results").exists() or len(gradx.load("results/x")) == 0

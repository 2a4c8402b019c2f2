"""A sweep that is killed at random moments and started again each time: each point once, and as if undisturbed.

GRADX_TEST_KILLS says how often it is killed; unless it is set, 10 times inline and 3 times with a pool.
"""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from common.launcher import Launcher, alone
from common.sweeps import ALONE, assert_same, left_over, read

from gradx.store.runs import Results

CONFIG = """\
architecture: rnn
task: adding
sequence_length: 5
batch_size: 2
steps: 8
dtype: float64
measure: {every: 3, evaluations: 1}
sweep:
  grid: {architecture: [rnn, lstm], width: [3, 4], init.gain: [0.5, 1.0], seed: {range: [0, 25]}}
"""
SWEEP = ["sweep", "x.yaml", "--quiet", "--members", "10"]
ASKED = os.environ.get("GRADX_TEST_KILLS")


@pytest.fixture(scope="module")
def undisturbed(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, float]:
    """The results of the sweep, and the seconds that it takes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "x.yaml").write_text(CONFIG)
    started = time.monotonic()
    assert launcher.run(*SWEEP, "--executor", "inline", cwd=folder, code=ALONE).code == 0
    return Results(folder / "results/x"), time.monotonic() - started


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("executor", "kills"), [("inline", int(ASKED or 10)), ("pool", int(ASKED or 3))])
def test_killed_again_and_again(
    launcher: Launcher, undisturbed: tuple[Results, float], here: Path, executor: str, kills: int
) -> None:
    (here / "x.yaml").write_text(CONFIG)
    expected, seconds = undisturbed
    moment = random.Random(executor)
    command = [*SWEEP, "--executor", executor, "--workers", "2"]
    killed, finished = 0, 0
    while killed < kills or not finished:
        with launcher.start(*command, cwd=here, code=ALONE) as process:
            if killed < kills:
                time.sleep(moment.uniform(0, seconds if executor == "inline" else seconds + 3))
                process.signal(signal.SIGKILL, everyone=moment.random() < 0.5)
            code = process.wait().code
            alone(process)
        killed += code == -signal.SIGKILL
        if code != -signal.SIGKILL:
            assert code == 0, process.wait()
            check(Results(here / "results/x"), expected)
            shutil.rmtree(here / "results")
            finished += 1
        elif (here / "results/x/runs").exists():
            read(Results(here / "results/x"))  # whole, whatever has been killed


def check(results: Results, expected: Results) -> None:
    assert len(results.index()) == 200
    assert set(results.frame()["status"]) == {"finished"}
    assert_same(results, expected)
    assert left_over(results) == []
    assert results.paths.summary.read_text().count("\n") == 201

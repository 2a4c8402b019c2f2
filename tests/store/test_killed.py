"""Processes that are killed in mid-write, or write at the same time, lose nothing that was written."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gradx.store.runs import Results

WRITER = """
import sys
from pathlib import Path
import numpy as np
from gradx.base.trace import Trace
from gradx.store.runs import Results

root, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
results = Results(root)
results.create("seed: 0\\n", {})
done = results.finished()
print("ready", flush=True)
for number in range(first, last):
    run = f"r{number}"
    if run in done:
        continue
    results.discard(run)
    for flush in range(3):
        steps = np.arange(flush * 500, flush * 500 + 500)
        results.write_trace(run, Trace(run, steps, "loss", "all", 0, np.sin(steps + number)))
    results.write_run({"run": run, "number": number, f"column{number % 50}": number})
"""


def start(root: Path, first: int, last: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(first), str(last)], stdout=subprocess.PIPE, text=True
    )


def check(root: Path) -> int:
    """Every run with a row is whole; returns how many there are."""
    results = Results(root)
    rows, trace = pd.read_parquet(results.paths.runs), pd.read_parquet(results.paths.trace)
    assert rows["run"].is_unique
    by_run = dict(iter(trace.groupby("run")))
    for run, number in zip(rows["run"], rows["number"], strict=True):
        assert by_run[run]["step"].tolist() == list(range(1500))
        assert np.array_equal(by_run[run]["value"], np.sin(np.arange(1500) + number))
        assert rows.set_index("run").loc[run, f"column{number % 50}"] == number
    assert all(len(part) % 500 == 0 for part in by_run.values())
    assert set(results.finished()) == set(rows["run"])
    return len(rows)


def test_killed_at_any_moment_and_resumed(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    finished = 0
    for _ in range(3):
        writer = start(tmp_path / "results", 0, 10_000)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.02, 0.25))
        writer.kill()
        writer.wait()
        writer.stdout.close()
        now = check(tmp_path / "results")
        assert now >= finished
        finished = now
    assert finished > 0


def test_two_processes_write_one_directory(tmp_path: Path) -> None:
    writers = [start(tmp_path / "results", first, first + 40) for first in (0, 40)]
    for writer in writers:
        writer.communicate()
        assert writer.returncode == 0
    assert check(tmp_path / "results") == 80


KILLED_INSIDE = """
import itertools, os, signal, sys
from pathlib import Path
import numpy as np
from gradx.base.trace import Trace
from gradx.store.runs import Results

results, call, action = Results(Path(sys.argv[1])), sys.argv[2], sys.argv[4]
real, calls = getattr(os, call), itertools.count()

def kill_at_the_last(*arguments):
    if next(calls) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    real(*arguments)

setattr(os, call, kill_at_the_last)
if action == "trace":
    results.write_trace("r1", Trace("r1", np.arange(500), "loss", "all", 0, 1.0))
elif action == "row":
    results.write_run({"run": "r0", "number": 0, "column0": 7, "new": "text"})
else:
    results.discard("r0")
"""


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("two") / "results"
    subprocess.run([sys.executable, "-c", WRITER, str(root), "0", "2"], stdout=subprocess.DEVNULL, check=True)
    return root


@pytest.mark.parametrize(
    ("call", "allowed", "action", "finished"),
    [
        ("fsync", 0, "trace", {"r0": 0, "r1": None}),
        ("replace", 0, "trace", {"r0": 0, "r1": None}),
        ("link", 0, "row", {"r0": 0, "r1": None}),
        ("fsync", 1, "row", {"r0": 0, "r1": None}),
        ("replace", 0, "row", {"r0": 0, "r1": None}),
        ("unlink", 0, "discard", {"r0": 0, "r1": None}),
        ("unlink", 1, "discard", {"r1": None}),
    ],
)
def test_killed_inside_a_system_call(
    tmp_path: Path, two_runs: Path, call: str, allowed: int, action: str, finished: dict[str, float | None]
) -> None:
    """The process dies at the call number `allowed` of `call`; `finished` is `column0` of the runs that remain."""
    root = shutil.copytree(two_runs, tmp_path / "results")
    command = [sys.executable, "-c", KILLED_INSIDE, str(root), call, str(allowed), action]
    assert subprocess.run(command, check=False).returncode == -9
    assert check(root) == len(finished)
    assert {run: row["column0"] for run, row in Results(root).finished().items()} == finished
    for run in ("r0", "r1"):
        Results(root).discard(run)
    left = [path.name for folder in ("runs", "trace") for path in (root / folder).iterdir()]
    assert [name for name in left if "columns" not in name] == []

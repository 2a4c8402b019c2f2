"""Seconds that `gradx report` takes on the terminal for thousands of runs, each in a new process."""

import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from gradx.store.runs import Results

AXES: dict[str, list[Any]] = {
    "activation": ["tanh", "relu"],
    "depth": [1, 2, 3, 5, 8],
    "width": [16, 32, 64, 128, 256],
    "optimizer.lr": [0.001, 0.003, 0.01, 0.03],
    "init.gain": [0.5, 0.8, 1.0, 1.2, 2.0],
}
PART = 100  # runs that are written together


def run(runs: int, rounds: int) -> None:
    """Prints the seconds of each round."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "grid"
        _write(path, runs)
        for _ in range(rounds):
            started, used = perf_counter(), _used()
            subprocess.run([sys.executable, "-m", "gradx", "report", str(path)], check=True, stdout=subprocess.DEVNULL)
            print(f"{runs:,} runs  {perf_counter() - started:.2f} s, {_used() - used:.2f} s of them on a core")


def _used() -> float:
    """Seconds on a core of all processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _write(path: Path, runs: int) -> None:
    """Rows with some fifty columns, as sweeps make them; seeds as many as it takes."""
    results, random = Results(path), Random(0)
    results.create(f"name: grid\nsweep:\n  grid: {AXES}\n", {})
    points = list(product(*AXES.values()))
    rows = []
    for number in range(runs):
        point = dict(zip(AXES, points[number % len(points)], strict=True))
        growth = point["init.gain"] * random.lognormvariate(0, 0.05)
        verdict = "vanishing" if growth < 0.7 else "exploding" if growth > 1.4 else "stable"
        rows.append(
            {"run": f"{number:012x}", "name": "grid", "status": "finished", "architecture": "mlp", "task": "digits"}
            | point
            | {"seed": number // len(points), "growth.depth": growth, "verdict.depth": verdict, "loss.final": growth}
            | {"solved": growth > 1, **{f"task.other{place}": place for place in range(40)}}
        )
    for first in range(0, runs, PART):
        part = rows[first : first + PART]
        with results.claim([row["run"] for row in part]) as claim:
            claim.commit(part)

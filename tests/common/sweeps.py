"""Sweeps of small experiments without the command line: carried out, pretended, read, and with faults."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import torch

from gradx.driver import Report, execute
from gradx.plan import plan
from gradx.spec import Experiment
from gradx.store.runs import Results
from gradx.work import Job, Trained, failed_row
from gradx.work import work as real_work

CPU = torch.device("cpu")
KEY = ["run", "step", "quantity", "site", "index"]


def swept(
    experiments: Sequence[Experiment], results: Results, *, force: bool = False, members: int | None = None, **more: Any
) -> Report:
    """Plans and trains."""
    todo = plan(experiments, results, force, members)
    return execute(todo, experiments, results, CPU, spec="seed: 0\n", force=force, members=members, **more)


def pretend(results: Results, experiments: Sequence[Experiment], status: str = "finished", **columns: Any) -> None:
    """Rows of runs that nobody has trained."""
    results.create("seed: 0\n", {})
    with results.claim([one.run for one in experiments]) as claim:
        claim.commit([failed_row(one, "") | {"status": status, "error": None} | columns for one in experiments])


def read(results: Results) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows without what depends on the clock, and traces, in an order that does not depend on who wrote them."""
    rows = results.frame().drop(columns="seconds", errors="ignore").sort_values("run", ignore_index=True)
    if len(rows):  # the type of a column without values depends on what has been there
        rows = rows.dropna(axis="columns", how="all")
    trace = results.trace().sort_values(KEY, ignore_index=True)
    assert rows["run"].is_unique
    assert not trace.duplicated(KEY).any()
    return rows, trace


def assert_same(one: Results, other: Results) -> None:
    """Equal rows and traces, to the last bit."""
    for mine, theirs in zip(read(one), read(other), strict=True):
        pd.testing.assert_frame_equal(mine, theirs, check_exact=True, check_like=True)


def left_over(results: Results) -> list[str]:
    """Files that no reader looks at; the empty lock that every claim takes is not one of them."""
    hidden = [path for path in results.paths.root.rglob("*") if path.name.startswith(".") and path.is_file()]
    claims = list(results.paths.claims.glob("*"))
    return sorted({str(path) for path in (*hidden, *claims)} - {str(results.paths.lock)})


# Stands in for `gradx.driver.work`; the width of an experiment says what goes wrong.

KILLED, RAISING, LATE, KILLED_AFTERWARDS, CLINGING = 11, 12, 13, 14, 15
ALONE = "import gradx.plan; gradx.plan.WORTH_A_JOB = 0.0\n"  # every chunk is a job of its own, however small
FAULTS = f"{ALONE}import gradx.driver; from common.sweeps import faulty_work; gradx.driver.work = faulty_work\n"


def faulty_work(job: Job, notify: Callable[[Any], None]) -> Trained:
    """The real work, or what the width of the experiments asks for."""
    width = job.experiments[0].width
    if width == KILLED:
        os.kill(os.getpid(), signal.SIGKILL)
    if width == RAISING:
        raise MemoryError("too wide")
    if width == LATE:
        time.sleep(600)
    if width == CLINGING:
        try:
            (job.root.parent / f"begun-{os.getpid()}").touch()
            time.sleep(600)
        finally:
            (job.root.parent / f"told-{os.getpid()}").touch()
            time.sleep(600)
    trained = real_work(job, notify)
    if width == KILLED_AFTERWARDS:
        os.kill(os.getpid(), signal.SIGKILL)
    return trained

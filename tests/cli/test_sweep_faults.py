"""Full disks, places where nothing can be written, and several processes on one directory at a time."""

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from common.commands import Reply, gradx
from common.launcher import Launcher, alone, until
from common.sweeps import ALONE, FAULTS, LATE, left_over, read

import gradx as public
from gradx.store.runs import Results

CONFIG = """\
architecture: rnn
task: adding
sequence_length: 5
width: 3
batch_size: 2
steps: 4
measure: {every: 1, evaluations: 1}
sweep: {grid: {seed: {range: [0, 4]}}}
"""
SMALL_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"


@pytest.fixture(autouse=True)
def config(here: Path) -> None:
    (here / "x.yaml").write_text(CONFIG)


def one_message(got: Reply) -> str:
    """All that a command has said, which is one line, besides lines of progress."""
    assert (got.code, got.out) == (1, "")
    said = [line for line in got.err.splitlines() if not re.match(r"[0-9]+/[0-9]+ runs", line)]
    assert len(said) == 1
    assert said[0].startswith("gradx: ")
    return said[0]


@pytest.mark.parametrize("executor", ["inline", "pool"])
def test_a_full_disk_is_one_message_and_what_was_finished_stays(launcher: Launcher, here: Path, executor: str) -> None:
    command = ["sweep", "x.yaml", "steps=4,700", "--executor", executor, "--workers", "1"]
    with launcher.start(*command, cwd=here, code=ALONE + SMALL_FILES) as process:
        got = process.wait()
        alone(process)
    said = one_message(got)
    assert "cannot write results/x/trace/" in said
    assert "the file exceeds the size limit" in said
    found = public.load("results/x")
    assert found.runs["steps"].tolist() == [4] * 4
    assert set(found.trace()["run"]) == set(found.runs["run"])
    assert left_over(found.results) == []
    again = launcher.run(*command[:3], "--json", cwd=here)
    assert (again.code, json.loads(again.out)["computed"], json.loads(again.out)["done"]) == (0, 4, 8)


def test_a_place_that_cannot_be_a_results_directory_is_one_message() -> None:
    Path("file").write_text("")
    assert "file/x" in one_message(gradx("sweep", "x.yaml", "--results", "file"))
    Path("taken/x").mkdir(parents=True)
    Path("taken/x/thesis.tex").write_text("all of it")
    assert "taken/x holds files but no runs/" in one_message(gradx("sweep", "x.yaml", "--results", "taken"))
    assert [path.name for path in Path("taken/x").iterdir()] == ["thesis.tex"]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_read_only_directory_is_one_message_and_stays_readable() -> None:
    assert gradx("sweep", "x.yaml", "-q").code == 0
    for folder in (*Path("results").rglob("*"), Path("results")):
        folder.chmod(0o500 if folder.is_dir() else 0o400)
    try:
        assert gradx("sweep", "x.yaml", "-q").out.startswith("x 4 runs (0 computed now")
        for words in (["sweep", "x.yaml", "seed=7"], ["sweep", "x.yaml", "--force"], ["sweep", "x.yaml", "name=y"]):
            assert "permission denied" in one_message(gradx(*words))
        assert "permission denied" in one_message(gradx("rm", "results/x", "--where", "seed == 1", "--yes"))
        assert "permission denied" in one_message(gradx("compact", "results/x"))
        assert len(public.load("results/x").runs) == 4
        assert gradx("ls", "runs").code == 0
        assert gradx("sweep", "x.yaml", "seed=7", "--dry-run").code == 0
    finally:
        for folder in (Path("results"), *Path("results").rglob("*")):
            folder.chmod(0o700)


def test_two_sweeps_at_a_time_share_the_work(launcher: Launcher, here: Path) -> None:
    shared = ["sweep", "x.yaml", "steps=100", "--members", "1", "--executor", "inline", "--json"]
    with (
        launcher.start(*shared, "seed={range: [0, 12]}", cwd=here, code=ALONE) as one,
        launcher.start(*shared, "seed={range: [6, 18]}", cwd=here, code=ALONE) as other,
    ):
        replies = [one.wait(), other.wait()]
    shown: list[dict[str, Any]] = [json.loads(got.out) for got in replies]
    assert [(got.code, got.err) for got in replies] == [(0, "")] * 2
    assert [(each["points"], each["done"], each["failed"]) for each in shown] == [(12, 12, 0)] * 2
    assert sum(each["computed"] for each in shown) == 18
    rows, trace = read(Results(here / "results/x"))
    assert sorted(rows["seed"]) == list(range(18))
    assert trace["run"].nunique() == 18
    assert left_over(Results(here / "results/x")) == []


def test_a_sweep_takes_over_what_another_dies_over(launcher: Launcher, here: Path) -> None:
    command = ["sweep", "x.yaml", f"width={LATE}", "--executor", "inline", "--json"]
    busy = Path("results/x/.claims")
    with launcher.start(*command, cwd=here, code=FAULTS) as dying:  # is late for ever
        until(lambda: list(busy.glob("*.lock")))
        plan = json.loads(launcher.run(*command, "--dry-run", cwd=here).out)
        assert (plan["busy"], plan["finished"]) == (4, 0)
        with launcher.start(*command, "seed={range: [0, 6]}", cwd=here) as waiting:
            until(lambda: list(Path("results/x/runs").glob("000*")))  # what nobody else was doing
            dying.signal(signal.SIGKILL)
            got = waiting.wait()
    assert (got.code, json.loads(got.out)["computed"], json.loads(got.out)["done"]) == (0, 6, 6)
    assert len(public.load("results/x")) == 6
    assert left_over(Results(here / "results/x")) == []

"""`gradx sweep` on a real Slurm and on a real Ray: the same numbers as here, and nothing done twice."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from common.cluster import cluster, missing
from common.commands import Reply, gradx, reply, start_module

import gradx as public

SPEC = """
architecture: rnn
task: adding
sequence_length: 5
width: 3
batch_size: 2
steps: 4
dtype: float64
slurm: {time: 5}
sweep:
  grid: {width: [3, 4], seed: {range: [0, 3]}}
"""
ORDER = ["run", "step", "quantity", "site", "index"]


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with cluster(tmp_path_factory.mktemp("slurm")) as conf:
        yield conf


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "grid.yaml").write_text(SPEC)
    return tmp_path / "grid.yaml"


def here(spec: Path, place: Path) -> pd.DataFrame:
    assert gradx("sweep", spec, "--results", place / "here", "--executor", "inline", "--quiet").code == 0
    return numbers(place / "here" / "grid")


def numbers(path: Path) -> pd.DataFrame:
    return public.load(path).trace().sort_values(ORDER, ignore_index=True)


def test_ray_gives_the_same_numbers(spec: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="ray is not installed: pip install 'gradx[ray]'")
    words = ("sweep", spec, "--results", tmp_path / "there", "--executor", "ray", "--quiet")
    done = reply(start_module(*words, cwd=tmp_path), timeout=110)
    assert (done.code, "6 computed" in done.out) == (0, True), done
    pd.testing.assert_frame_equal(numbers(tmp_path / "there" / "grid"), here(spec, tmp_path))


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_slurm_gives_the_same_numbers_and_goes_on_alone(
    spec: Path, conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", str(conf))
    words = ("sweep", spec, "--results", tmp_path / "there", "--executor", "slurm", "--quiet")
    left = start_module(*words, cwd=tmp_path)
    folder = tmp_path / "there" / "grid" / ".slurm"
    until(lambda: list(folder.glob("*/ticket.txt")))
    left.send_signal(signal.SIGKILL)  # the login shell goes away
    left.communicate()
    arrays = len(list(folder.glob("gradx-*")))
    done: Reply = reply(start_module(*words, cwd=tmp_path), timeout=110)
    assert done.code == 0, done
    assert len(list(folder.glob("gradx-*"))) == arrays  # nothing was submitted again
    pd.testing.assert_frame_equal(numbers(tmp_path / "there" / "grid"), here(spec, tmp_path))
    assert "time=5" in next(folder.glob("gradx-*/array.sh")).read_text()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)

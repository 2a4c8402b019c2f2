"""`Pool` and the end of its parent, its server or its terminal: nothing goes on, nothing hangs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from common.processes import children, group

Start = Callable[..., subprocess.Popen[str]]
TESTS = Path(__file__).parents[1]
# A script as users write them: work at top level, with no `if __name__ == "__main__"`.
SCRIPT = """
import sys
from pathlib import Path
from common import jobs
from gradx.executors import pool
{setup}
here = Path.cwd()
(here / "begins").open("a").write("x")
todo = [({kind!r}, here / f"begun{{number}}", here / f"cleaned{{number}}") for number in range(2)]
for outcome in pool.Pool(2).run(jobs.do, {jobs}):
    print(outcome.result, outcome.error, flush=True)
"""


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Start]:
    """Starts the script in a process group of its own, as a terminal does; whatever it leaves is killed in the end."""
    with ExitStack() as started:

        def start(kind: str = "cleaning", setup: str = "", jobs: str = "todo") -> subprocess.Popen[str]:
            path = tmp_path / "script.py"
            path.write_text(SCRIPT.format(kind=kind, setup=setup, jobs=jobs))
            process = started.enter_context(
                subprocess.Popen(
                    [sys.executable, str(path)],
                    cwd=tmp_path,
                    env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])},
                    start_new_session=True,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            started.callback(kill_group, process.pid)
            return process

        yield start


def kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def begun(folder: Path) -> None:
    until(lambda: all((folder / f"begun{number}").exists() for number in range(2)))


def cleaned(folder: Path) -> int:
    return sum((folder / f"cleaned{number}").exists() for number in range(2))


def test_a_script_without_a_main_guard_runs_once(script: Start, tmp_path: Path) -> None:
    process = script(jobs='[("double", 2), ("double", 2)]')
    assert process.communicate(timeout=60) == ("4 None\n4 None\n", "")
    assert (tmp_path / "begins").read_text() == "x"


def test_work_that_is_defined_in_the_script_is_one_clear_error(script: Start, tmp_path: Path) -> None:
    process = script(setup="def work(job, notify): pass\njobs.do = work", jobs="[1, 2]")
    _, err = process.communicate(timeout=60)
    assert err.count("a worker cannot load the work: AttributeError") == 1
    assert "move what it names from the script into a module" in err


@pytest.mark.parametrize("kind", ["cleaning", "clinging"])
def test_when_the_parent_is_killed_no_process_is_left(script: Start, tmp_path: Path, kind: str) -> None:
    process = script(kind)
    begun(tmp_path)
    assert len(group(process.pid)) == 4  # the parent, the server, two workers
    process.kill()
    process.communicate(timeout=60)
    until(lambda: not group(process.pid))


def test_when_the_server_is_killed_the_workers_go_and_the_parent_says_so(script: Start, tmp_path: Path) -> None:
    process = script("clinging")
    begun(tmp_path)
    (server,) = children(process.pid)
    os.kill(server, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert "GradxError: the server of the worker processes ended: killed by SIGKILL" in err
    until(lambda: not group(process.pid))


def test_the_first_interrupt_lets_the_work_clean_up(script: Start, tmp_path: Path) -> None:
    process = script()
    begun(tmp_path)
    os.killpg(process.pid, signal.SIGINT)  # to everyone, as a terminal does
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (-signal.SIGINT, "")
    assert err.count("Traceback") == 1  # the parent's own
    assert err.strip().endswith("KeyboardInterrupt")
    assert cleaned(tmp_path) == 2
    assert not group(process.pid)


def test_the_second_interrupt_kills(script: Start, tmp_path: Path) -> None:
    process = script("clinging", setup="pool._GRACE = 1e4")
    begun(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    until(lambda: cleaned(tmp_path) == 2)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert not group(process.pid)


def test_work_that_clings_is_killed_after_a_grace(script: Start, tmp_path: Path) -> None:
    process = script("clinging", setup="pool._GRACE = 0.2")
    begun(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert not group(process.pid)


def test_an_interrupt_while_modules_are_loaded(script: Start, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import pathlib, time\npathlib.Path('loading').touch()\ntime.sleep(600)\n")
    setup = "import functools; pool.Pool = functools.partial(pool.Pool, preload=['slow'])"
    process = script(setup=setup)
    until((tmp_path / "loading").exists)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert err.count("Traceback") == 1
    assert not group(process.pid)


def test_a_worker_that_somebody_ends_is_an_error_of_its_job(script: Start, tmp_path: Path) -> None:
    process = script(jobs="[todo[0], ('double', 2)]")
    until((tmp_path / "begun0").exists)
    (server,) = children(process.pid)
    until(lambda: len(children(server)) == 1)  # the other job has ended
    (worker,) = children(server)
    os.kill(worker, signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert sorted(out.splitlines()) == ["4 None", "None killed by SIGTERM"]
    assert (cleaned(tmp_path), err) == (1, "")

"""`Ray` on real clusters: one that it starts, and one that the tests start and it joins."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from threading import Lock
from time import sleep
from typing import Any

import pytest
from common.processes import children
from common.sessions import alive, gone, listening, living

from gradx.base.errors import GradxError, Problem, SpecError
from gradx.executors import ray as module
from gradx.executors.base import Outcome
from gradx.executors.ray import Ray

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'gradx[ray]'")
ROOT = Path(module.__file__).parents[2]


def deeds() -> Callable[[str, Callable[[Any], None]], Any]:
    """Work of many kinds, by the name of the job; a function within a function travels without its module."""

    def work(job: str, notify: Callable[[Any], None]) -> Any:
        notify("begun")
        word, _, rest = job.partition(" ")
        if word == "raise":
            raise ValueError(rest)
        if word == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "fatal":
            raise SpecError([Problem("wrong", path="a.b")])
        if word == "exit":
            sys.exit(rest)
        if word == "sleep":
            notify(os.getpid())
            sleep(100)
        notify("done")
        return {"session": os.getsid(0), "threads": os.environ["OMP_NUM_THREADS"], "directory": os.getcwd()}

    return work


def sleeper(processes: list[int]) -> Callable[[str, Any], None]:
    """Notes the process of a job that has gone to sleep."""
    return lambda job, message: processes.append(message) if isinstance(message, int) else None


@dataclass
class Seen:
    """What one run of six jobs on a cluster of its own showed."""

    outcomes: dict[str, Outcome[str, Any]] = field(default_factory=dict)
    notices: dict[str, list[Any]] = field(default_factory=dict)
    ahead: list[int] = field(
        default_factory=list
    )  # at each job taken: jobs taken before whose outcome was not yet told
    listening: list[Any] = field(default_factory=list)
    session: int = 0
    handled: bool = False  # SIGTERM, as it was before
    printed: str = ""
    written: list[str] = field(default_factory=list)  # in the home directory and left in /tmp


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    home = tmp_path_factory.mktemp("home")
    seen = Seen()

    def jobs() -> Iterator[str]:
        for number, job in enumerate(["fine", "raise it", "kill", "also fine", "exit 3", "again"]):
            seen.ahead.append(number - len(seen.outcomes))
            yield job

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        handler = signal.getsignal(signal.SIGTERM)
        temporary = {*Path("/tmp").glob("*ray*")}
        run = Ray(workers=2, threads=3).run(
            deeds(), jobs(), lambda job, it: seen.notices.setdefault(job, []).append(it)
        )
        out = StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            for outcome in run:
                seen.outcomes[outcome.job] = outcome
                if outcome.result and not seen.session:
                    seen.session = outcome.result["session"]
                    seen.listening = listening(seen.session)
        seen.handled = handler == signal.getsignal(signal.SIGTERM)
        seen.printed = out.getvalue()
        seen.written = [*map(str, home.rglob("*")), *map(str, {*Path("/tmp").glob("*ray*")} - temporary)]
    return seen


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster that is none of ours; it listens on the loopback interface and asks for a token."""
    code = """if True:
        import ray, shutil, sys, tempfile
        directory = tempfile.mkdtemp(prefix="gradx-test-", dir="/tmp")
        ray.init("local", num_cpus=2, include_dashboard=False, object_store_memory=100 << 20, _temp_dir=directory)
        print(ray.get_runtime_context().gcs_address, flush=True)
        sys.stdin.read()
        ray.shutdown()
        shutil.rmtree(directory)
        """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", "0123456789abcdef" * 4)
        environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, env=environment, text=True, start_new_session=True, **pipes) as process:
            yield process.stdout.readline().strip()
            process.stdin.close()
            process.wait(30)


@needs_ray
def test_a_fault_ends_its_own_job_alone(seen: Seen) -> None:
    errors = {job: outcome.error for job, outcome in seen.outcomes.items() if outcome.error}
    assert errors.pop("raise it") == "ValueError: it"
    assert errors.pop("exit 3") == "SystemExit: 3"
    assert errors.pop("kill").startswith("killed")
    assert not errors
    assert {job for job, outcome in seen.outcomes.items() if outcome.result} == {"fine", "also fine", "again"}


@needs_ray
def test_a_job_is_taken_when_a_worker_is_free(seen: Seen) -> None:
    assert seen.ahead[:2] == [0, 1]
    assert max(seen.ahead) <= 2  # one that runs, and one whose outcome is about to be told


@needs_ray
def test_notices_arrive_in_order(seen: Seen) -> None:
    assert seen.notices["fine"] == ["begun", "done"]


@needs_ray
def test_work_finds_its_threads_and_its_directory(seen: Seen) -> None:
    result = seen.outcomes["fine"].result
    assert (result["threads"], result["directory"]) == ("3", os.getcwd())


@needs_ray
def test_a_local_cluster_listens_on_the_loopback_interface_alone(seen: Seen) -> None:
    assert len(seen.listening) >= 5  # gcs_server, raylet twice, driver, worker
    assert all(address.is_loopback for address in seen.listening)


@needs_ray
def test_a_local_cluster_leaves_no_process_and_no_file(seen: Seen) -> None:
    assert seen.session
    assert living(seen.session) == []
    assert seen.written == []  # no ~/.ray/auth_token either


@needs_ray
def test_ray_keeps_out_of_the_callers_process(seen: Seen) -> None:
    assert seen.handled
    assert seen.printed == ""  # Ray prints a paragraph about each worker that was killed
    assert "RAY_AUTH_TOKEN" not in os.environ


@needs_ray
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_an_ended_caller_leaves_no_process_and_no_file(signum: signal.Signals, cluster: str) -> None:
    script = """if True:
        import os, sys, time
        from gradx.executors.ray import Ray
        def work(job, notify):
            notify((os.getpid(), os.getsid(0)))
            time.sleep(100)
        list(Ray(*sys.argv[1:]).run(work, "a", lambda job, processes: print(*processes, flush=True)))
        """
    before = {*Path("/tmp").glob("gradx-ray-*")}
    joined = [cluster] if signum == signal.SIGINT else []  # else one of its own
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "process_group": 0}
    with subprocess.Popen([sys.executable, "-c", script, *joined], cwd=ROOT, **pipes) as caller:
        worker, session = map(int, caller.stdout.readline().split())
        assert len(living(session)) > 5
        os.killpg(caller.pid, signum)  # the whole group, as a terminal does
        assert caller.wait(30) != 0
    assert gone(session, patience=20) if not joined else not alive(worker)
    assert {*Path("/tmp").glob("gradx-ray-*")} <= before


@needs_ray
def test_a_job_may_take_its_time_and_no_more(cluster: str) -> None:
    outcomes = Ray(cluster, timeout=1).run(deeds(), ["sleep", "fine", Lock(), "fine"])
    errors = [outcome.error for outcome in outcomes]
    assert errors.count("timed out after 1 s") == 1
    assert errors.count(None) == 2
    assert sum("cannot be sent to a worker: TypeError" in error for error in errors if error) == 1


@needs_ray
def test_an_error_of_gradx_ends_everything(cluster: str) -> None:
    processes: list[int] = []

    def jobs() -> Iterator[str]:
        yield "sleep"
        while not processes:
            yield "raise"
        yield "fatal"

    with pytest.raises(SpecError, match=r"^wrong$") as caught:
        list(Ray(cluster).run(deeds(), jobs(), sleeper(processes)))
    assert caught.value.problems == [Problem("wrong", path="a.b")]
    assert len(processes) == 1
    assert not alive(processes[0])


@needs_ray
def test_a_driver_that_dies_is_told_of(cluster: str) -> None:
    def kill(job: str, message: Any) -> None:
        for process in children():
            if b"ray_driver" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)

    with pytest.raises(GradxError, match=r"the driver of Ray has gone \(killed by SIGKILL"):
        list(Ray(cluster).run(deeds(), ["sleep"], kill))


@needs_ray
def test_closing_the_iterator_ends_the_jobs_and_not_the_cluster(cluster: str) -> None:
    sleepers: list[int] = []

    def jobs() -> Iterator[str]:
        yield "sleep"
        while True:
            yield "fine"

    run = Ray(cluster).run(deeds(), jobs(), sleeper(sleepers))
    outcome = next(outcome for outcome in run if sleepers)
    run.close()
    assert not alive(sleepers[0])
    assert len(living(outcome.result["session"])) > 5


@needs_ray
def test_a_cluster_without_room_for_one_job_is_refused(cluster: str) -> None:
    with pytest.raises(GradxError, match=r"a job needs 1 CPUs and 1 GPUs of one node; all nodes together have 2 CPUs"):
        list(Ray(cluster, gpus_per_job=1).run(deeds(), ["fine"]))

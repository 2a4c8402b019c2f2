"""`Ray` where no cluster is needed to say no."""

import socket
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

from gradx.base.errors import GradxError, SpecError
from gradx.executors import ray as module
from gradx.executors.ray import Ray
from gradx.executors.ray_cluster import _fitting

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'gradx[ray]'")


@needs_ray
def test_an_address_where_nobody_listens_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(GradxError, match=f"cannot join the Ray cluster at {address}: ConnectionRefusedError"):
            list(Ray(address).run(_work, ["fine"]))


@needs_ray
def test_no_jobs_need_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_driver", lambda order: pytest.fail("a driver was started"))
    assert list(Ray().run(_work, [])) == []


def test_without_ray_one_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"^the ray executor needs: pip install 'gradx\[ray\]'$"):
        list(Ray().run(_work, ["fine"]))


@needs_ray
def test_a_ray_without_tokens_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "version", lambda name: "2.51.1")
    with pytest.raises(SpecError, match=r"^ray 2\.51\.1 is installed, whose clusters ask for no token"):
        list(Ray().run(_work, ["fine"]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"address": "ray://host:10001"}, "address: 'ray://host:10001' given"),
        ({"address": "host"}, "address: 'host' given"),
        ({"workers": 0}, "workers: 0 given"),
        ({"timeout": 0.0}, "timeout: 0.0 s given"),
        ({"threads": 0}, "threads: 0 given"),
        ({"gpus_per_job": 1.5}, "gpus_per_job: 1.5 given"),
        ({"gpus_per_job": -1}, "gpus_per_job: -1 given"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        Ray(**options)


@pytest.mark.parametrize(
    ("threads", "gpus", "jobs"),
    [(1, 0, 8), (3, 0, 2), (9, 0, 0), (1, 1, 3), (1, 2, 1), (1, 4, 0), (1, 0.5, 6), (1, 0.4, 6), (2, 0.4, 4)],
)
def test_room_on_a_node_of_8_cpus_and_3_gpus(threads: int, gpus: float, jobs: int) -> None:
    assert _fitting({"CPU": 8.0, "GPU": 3.0}, threads, gpus) == jobs


def _work(job: str, notify: Callable[[Any], None]) -> str:
    return job

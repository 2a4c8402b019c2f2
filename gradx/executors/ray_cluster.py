"""A Ray cluster as the driver sees it: joined, or started on the loopback interface; its room; its end."""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from socket import create_connection
from time import monotonic, sleep
from typing import Any

_OBJECT_STORE = 200 << 20  # bytes; Ray would take 30 % of the memory, and results are small
_KNOCK = 10.0  # s for a cluster to answer
_LOOK = 0.05  # s between two looks at the processes


def connect(order: Mapping[str, Any], directory: Path) -> None:
    """Joins the cluster, or starts one that is reachable from this machine alone and writes to `directory`.

    Raises:
        RuntimeError: this version of Ray would listen on other interfaces too.
    """
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    if address := order["address"]:
        _knock(address)
        ray.init(address, **quiet)
        return
    ray.init(
        "local",
        num_cpus=order["threads"] * (order["workers"] or max(1, order["cpus"] // order["threads"])),
        include_dashboard=False,
        object_store_memory=_OBJECT_STORE,
        _temp_dir=str(directory),
        **quiet,
    )
    places = {node["NodeManagerAddress"] for node in ray.nodes()}
    if not all(ip_address(place).is_loopback for place in places):
        raise RuntimeError(f"Ray {ray.__version__} listens on {', '.join(places)}, not on the loopback interface alone")


def room(order: Mapping[str, Any]) -> int:
    """How many jobs may run in the cluster at the same time.

    Raises:
        RuntimeError: not one.
    """
    import ray

    if order["address"] and order["workers"]:
        return int(order["workers"])
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    jobs = sum(_fitting(node, order["threads"], order["gpus"]) for node in nodes)
    if not jobs:
        has = " and ".join(f"{sum(node.get(kind, 0) for node in nodes):g} {kind}s" for kind in ("CPU", "GPU"))
        needs = f"{order['threads']} CPUs and {order['gpus']:g} GPUs"
        raise RuntimeError(f"a job needs {needs} of one node; all nodes together have {has}")
    return min(jobs, order["workers"] or jobs)


def end_session(session: int, patience: float = 1.0) -> None:
    """Waits a moment for the processes of a session to end, then kills them; this process is spared.

    Ray's agents look for their parent every few seconds only: left alone, they outlive it by half a minute.
    """
    deadline = monotonic() + patience
    while (left := _members(session)) and monotonic() < deadline:
        sleep(_LOOK)
    for process in left:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(process, signal.SIGKILL)


def _knock(address: str) -> None:
    """Ray would knock for hours where nobody listens.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if port.isdigit():
        create_connection((host.strip("[]"), int(port)), timeout=_KNOCK).close()


def _fitting(node: Mapping[str, float], threads: int, gpus: float) -> int:
    """Jobs that fit into one node; several may share a GPU, but a job that needs a part of one gets it from one."""
    by_cpu = int(node.get("CPU", 0) // threads)
    if not gpus:
        return by_cpu
    has = int(node.get("GPU", 0))
    return min(by_cpu, has // int(gpus) if gpus >= 1 else has * int(1 / gpus))


def _members(session: int) -> list[int]:
    """The processes of a session that live, but for this one."""
    members = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            state, _, _, sid = entry.read_text(errors="replace").rpartition(")")[2].split()[:4]
            process = int(entry.parent.name)
            if int(sid) == session and state not in "ZX" and process != os.getpid():
                members.append(process)
    return members

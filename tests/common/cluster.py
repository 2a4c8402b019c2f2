"""A real Slurm on this machine: one node with two CPUs, its daemons and all their files in a temporary folder.

It needs `slurmctld`, `slurmd`, `sbatch` and `munged` (Debian: slurmctld slurmd slurm-client munge) and root.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CONF = """
ClusterName=here
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
KillWait=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
MpiDefault=none
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Why there can be no cluster here; empty if there can."""
    absent = [name for name in ("slurmctld", "slurmd", "sbatch", "munged") if shutil.which(name) is None]
    if absent:
        return f"no Slurm here: {', '.join(absent)} not found"
    return "" if os.geteuid() == 0 else "Slurm's daemons need root"


@contextmanager
def cluster(folder: Path) -> Iterator[Path]:
    """Slurm for the length of a `with`; gives the path that `SLURM_CONF` must have to find it."""
    for name in ("state", "spool"):
        (folder / name).mkdir()
    host = socket.gethostname().partition(".")[0]
    conf = folder / "slurm.conf"
    conf.write_text(CONF.format(host=host, folder=folder, ports=_free_ports(2)))
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    files = [f"--{what}={folder}/munge.{end}" for what, end in _MUNGE]
    with ExitStack() as daemons:
        start = lambda *command: daemons.enter_context(_daemon(folder, conf, *command))  # noqa: E731
        start("munged", "--foreground", "--force", "--num-threads=2", *files)
        _until(lambda: (folder / "munge.socket").exists(), folder)
        start("slurmctld", "-D", "-i", "-f", str(conf))
        start("slurmd", "-D", "-f", str(conf))
        _until(lambda: "idle" in _ask(conf, "sinfo", "--noheader", "--format=%t"), folder)
        try:
            yield conf
        finally:
            _ask(conf, "scancel", "--user=root")
            _until(lambda: not _ask(conf, "squeue", "--noheader"), folder)


_MUNGE = [("key-file", "key"), ("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed")]


@contextmanager
def _daemon(folder: Path, conf: Path, name: str, *words: str) -> Iterator[None]:
    with open(folder / f"{name}.out", "wb") as out:
        env = os.environ | {"SLURM_CONF": str(conf)}
        process = subprocess.Popen([name, *words], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ask(conf: Path, *command: str) -> str:
    env = os.environ | {"SLURM_CONF": str(conf)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60).stdout


def _until(condition: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            logs = "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in sorted(folder.glob("*.out")))
            raise TimeoutError(f"Slurm did not answer as it should\n{logs}")
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as open_ones:
        sockets = [open_ones.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]

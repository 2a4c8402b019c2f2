"""Where a sweep is worked off: the device, the executor, and how many processes it keeps busy."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import torch

from gradx.base.errors import SpecError
from gradx.executors.base import Executor
from gradx.executors.inline import Inline
from gradx.plan import Plan
from gradx.store.paths import Paths
from gradx.work import Job

EXECUTORS = ("auto", "inline", "pool", "slurm", "ray")
WORTH_PROCESSES = 5.0  # seconds of work: below, starting processes that import torch takes longer than it saves
# What a worker needs, imported once for all of them; torch imports its last one in the first backward pass, in 0.4 s.
PRELOAD = ("gradx.work", "pandas", "torch.fx.experimental.symbolic_shapes")


@dataclass(frozen=True)
class Placement:
    """What a user asks for.

    Attributes:
        executor: inline (this process), pool (processes on this machine), slurm, ray; auto: pool where it pays.
        workers: processes at a time; by default one for each GPU, or as many as there are cores for their threads.
        device: auto (CUDA if there is one), cpu or cuda.
        timeout: seconds after which a job is killed.
        slurm: options of sbatch.
        address: of a running Ray cluster.
    """

    executor: str = "auto"
    workers: int | None = None
    device: str = "auto"
    timeout: float | None = None
    slurm: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None

    def __post_init__(self) -> None:
        if self.executor not in EXECUTORS:
            raise SpecError(f"--executor: unknown executor {self.executor!r} (allowed: {', '.join(EXECUTORS)})")
        for name, value in (("workers", self.workers), ("timeout", self.timeout)):
            if value is not None and not value > 0:
                raise SpecError(f"--{name}: must be greater than 0 (got {value})")
        for option, given, owner in (("slurm", bool(self.slurm), "slurm"), ("address", bool(self.address), "ray")):
            if given and self.executor != owner:
                raise SpecError(f"--{option} is for --executor {owner} (got {self.executor})")
        if self.timeout and self.executor in ("inline", "slurm"):
            hint = "; Slurm has --slurm time=..." if self.executor == "slurm" else ""
            raise SpecError(f"--timeout is for --executor pool or ray (got {self.executor}){hint}")

    def torch_device(self) -> torch.device:
        """The device to train on. Raises SpecError where there is no CUDA device, or for another name."""
        return pick_device(self.device)

    def processes(self, threads: int) -> int:
        """How many jobs run at a time."""
        if self.executor == "inline":
            return 1
        if self.workers is not None:
            return self.workers
        if self.executor == "slurm":
            return 1  # its own scheduler says how many
        if self.torch_device().type == "cuda":
            return torch.cuda.device_count()
        return max(cores() // threads, 1)

    def kind(self, plan: Plan, threads: int) -> str:
        """The executor that is meant: `auto` resolved."""
        if self.executor != "auto":
            return self.executor
        seconds = sum(chunk.seconds for chunk in plan.chunks)
        pays = len(plan.chunks) > 1 and self.processes(threads) > 1 and seconds > WORTH_PROCESSES
        return "pool" if pays or self.timeout else "inline"

    def choose(self, plan: Plan, threads: int, results: Path, slurm: Mapping[str, str]) -> Executor:
        """The executor for what is to do; `slurm` are options that the spec names."""
        workers, kind = self.processes(threads), self.kind(plan, threads)
        if kind == "pool":
            from gradx.executors.pool import Pool

            cuda = self.torch_device().type == "cuda"
            there = [name for name in PRELOAD if find_spec(name)]
            return Pool(workers, self.timeout, there, environment=_gpu_of if cuda else None)
        if kind == "slurm":
            from gradx.executors.slurm import Slurm

            return Slurm(Paths(results).slurm, {**slurm, **self.slurm}, key=job_key)
        if kind == "ray":
            from gradx.executors.ray import Ray

            gpus = 1.0 if self.torch_device().type == "cuda" else 0.0
            return Ray(self.address, self.workers, self.timeout, gpus_per_job=gpus)
        return Inline()


def pick_device(name: str) -> torch.device:
    """auto, cpu or cuda as a torch device. Raises SpecError where there is no CUDA device, or for another name."""
    if name not in ("auto", "cpu", "cuda"):
        raise SpecError(f"--device: unknown device {name!r} (allowed: auto, cpu, cuda)")
    if name == "cuda" and not torch.cuda.is_available():
        raise SpecError("--device: cuda was asked for, but torch sees no CUDA device (allowed here: auto, cpu)")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def pairs(options: Sequence[str]) -> dict[str, str]:
    """Options of sbatch, `key=value` texts, as a mapping. Raises SpecError."""
    if wrong := [text for text in options if not text.partition("=")[1]]:
        raise SpecError(f"--slurm: expected key=value, like partition=gpu (got {wrong[0]!r})")
    return {key: value for key, _, value in (text.partition("=") for text in options)}


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def job_key(job: Job) -> str:
    """What tells a job from others when the sweep is taken up again."""
    return job.key


def _gpu_of(slot: int) -> dict[str, str]:
    """One GPU for each worker: the visible ones in turn."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names: Sequence[str] = visible.split(",") if visible else [str(gpu) for gpu in range(torch.cuda.device_count())]
    return {"CUDA_VISIBLE_DEVICES": names[slot % len(names)]}

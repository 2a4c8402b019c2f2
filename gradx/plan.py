"""`plan`: which runs of a sweep are there already, and in which chunks the others will train."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil

import torch

from gradx.base.errors import Problem, SpecError
from gradx.engine.chunks import members_per_chunk
from gradx.engine.cohort import dims, open_source
from gradx.engine.estimate import Estimate, estimate
from gradx.grid import cohorts
from gradx.spec import Experiment
from gradx.store.index import DONE, Entry
from gradx.store.runs import Results, finished
from gradx.tasks import Source

CPU = torch.device("cpu")
WORTH_A_JOB = 1.0  # seconds: below, chunks share a process and a commit; what a kill costs at most
WORTH_SPLITTING = 2.0  # seconds: below, a cohort trains sooner in one process than it is spread over several


class TaskError(SpecError):
    """The data of an experiment's task cannot be had; its problems name the spec's keys, not yet their places."""

    def __init__(self, run: str, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.run = run


@dataclass(frozen=True)
class Chunk:
    """Members of one cohort that train together, and what they will cost."""

    experiments: list[Experiment]
    cost: Estimate

    @property
    def size(self) -> int:
        return len(self.experiments)

    @property
    def label(self) -> str:
        """What they share, for people."""
        one = self.experiments[0]
        parts = [one.architecture.kind, f"depth {one.depth}", f"width {one.width}", one.task.kind]
        length = [] if one.sequence_length is None else [f"length {one.sequence_length}"]
        return ", ".join(parts + length + [f"{one.steps} steps"])

    @property
    def seconds(self) -> float:
        """On one CPU core."""
        return self.cost.seconds

    @property
    def memory(self) -> int:
        """Bytes, besides torch itself."""
        return self.cost.memory

    @property
    def disk(self) -> int:
        """Bytes of its traces."""
        return self.cost.disk


@dataclass(frozen=True)
class Plan:
    """What is there already, and what is left to do."""

    finished: dict[str, str]  # run id -> status
    busy: int  # runs that other processes are working on
    chunks: list[Chunk]
    outdated: set[str]  # runs to do again that have a result, which stays until the new one is complete


def plan(
    experiments: Sequence[Experiment],
    results: Results,
    force: bool = False,
    members: int | None = None,
    workers: int = 1,
    device: torch.device = CPU,
) -> Plan:
    """Splits experiments into those whose run is finished (or diverged) in `results` and the chunks still to train.

    Args:
        experiments: all points of the sweep.
        results: where the runs are, or will be.
        force: run again what is there.
        members: of one chunk at most; by default as many as train fastest on this machine.
        workers: processes to keep busy.
        device: where they will train.

    Raises:
        ResultsError: the results directory cannot be read.
        TaskError: a file that a run was, or will be, trained on is not there.
    """
    index = results.index()
    there = done(experiments, force)(index)
    missing = {one.run for one in experiments} - there
    chunks = [chunk for cohort in cohorts(experiments) for chunk in _chunks(cohort, missing, members, workers, device)]
    outdated = {run for run in missing if run in index and index[run].status in DONE}
    return Plan({run: index[run].status for run in there}, len(results.busy(missing)), chunks, outdated)


def done(experiments: Iterable[Experiment], force: bool) -> Callable[[Mapping[str, Entry]], set[str]]:
    """Tells from the index of a results directory which of the experiments need no training.

    A spec names a file, not what is in it: where that has changed since, the run is another one.
    """
    wanted = {one.run: one for one in experiments}
    facts = cache(lambda task, length: task.open(length).facts)

    def same_data(one: Experiment, recorded: str | None) -> bool:
        return recorded is None or recorded == facts(one.task, one.sequence_length).get("sha256")

    def without_work(index: Mapping[str, Entry]) -> set[str]:
        there = set[str]() if force else wanted.keys() & finished(index)
        return {run for run in there if same_data(wanted[run], index[run].data)}

    return without_work


def packed(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    """Small chunks together, in their order: a process and a commit for each would cost more than they do."""
    pack, seconds = list[Chunk](), 0.0
    for chunk in chunks:
        if pack and seconds + chunk.seconds > WORTH_A_JOB:
            yield pack
            pack, seconds = [], 0.0
        pack.append(chunk)
        seconds += chunk.seconds
    if pack:
        yield pack


def _chunks(
    cohort: list[Experiment], missing: Collection[str], members: int | None, workers: int, device: torch.device
) -> Iterable[Chunk]:
    """The missing ones of a cohort in pieces of nearly one size.

    The whole cohort is cut, whatever is missing: a sweep that is taken up again has the same pieces as before.
    """
    if all(one.run not in missing for one in cohort):
        return
    one = cohort[0]
    shape = dims(one, opened(one))
    room = None if device.type == "cpu" else torch.cuda.get_device_properties(device).total_memory // 2
    count = ceil(len(cohort) / (members or members_per_chunk(one, shape, cache_bytes=room, memory_bytes=room)))
    if members is None and count % workers and estimate(one, shape, len(cohort)).seconds > WORTH_SPLITTING:
        count = min(ceil(count / workers) * workers, len(cohort))  # the last round as full as the others
    for place in range(count):
        piece = cohort[place * len(cohort) // count : (place + 1) * len(cohort) // count]
        if left := [one for one in piece if one.run in missing]:
            yield Chunk(left, estimate(one, shape, len(left)))


def opened(experiment: Experiment) -> Source:
    """The data of an experiment's task. Raises TaskError where they cannot be had, or do not fit into memory."""
    try:
        return open_source(experiment)
    except SpecError as error:
        raise TaskError(experiment.run, error.problems) from error
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and "alloc" not in str(error):  # torch has no class of its own for it
            raise
        message = "the data of this task do not fit into memory: lower batch_size or sequence_length"
        raise TaskError(experiment.run, [Problem(message, path="batch_size")]) from error

"""`execute`: claims what is missing of a sweep, hands it to an executor, and notes what became of it."""

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from gradx.base import yaml
from gradx.base.errors import GradxError
from gradx.engine.train import Progress
from gradx.executors.base import Executor, Outcome
from gradx.executors.inline import Inline
from gradx.plan import Plan, done, packed, plan
from gradx.spec import WORDS, Experiment
from gradx.store.claims import Claim
from gradx.store.index import DONE
from gradx.store.parts import write_text
from gradx.store.runs import Results
from gradx.work import Job, Trained, failed_row, work

MANY_PARTS = 200  # from there on reading them takes long enough to put them together


@dataclass
class Working:
    """A chunk in work: what it is, and how far."""

    label: str
    members: int
    steps: int
    step: int = 0


@dataclass
class Standing:
    """Where a sweep stands.

    Attributes:
        points: runs of the sweep.
        done: finished or diverged, those that were there before included.
        earlier: were there before.
        failed: this time.
        diverged: of those done.
        busy: in work in other processes.
        working: what is in work here.
        latest: the last news from training, if it came from this process.
    """

    points: int
    done: int = 0
    earlier: int = 0
    failed: int = 0
    diverged: int = 0
    busy: int = 0
    chunks: dict[str, Working] = field(default_factory=dict)
    latest: Progress | None = None

    @property
    def working(self) -> list[Working]:
        return list(self.chunks.values())


@dataclass(frozen=True)
class Report:
    """What became of a sweep: the runs trained now, why others failed now, and all that have been there at any time."""

    computed: set[str]
    failed: dict[str, str]  # run id -> error
    seen: set[str]


def execute(
    todo: Plan,
    experiments: Sequence[Experiment],
    results: Results,
    device: torch.device,
    *,
    spec: str,
    executor: Executor | None = None,
    workers: int = 1,
    members: int | None = None,
    force: bool = False,
    max_failures: int | None = None,
    progress: Callable[[Standing], None] = lambda _: None,
) -> Report:
    """Trains what is missing; waits for what other processes are working on.

    Args:
        todo: what is missing.
        experiments: all points of the sweep.
        results: where the runs go.
        device: where they train.
        spec: YAML that makes these experiments again, for `spec.yaml`.
        executor: who trains them; by default this process.
        workers: processes that the executor keeps busy.
        members: of one chunk at most.
        force: train again what is there.
        max_failures: stop after that many failed runs.
        progress: called whenever something has happened.

    Raises:
        ResultsError: the results directory cannot be read or written.
    """
    sweep = _Sweep(experiments, results, device, force, max_failures, progress)
    sweep.found(todo.finished, busy=0)
    if todo.chunks:
        results.create(spec, environment(device, experiments[0].threads))
    else:
        _restate(results, spec)
    started = bool(todo.chunks)
    try:
        while todo.chunks and not sweep.stopped:
            sweep.work_off(todo, executor or Inline())
            if not sweep.elsewhere:
                break
            results.wait(sweep.elsewhere)
            left = [one for one in experiments if one.run in sweep.elsewhere]
            todo = plan(left, results, members=members, workers=workers, device=device)
            sweep.found(todo.finished, todo.busy)
        if started and len(results.paths.run_tokens()) > MANY_PARTS:
            results.compact()
    finally:
        if started or (results.index() and not results.paths.summary.exists()):  # removed, or its writing failed
            results.write_summary()
    return Report(sweep.computed, sweep.failed, sweep.seen | sweep.computed | sweep.failed.keys())


def _restate(results: Results, spec: str) -> None:
    """Writes spec.yaml anew where the same experiments are said other things of: a question, a claim."""
    path = results.paths.spec
    with suppress(OSError, GradxError):  # results that cannot be written can still be looked at
        if path.read_text() != spec and _runs_of(path.read_text()) == _runs_of(spec):
            write_text(path, spec)


def _runs_of(spec: str) -> dict[str, Any]:
    """What of a spec makes runs."""
    return {key: value for key, value in yaml.parse(spec, "spec.yaml").data.items() if key not in WORDS}


def rows(experiments: Sequence[Experiment], results: Results, report: Report) -> list[dict[str, Any]]:
    """The row of each experiment that has been tried, in their order. Raises ResultsError."""
    there = results.rows([one.run for one in experiments])
    kept = {run for run, row in there.items() if row["status"] in DONE}  # a run that was forced and has failed
    notes = {run: error + " (its earlier result is kept)" * (run in kept) for run, error in report.failed.items()}
    found = there | {one.run: failed_row(one, notes[one.run]) for one in experiments if one.run in notes}
    return [found[one.run] for one in experiments if one.run in found]


def environment(device: torch.device, threads: int) -> dict[str, Any]:
    """What numbers may depend on besides the spec."""
    from gradx import __version__

    return {
        "gradx": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(),
        "processor": platform.machine(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "cuda": torch.version.cuda,
        "threads": threads,
    }


class _Sweep:
    """The state of one call of `execute`."""

    def __init__(
        self,
        experiments: Sequence[Experiment],
        results: Results,
        device: torch.device,
        force: bool,
        max_failures: int | None,
        progress: Callable[[Standing], None],
    ) -> None:
        self._results, self._device, self._force = results, device, force
        self._max_failures, self._progress = max_failures, progress
        self._claims: dict[str, Claim] = {}  # by the key of the job that they are for
        self.standing = Standing(points=len({one.run for one in experiments}))
        self.elsewhere: set[str] = set()  # runs that other processes are working on
        self.seen: set[str] = set()  # runs that were there already, or that others have done
        self.computed: set[str] = set()
        self.failed: dict[str, str] = {}

    @property
    def stopped(self) -> bool:
        """Whether enough has failed."""
        return self._max_failures is not None and len(self.failed) >= self._max_failures

    def found(self, statuses: Mapping[str, str], busy: int) -> None:
        """Counts runs that this call has not trained, by run id, and those that others are working on."""
        self.seen |= statuses.keys()
        self.standing.done += len(statuses)
        self.standing.earlier += len(statuses)  # not this call's work
        self.standing.diverged += sum(status == "diverged" for status in statuses.values())
        self.standing.busy = busy
        self._progress(self.standing)

    def work_off(self, todo: Plan, executor: Executor) -> None:
        """Has all chunks trained but for the runs that are, or become, others' work."""
        self.elsewhere = set()
        with ExitStack() as claims:
            jobs = self._jobs(todo, executor.outlives, claims)
            with closing(executor.run(work, jobs, self._notice)) as outcomes:
                for outcome in outcomes:
                    self._note(outcome)
                    if self.stopped:
                        break

    def _jobs(self, todo: Plan, remote: bool, claims: ExitStack) -> Iterator[Job]:
        """A job for each chunk, claimed when it is asked for; what `remote` jobs do they claim themselves."""
        root, device = self._results.paths.root, str(self._device)
        for chunks in packed(todo.chunks):
            members = tuple(tuple(chunk.experiments) for chunk in chunks)
            runs = [one.run for cohort in members for one in cohort]
            job = Job(members, root, device, self._force, frozenset(todo.outdated.intersection(runs)))
            if not remote:
                claim = claims.enter_context(self._results.claim(runs, done(job.experiments, self._force)))
                self.elsewhere |= claim.busy
                meanwhile = set(runs) - claim.runs - claim.busy  # others have finished them
                entries = self._results.index() if meanwhile else {}
                self.found({run: entries[run].status for run in meanwhile & entries.keys()}, len(self.elsewhere))
                if not claim.runs:
                    continue
                job = replace(job.only(claim.runs), token=claim.token)
                self._claims[job.key] = claim
            self.standing.chunks[job.key] = Working(job.label, len(job.experiments), job.steps)
            self._progress(self.standing)
            yield job

    def _notice(self, job: Job, latest: Progress) -> None:
        """News from a job in work."""
        if working := self.standing.chunks.get(job.key):
            working.step, self.standing.latest = latest.step, latest
            self._progress(self.standing)

    def _note(self, outcome: Outcome[Job, Trained]) -> None:
        """Counts what an outcome brings, and writes down what has failed."""
        job, claim = outcome.job, self._claims.pop(outcome.job.key, None)
        self.standing.chunks.pop(job.key, None)
        trained = outcome.result
        if trained is None and claim is not None and claim.committed:  # killed after its work was done
            rows = self._results.rows([one.run for one in job.experiments])
            failed = {run: str(row["error"]) for run, row in rows.items() if row["status"] == "failed"}
            trained = Trained({run: row["status"] for run, row in rows.items() if run not in failed}, failed)
        if trained is None:
            error = outcome.error or "no reason is known"
            trained = Trained({}, {one.run: error for one in job.experiments})
            self._write_failed(job, error, claim)
        self.failed |= trained.failed
        self.computed |= trained.statuses.keys()
        self.standing.failed = len(self.failed)
        self.standing.done += len(trained.statuses)
        self.standing.diverged += sum(status == "diverged" for status in trained.statuses.values())
        if claim is not None:
            claim.release()
        self._progress(self.standing)

    def _write_failed(self, job: Job, error: str, claim: Claim | None) -> None:
        """Rows that say why a job has ended before it could."""
        rows = [failed_row(one, error) for one in job.experiments if one.run not in job.outdated]
        if not rows:
            return
        if claim is None:
            with self._results.claim([row["run"] for row in rows]) as own:
                own.commit([row for row in rows if row["run"] in own.runs])
        else:
            claim.discard()
            claim.commit(rows)

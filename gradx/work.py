"""`work`: what an executor does with one job: train a chunk of a cohort, measure it, write it down."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from math import nan
from pathlib import Path
from typing import Any

import torch

from gradx.base.errors import GradxError
from gradx.base.trace import Block, Instant
from gradx.diagnosis import AXES, diagnose
from gradx.engine.cohort import Cohort
from gradx.engine.train import Member, Progress, train
from gradx.executors.base import in_words
from gradx.plan import done
from gradx.spec import Experiment
from gradx.store.claims import Claim
from gradx.store.runs import Results

Row = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """Cohorts to train one after another; it can travel to another process or machine."""

    cohorts: tuple[tuple[Experiment, ...], ...]  # each of one shape; several only where they are small
    root: Path  # the results directory
    device: str
    force: bool = False
    outdated: frozenset[str] = frozenset()  # runs whose old result is worth more than the news of a failure
    token: str | None = None  # of the claim that the sender holds; without it the worker makes its own

    @property
    def experiments(self) -> list[Experiment]:
        """All of them."""
        return [one for cohort in self.cohorts for one in cohort]

    @cached_property
    def key(self) -> str:
        """The same for the same work, whoever asks for it."""
        text = " ".join([str(self.root.resolve()), str(self.force), *(one.run for one in self.experiments)])
        return sha256(text.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """What it is, for people; its size is told beside it."""
        kinds = dict.fromkeys(one.architecture.kind for one in self.experiments)
        return f"{', '.join(kinds)}" + (f", {len(self.cohorts)} shapes" if len(self.cohorts) > 1 else "")

    @property
    def steps(self) -> int:
        """Of all its cohorts."""
        return sum(cohort[0].steps for cohort in self.cohorts)

    def only(self, runs: Collection[str]) -> "Job":
        """The same job without the others."""
        left = (tuple(one for one in cohort if one.run in runs) for cohort in self.cohorts)
        return replace(self, cohorts=tuple(cohort for cohort in left if cohort))


@dataclass(frozen=True)
class Trained:
    """What a job has done: not the runs that others had done, or were doing."""

    statuses: dict[str, str]  # run id -> finished or diverged
    failed: dict[str, str]  # run id -> error


def work(job: Job, notify: Callable[[Progress], None]) -> Trained:
    """Trains the job's cohorts, and commits their rows and traces at once. A cohort that fails does so alone.

    Raises:
        ResultsError: the results cannot be read or written.
    """
    results = Results(job.root)
    if job.token:
        claim = results.join(job.token)
    else:
        claim = results.claim([one.run for one in job.experiments], done(job.experiments, job.force))
    with claim:
        rows, failed, before = list[Row](), dict[str, str](), 0
        mine = job.only(claim.runs)
        for cohort in mine.cohorts:
            try:
                rows += _trained(cohort, mine, claim, _later(notify, before, mine.steps))
            except GradxError:
                raise
            except Exception as error:
                if len(mine.cohorts) == 1:
                    claim.discard()
                failed |= {one.run: in_words(error) for one in cohort}
                rows += [failed_row(one, in_words(error)) for one in cohort if one.run not in job.outdated]
            before += cohort[0].steps
        claim.commit(rows)
    return Trained({row["run"]: row["status"] for row in rows if row["run"] not in failed}, failed)


def _trained(cohort: Sequence[Experiment], job: Job, claim: Claim, notify: Callable[[Progress], None]) -> list[Row]:
    """The rows of a cohort, after its trace has been written; of one among several nothing is written if it fails."""
    torch.set_num_threads(cohort[0].threads)
    network, blocks = Cohort(cohort, torch.device(job.device)), list[Block]()
    outcome = train(network, claim.write if len(job.cohorts) == 1 else blocks.append, notify)
    seconds = outcome.seconds / len(cohort)
    rows = [
        _base_row(one) | _measured(network, one, member) | {"seconds": seconds}
        for one, member in zip(cohort, outcome.members, strict=True)
    ]
    for block in blocks:
        claim.write(block)
    return rows


def _later(notify: Callable[[Progress], None], before: int, steps: int) -> Callable[[Progress], None]:
    """Progress of one cohort as progress of its job."""
    return lambda latest: notify(replace(latest, step=before + latest.step, steps=steps))


def failed_row(experiment: Experiment, error: str) -> Row:
    """The row of a run that has no results."""
    return _base_row(experiment) | {"status": "failed", "error": error}


def _base_row(experiment: Experiment) -> Row:
    """What is known of a run before it starts: its id, its name and the whole spec under dotted keys."""
    spec = {key: value for key, value in experiment.flat().items() if key not in ("name", "expect")}
    return {"run": experiment.run, "name": experiment.name, **spec}


def _measured(cohort: Cohort, experiment: Experiment, member: Member) -> dict[str, Any]:
    """The results of one member, under the names that `gradx.base.expression.NAMES` lists."""
    source = cohort.source
    first, last = member.first, member.last
    test_loss, metric = member.test_loss_final, member.metric_final
    if member.diverged_at is not None and experiment.measure.evaluations:
        test_loss = metric = nan  # an earlier look at the test set is not what the run came to
    row: dict[str, Any] = {
        "status": "finished" if member.diverged_at is None else "diverged",
        "error": None,
        "diverged_at": member.diverged_at,
        "steps_done": member.steps_done,
        "parameters": cohort.layout.size,
        "device": cohort.device.type,
        "loss.first": member.loss_first,
        "loss.final": member.loss_final,
        "loss.max": member.loss_max,
        "loss.test": test_loss,
        "loss.chance": source.chance_loss,
        "metric.name": source.metric,
        "metric.final": metric,
        "metric.chance": source.chance_metric,
        "metric.solved_at": source.solved_at,
        "solved": member.diverged_at is None and metric is not None and source.is_solved(metric),
        "grad_norm.first": first.scalar("grad_norm"),
        "grad_norm.final": last.scalar("grad_norm"),
        "clip_rate": member.clipped_steps / max(member.steps_done, 1),
        "clip_cosine.min": member.clip_cosine_min,
        "clip_cosine.mean": member.clip_cosine_mean,
    }
    for axis in AXES:
        for end in ("", ".low", ".high"):
            row[f"growth.{axis}{end}"] = first.scalar(f"growth.{axis}{end}")
        row[f"decades.{axis}"] = first.scalar(f"decades.{axis}")
        row[f"growth.{axis}.final"] = last.scalar(f"growth.{axis}")
        row[f"decades.{axis}.final"] = last.scalar(f"decades.{axis}")
    for verdict in diagnose(first, member.diverged_at, experiment.diagnosis, experiment.steps):
        row[f"verdict.{verdict.axis}"] = verdict.outcome
        row[f"evidence.{verdict.axis}"] = verdict.evidence
    row |= cohort.model.notes(cohort.dims)
    row |= _pace(cohort, first)
    return row | {f"task.{key}": value for key, value in source.facts.items()}


def _pace(cohort: Cohort, first: Instant) -> dict[str, float | None]:
    """How far the first update moved the weights next to the input and those of the last layer before the readout."""
    weights = [slot for slot in cohort.layout.slots if slot.role == "weight"]
    layers = sorted({slot.layer for slot in weights})
    if len(layers) < 2:
        return {}
    places = {"first_layer": layers[0], "last_layer": layers[-2]}
    names = {where: next(slot.name for slot in weights if slot.layer == layer) for where, layer in places.items()}
    found = {where: first.profile("update_ratio", name)[1] for where, name in names.items()}
    return {f"update_ratio.{where}": values[0] if values else None for where, values in found.items()}

"""`work`: what an executor does with one job: train a chunk of a cohort, measure it, write it down."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from gradx.diagnosis import AXES, diagnose, scalar
from gradx.engine.cohort import Cohort
from gradx.engine.train import Member, Progress, train
from gradx.plan import done
from gradx.spec import Experiment
from gradx.store.runs import Results

Trained = dict[str, str]
"""Run id to status, of the runs that a job has trained: not of those that others had done, or were doing."""


@dataclass(frozen=True)
class Job:
    """Experiments of one shape to train together; it can travel to another process or machine."""

    experiments: tuple[Experiment, ...]
    root: Path  # the results directory
    device: str
    force: bool = False
    token: str | None = None  # of the claim that the sender holds; without it the worker makes its own

    @property
    def key(self) -> str:
        """The same for the same work, whoever asks for it."""
        text = " ".join([str(self.root.resolve()), str(self.force), *(one.run for one in self.experiments)])
        return sha256(text.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """What it is, for people."""
        count = len(self.experiments)
        return f"{self.experiments[0].architecture.kind}, {count} member{'s' if count > 1 else ''}"


def work(job: Job, notify: Callable[[Progress], None]) -> Trained:
    """Trains the job's experiments and commits their rows and traces at once.

    Raises:
        ResultsError: the results cannot be read or written.
    """
    results = Results(job.root)
    if job.token:
        claim = results.join(job.token)
    else:
        claim = results.claim([one.run for one in job.experiments], done(job.experiments, job.force))
    with claim:
        experiments = [one for one in job.experiments if one.run in claim.runs]
        if experiments:
            torch.set_num_threads(experiments[0].threads)
            cohort = Cohort(experiments, torch.device(job.device))
            outcome = train(cohort, claim.write, notify)
            seconds = outcome.seconds / len(experiments)
            rows = [
                _base_row(one) | _measured(cohort, one, member) | {"seconds": seconds}
                for one, member in zip(experiments, outcome.members, strict=True)
            ]
            claim.commit(rows)
            return {row["run"]: row["status"] for row in rows}
    return {}


def failed_row(experiment: Experiment, error: str) -> dict[str, Any]:
    """The row of a run that has no results."""
    return _base_row(experiment) | {"status": "failed", "error": error}


def _base_row(experiment: Experiment) -> dict[str, Any]:
    """What is known of a run before it starts: its id, its name and the whole spec under dotted keys."""
    spec = {key: value for key, value in experiment.flat().items() if key not in ("name", "expect")}
    return {"run": experiment.run, "name": experiment.name, **spec}


def _measured(cohort: Cohort, experiment: Experiment, member: Member) -> dict[str, Any]:
    """The results of one member, under the names that `gradx.base.expression.NAMES` lists."""
    source = cohort.source
    first, last = member.first, member.last
    counted = any(quantity.kind == "grad_norm" for quantity in experiment.measure.quantities)
    row: dict[str, Any] = {
        "status": "finished" if member.diverged_at is None else "diverged",
        "error": None,
        "diverged_at": member.diverged_at,
        "steps_done": member.steps_done,
        "parameters": cohort.layout.size,
        "device": cohort.device.type,
        "loss.first": member.loss_first,
        "loss.final": member.loss_final,
        "loss.test": member.test_loss_final,
        "loss.chance": source.chance_loss,
        "metric.name": source.metric,
        "metric.final": member.metric_final,
        "metric.chance": source.chance_metric,
        "solved": member.diverged_at is None
        and member.metric_final is not None
        and source.is_solved(member.metric_final),
        "grad_norm.first": scalar(first, "grad_norm"),
        "grad_norm.final": scalar(last, "grad_norm"),
        "clip_rate": member.clipped_steps / member.sampled_steps if member.sampled_steps and counted else None,
    }
    for axis in AXES:
        for end in ("", ".low", ".high"):
            row[f"growth.{axis}{end}"] = scalar(first, f"growth.{axis}{end}")
        row[f"decades.{axis}"] = scalar(first, f"decades.{axis}")
        row[f"growth.{axis}.final"] = scalar(last, f"growth.{axis}")
        row[f"decades.{axis}.final"] = scalar(last, f"decades.{axis}")
    for verdict in diagnose(first, member.diverged_at, experiment.diagnosis, experiment.steps):
        row[f"verdict.{verdict.axis}"] = verdict.outcome
        row[f"evidence.{verdict.axis}"] = verdict.evidence
    return row | {f"task.{key}": value for key, value in source.facts.items()}

"""`execute`: skips finished runs, hands cohorts to an executor, writes traces and rows as they come."""

import platform
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from time import monotonic
from typing import Any

import numpy as np
import torch
import yaml

from gradx.base.trace import Trace
from gradx.base.yaml import scalar as value_of
from gradx.diagnosis import AXES, diagnose, scalar
from gradx.engine.cohort import Cohort
from gradx.engine.train import Member, Progress, train
from gradx.executors.base import Executor
from gradx.executors.inline import Inline
from gradx.grid import cohorts
from gradx.spec import Experiment
from gradx.store.runs import Results

PART_SECONDS = 5.0  # a part file at most this often: a short run is one part, a killed one loses no more than this
DONE = ("finished", "diverged")


@dataclass
class Plan:
    """What is there already, and what is left to do."""

    finished: dict[str, dict[str, Any]]
    missing: list[list[Experiment]]
    outdated: set[str]  # missing runs that have a result, which stays until the new one is complete


def plan(experiments: Sequence[Experiment], results: Results, force: bool = False) -> Plan:
    """Splits experiments into those whose run is finished (or diverged) in `results` and the cohorts still to train.

    Raises:
        ResultsError: the results directory cannot be read.
        SpecError: a file that a finished run was trained on has gone.
    """
    rows = {run: row for run, row in results.finished().items() if row["status"] in DONE}
    facts = cache(lambda task, length: task.open(length).facts)

    def same_data(one: Experiment) -> bool:
        """A spec names a file, not what is in it: where that has changed since, the run is another one."""
        recorded = rows[one.run].get("task.sha256")
        return recorded is None or recorded == facts(one.task, one.sequence_length).get("sha256")

    there = [one for one in experiments if one.run in rows]
    finished = {one.run: rows[one.run] for one in there if not force and same_data(one)}
    missing = cohorts(one for one in experiments if one.run not in finished)
    return Plan(finished, missing, {one.run for one in there} - set(finished))


def execute(
    experiments: Sequence[Experiment],
    results: Results,
    device: torch.device,
    force: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    executor: Executor | None = None,
) -> dict[str, dict[str, Any]]:
    """Runs what is missing and returns the row of every experiment by run id.

    Raises:
        ResultsError: the results directory cannot be read or written.
    """
    todo = plan(experiments, results, force)
    rows = dict(todo.finished)
    if todo.missing:
        results.create(spec_yaml(experiments[0]), environment(device, experiments[0].threads))
    work = partial(_work, results=results, device=device, force=force, progress=progress)
    for outcome in (executor or Inline()).run(work, todo.missing):
        if outcome.result is None:
            for one in outcome.job:
                row = _base_row(one) | {"status": "failed", "error": outcome.error}
                if one.run not in todo.outdated:  # an old result is worth more than the news of a failure
                    results.write_run(row)
                rows[one.run] = row
        else:
            rows |= outcome.result
    if todo.missing or (rows and not results.paths.summary.exists()):  # removed, or its writing failed
        results.write_summary()
    return rows


def spec_yaml(experiment: Experiment) -> str:
    """The resolved spec as YAML that `gradx run` takes."""
    return yaml.dump(experiment.resolved(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


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


class _Dumper(yaml.SafeDumper):
    """Puts text such as `1e3` in quotes: a number to YAML 1.2, as `gradx.base.yaml` reads it, but not to PyYAML."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = None if isinstance(value_of(data), str) else "'"
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)


@dataclass
class _Parts:
    """Collects a cohort's trace rows and writes them as part files now and then, or with `held` only at the end."""

    results: Results
    held: bool
    pending: dict[str, list[Trace]] = field(default_factory=dict)
    written: float = field(default_factory=monotonic)

    def add(self, trace: Trace) -> None:
        self.pending.setdefault(str(trace.run[0]), []).append(trace)
        if not self.held and monotonic() - self.written > PART_SECONDS:
            self.write()

    def write(self) -> None:
        for run, traces in self.pending.items():
            self.results.write_trace(run, Trace.concat(traces))
        self.pending, self.written = {}, monotonic()


def _work(
    experiments: list[Experiment],
    results: Results,
    device: torch.device,
    force: bool,
    progress: Callable[[Progress], None],
) -> dict[str, dict[str, Any]]:
    """Trains one cohort, unless another process has done so in the meantime.

    A run's row is written after its trace: no row, no run. A run that is forced again keeps its old row and trace until
    the new ones are complete.
    """
    with ExitStack() as locks:
        for run in sorted(one.run for one in experiments):
            locks.enter_context(results.locked(run))
        todo = plan(experiments, results, force)
        rows = dict(todo.finished)
        for cohort in todo.missing:
            rows |= _train(cohort, results, device, held=bool(todo.outdated), progress=progress)
    return rows


def _train(
    experiments: list[Experiment],
    results: Results,
    device: torch.device,
    held: bool,
    progress: Callable[[Progress], None],
) -> dict[str, dict[str, Any]]:
    if not held:
        _discard(experiments, results)  # what a killed run left
    torch.set_num_threads(experiments[0].threads)
    cohort = Cohort(experiments, device)
    parts = _Parts(results, held)
    outcome = train(cohort, parts.add, progress)
    if held:
        _discard(experiments, results)
    parts.write()
    rows = {}
    for one, member in zip(experiments, outcome.members, strict=True):
        row = _base_row(one) | _measured(cohort, one, member) | {"seconds": outcome.seconds / len(experiments)}
        results.write_run(row)
        rows[one.run] = row
    return rows


def _discard(experiments: list[Experiment], results: Results) -> None:
    for one in experiments:
        results.discard(one.run)


def _base_row(experiment: Experiment) -> dict[str, Any]:
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

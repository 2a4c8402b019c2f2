"""`train`: the one loop that trains a cohort, measures it, and notices which members diverge."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import isfinite, isnan, log10
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from gradx.base.trace import Trace
from gradx.engine.cohort import Cohort
from gradx.engine.record import Recorder
from gradx.engine.step import step
from gradx.spec import Measure

HOST_SECONDS = 0.2  # how often numbers come to the host: often enough for a live display
PENDING_BYTES = 1 << 25
TEST_CHUNK = 256  # test examples through the network at a time


@dataclass
class Member:
    """What became of one member. `first` and `last` are the trace rows of its first and last sampled step."""

    run: str
    diverged_at: int | None = None  # the step whose loss was not finite, from 0; `steps` if only the test loss was not
    steps_done: int = 0
    loss_first: float | None = None
    loss_final: float | None = None
    metric_final: float | None = None
    test_loss_final: float | None = None
    clipped_steps: int = 0
    sampled_steps: int = 0
    first: Trace = field(default_factory=lambda: Trace.concat([]))
    last: Trace = field(default_factory=lambda: Trace.concat([]))


@dataclass(frozen=True)
class Progress:
    """Where training stands: `loss` and `grad_norm` are those of the first member that has not diverged."""

    step: int
    steps: int
    loss: float
    grad_norm: float
    diverged: int


@dataclass(frozen=True)
class Outcome:
    """Result of a cohort: its members in order, and the seconds it took."""

    members: list[Member]
    seconds: float


def sampled_steps(measure: Measure, steps: int) -> set[int]:
    """The steps (from 0) that are measured: every n, or about ten a decade; always the first and the last."""
    last = max(steps - 1, 0)
    if measure.every == "log":
        count = max(int(10 * log10(last)) + 1, 1) if last else 1
        chosen = {round(10 ** (number / 10)) for number in range(count)}
    else:
        chosen = set(range(0, last, measure.every))
    return {number for number in chosen if number <= last} | {0, last}


def train(
    cohort: Cohort,
    write: Callable[[Trace], None],
    progress: Callable[[Progress], None] = lambda _: None,
    tick: float = HOST_SECONDS,
) -> Outcome:
    """Trains the cohort to its last step, or until every member has diverged.

    Args:
        cohort: its parameters are updated in place.
        write: takes trace rows (of one run at a time) as they come to the host.
        progress: called at every flush.
        tick: seconds between flushes.
    """
    return _Training(cohort, write, progress, tick).run()


class _Training:
    """The state of one call of `train`."""

    def __init__(
        self, cohort: Cohort, write: Callable[[Trace], None], progress: Callable[[Progress], None], tick: float
    ) -> None:
        self._cohort, self._write, self._progress, self._tick = cohort, write, progress, tick
        self._members = [Member(experiment.run) for experiment in cohort.experiments]
        self._recorder = Recorder(cohort.spec.measure.quantities, [member.run for member in self._members])
        self._kinds = {quantity.kind for quantity in cohort.spec.measure.quantities}
        self._sampled = sampled_steps(cohort.spec.measure, cohort.spec.steps)
        self._losses: list[Tensor] = []
        self._seen = 0  # steps whose losses have been looked at

    def run(self) -> Outcome:
        started = perf_counter()
        cohort, spec = self._cohort, self._cohort.spec
        evaluated = {round(spec.steps * k / spec.measure.evaluations) for k in range(1, spec.measure.evaluations + 1)}
        batches, state = cohort.batches(), cohort.optimizer.init(cohort.params)
        handed = perf_counter()
        for number in range(max(spec.steps, 1)):
            measure = partial(self._recorder.sample, number) if number in self._sampled else None
            losses, state = step(cohort, state, next(batches), number + 1, measure, update=spec.steps > 0)
            self._losses.append(losses)
            stop = number + 1 in evaluated or number + 1 >= spec.steps
            due = perf_counter() - handed > self._tick or self._recorder.pending_bytes > PENDING_BYTES
            if due or stop or self._recorder.full:
                self._look()
                if stop or self._recorder.full or self._ended:  # never by the clock: it shows in the last bits
                    self._recorder.settle(self._end)
                if due or stop or self._ended:
                    self._hand_on()
                    handed = perf_counter()
            if self._ended:
                break
            if number + 1 in evaluated:
                self._evaluate(number + 1)
        if spec.steps == 0:
            self._evaluate(0)
        return Outcome(self._members, perf_counter() - started)

    @property
    def _ended(self) -> bool:
        """Whether every member has diverged."""
        return self._end is not None

    @property
    def _end(self) -> int | None:
        """The last step that matters, once every member has diverged."""
        steps = [member.diverged_at for member in self._members if member.diverged_at is not None]
        return max(steps) if len(steps) == len(self._members) else None

    def _look(self) -> None:
        """Brings the losses to the host and finds who diverged."""
        if not self._losses:
            return
        losses = torch.stack(self._losses).double().cpu().numpy()  # sync
        self._losses = []
        for member, column in zip(self._members, losses.T, strict=True):
            self._note(member, column)
        self._seen += len(losses)

    def _hand_on(self) -> None:
        """Brings the readings to the host, hands the rows on, and says where training stands."""
        ends = [member.diverged_at for member in self._members]
        for member, trace in zip(self._members, self._recorder.flush(ends), strict=True):
            if len(trace):
                self._keep_ends(member, trace)
                self._write(trace)
        self._report()

    def _note(self, member: Member, losses: np.ndarray) -> None:
        """Takes over the losses of the steps since the last look."""
        if member.diverged_at is not None:
            return
        bad = np.flatnonzero(~np.isfinite(losses))
        if len(bad):
            member.diverged_at = self._seen + int(bad[0])
            losses = losses[: bad[0] + 1]
            number = np.int64(member.diverged_at)
            if number not in self._sampled or "loss" not in self._kinds:
                self._write(Trace(member.run, [number], "loss", "", 0, losses[-1:]))
        member.steps_done = self._seen + len(losses) if self._cohort.spec.steps else 0
        member.loss_first = float(losses[0]) if member.loss_first is None else member.loss_first
        member.loss_final = float(losses[-1])

    def _keep_ends(self, member: Member, trace: Trace) -> None:
        """Remembers the first and last sampled step, and how often clipping acted."""
        steps = np.unique(trace.step)
        if not len(member.first):
            member.first = select(trace, trace.step == steps[0])
        member.last = select(trace, trace.step == steps[-1])
        member.sampled_steps += len(steps)
        member.clipped_steps += int(((trace.quantity == "clip_coefficient") & (trace.value < 1)).sum())

    def _report(self) -> None:
        alive = next((member for member in self._members if member.diverged_at is None), self._members[-1])
        norm = alive.last.value[alive.last.quantity == "grad_norm"]
        loss = alive.loss_final if alive.loss_final is not None else float("nan")
        diverged = sum(member.diverged_at is not None for member in self._members)
        steps = self._cohort.spec.steps
        grad_norm = float(norm[0]) if len(norm) else float("nan")
        seen = self._seen if self._end is None else self._end + 1  # of a dead cohort the last step that counts
        self._progress(Progress(min(seen, steps), steps, loss, grad_norm, diverged))

    def _evaluate(self, number: int) -> None:
        """Test loss and metric of every member that has not diverged, as trace rows at step `number`."""
        losses, scores = evaluate(self._cohort)
        for member, loss, score in zip(self._members, losses, scores, strict=True):
            if member.diverged_at is not None:
                continue
            if isnan(loss):
                score = loss  # the largest of NaN outputs is class 0, which is no answer
            member.test_loss_final, member.metric_final = loss, score
            self._write(Trace(member.run, [number, number], ["test_loss", "metric"], "", 0, [loss, score]))
            if not isfinite(loss) and number >= self._cohort.spec.steps:
                member.diverged_at = self._cohort.spec.steps


def evaluate(cohort: Cohort) -> tuple[list[float], list[float]]:
    """Loss and metric of every member over the whole test set, weighted by the size of each chunk."""
    x, y = cohort.source.test()
    members, count = len(cohort.experiments), len(x)
    loss = torch.zeros(members, dtype=torch.float64, device=cohort.device)
    score = torch.zeros_like(loss)
    with torch.no_grad():
        for start in range(0, count, TEST_CHUNK):
            part = slice(start, start + TEST_CHUNK)
            xs, ys = (cohort.to_device(values[part]).expand(members, *values[part].shape) for values in (x, y))
            output, _ = cohort.model.forward(cohort.dims, cohort.weights, xs)
            loss += cohort.source.loss(output, ys).double() * len(x[part])
            score += cohort.source.score(output, ys).double() * len(x[part])
    return (loss / count).tolist(), (score / count).tolist()  # sync


def select(trace: Trace, rows: np.ndarray) -> Trace:
    """The rows of a trace that a mask picks."""
    return Trace(**{name: column[rows] for name, column in trace.columns().items()})

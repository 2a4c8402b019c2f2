"""`train`: the one loop that trains a cohort, measures it, and notices which members diverge."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
import torch
from torch import Tensor

from gradx.base.trace import Block
from gradx.engine.cohort import Cohort
from gradx.engine.members import Member as Member
from gradx.engine.members import Members
from gradx.engine.memory import kept_memory
from gradx.engine.record import PENDING_BYTES, Recorder
from gradx.engine.sampling import evaluated_steps, sampled_steps
from gradx.engine.step import fresh, step
from gradx.tensors.mode import Mode

HOST_SECONDS = 0.2  # how often numbers come to the host: often enough for a live display
# Test examples through the network at a time, of all members together; at least a batch of each, which training holds
# with all gradients. More than a batch only where what the network makes of them is small.
TEST_CHUNK = 256
TEST_BYTES = 1 << 24
LOSS = [("loss", "", 0)]
TESTED = [("test_loss", "", 0), ("metric", "", 0)]


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


def train(
    cohort: Cohort,
    write: Callable[[Block], None],
    progress: Callable[[Progress], None] = lambda _: None,
    tick: float = HOST_SECONDS,
) -> Outcome:
    """Trains the cohort to its last step, or until every member has diverged.

    Args:
        cohort: its parameters are updated in place.
        write: takes what was measured as it comes to the host; after its divergence nothing of a member is `present`.
        progress: called at every flush.
        tick: seconds between flushes.
    """
    with kept_memory():
        return _Training(cohort, write, progress, tick).run()


class _Training:
    """The state of one call of `train`."""

    def __init__(
        self, cohort: Cohort, write: Callable[[Block], None], progress: Callable[[Progress], None], tick: float
    ) -> None:
        self._cohort, self._write, self._progress, self._tick = cohort, write, progress, tick
        self._members = Members([experiment.run for experiment in cohort.experiments])
        self._recorder = Recorder(cohort.spec.measure.quantities, self._members.runs)
        self._kinds = {quantity.kind for quantity in cohort.spec.measure.quantities}
        self._sampled = sampled_steps(cohort.spec.measure, cohort.spec.steps)
        self._losses: list[Tensor] = []
        self._acted: list[Tensor] = []
        self._seen = 0  # steps whose losses have been looked at

    def run(self) -> Outcome:
        started = perf_counter()
        cohort, spec = self._cohort, self._cohort.spec
        evaluated = evaluated_steps(spec.measure, spec.steps)
        batches, memory = cohort.batches(), fresh(cohort)
        handed = perf_counter()
        for number in range(max(spec.steps, 1)):
            measure = partial(self._recorder.sample, number) if number in self._sampled else None
            losses, acted, memory = step(cohort, memory, next(batches), number + 1, measure, update=spec.steps > 0)
            self._losses.append(losses)
            if acted is not None:
                self._acted.append(acted)
            stop = number + 1 in evaluated or number + 1 >= spec.steps
            due = perf_counter() - handed > self._tick or self._recorder.pending_bytes > PENDING_BYTES
            if due or stop or self._recorder.full:
                self._look()
                end = self._members.end
                if stop or self._recorder.full or end is not None:  # never by the clock: it shows in the last bits
                    self._recorder.settle(end)
                if due or stop or end is not None:
                    self._hand_on()
                    handed = perf_counter()
                if end is not None:
                    break
            if number + 1 in evaluated:
                self._evaluate(number + 1)
        if spec.steps == 0 and spec.measure.evaluations:
            self._evaluate(0)
        return Outcome(self._members.result(spec.steps), perf_counter() - started)

    def _look(self) -> None:
        """Brings losses, and where clipping acted, to the host and finds who diverged.

        A loss that ends a run is always handed on.
        """
        if not self._losses:
            return
        seen = torch.stack(self._losses + self._acted, dim=0).double().cpu().numpy()  # sync
        losses, acted = seen[: len(self._losses)], seen[len(self._losses) :]
        self._losses, self._acted = [], []
        self._seen += len(losses)
        gone = np.flatnonzero(self._members.saw(losses, acted if len(acted) else None))
        at = self._members.diverged_at[gone]
        if "loss" in self._kinds:
            gone, at = (each[~np.isin(at, list(self._sampled))] for each in (gone, at))
        if len(gone):
            steps = np.unique(at)
            present = at[:, None] == steps
            values = np.where(present, self._members.loss[gone][:, None], 0.0)
            runs = [self._members.runs[place] for place in gone]
            self._write(Block(runs, steps, LOSS, values[..., None], present[..., None]))

    def _hand_on(self) -> None:
        """Brings the readings to the host, hands them on, and says where training stands."""
        block = self._recorder.flush(self._members.ends)
        if block is not None:
            self._members.measured(block)
            self._write(block)
        self._report()

    def _report(self) -> None:
        alive = self._members.alive
        shown = int(alive.argmax()) if alive.any() else len(alive) - 1
        loss, grad_norm = float(self._members.loss[shown]), float(self._members.grad_norm[shown])
        steps, end = self._cohort.spec.steps, self._members.end
        seen = self._seen if end is None else end + 1  # of a dead cohort the last step that counts
        self._progress(Progress(min(seen, steps), steps, loss, grad_norm, int((~alive).sum())))

    def _evaluate(self, number: int) -> None:
        """Test loss and metric of every member that has not diverged, as a block at step `number`."""
        loss, metric = (np.array(values) for values in evaluate(self._cohort))
        metric = np.where(np.isnan(loss), loss, metric)  # the largest of NaN outputs is class 0, which is no answer
        alive = self._members.alive
        self._members.evaluated(loss, metric)
        values = np.stack([loss, metric], axis=1)[alive]
        runs = [run for run, there in zip(self._members.runs, alive, strict=True) if there]
        self._write(Block(runs, np.array([number], dtype=np.int64), TESTED, values[:, None]))
        if number >= self._cohort.spec.steps:
            self._members.diverged_at[alive & ~np.isfinite(loss)] = self._cohort.spec.steps


def evaluate(cohort: Cohort) -> tuple[list[float], list[float]]:
    """Loss and metric of every member over the whole test set, weighted by the size of each chunk."""
    x, y = cohort.source.test()
    members, count = len(cohort.experiments), len(x)
    loss = torch.zeros(members, dtype=torch.float64, device=cohort.device)
    score = torch.zeros_like(loss)
    example = members * cohort.model.footprint(cohort.dims).values * cohort.computed.itemsize
    size = min(TEST_CHUNK, max(cohort.spec.batch_size, min(TEST_CHUNK // members, TEST_BYTES // max(example, 1))))
    weights, mode = cohort.copies(cohort.params), Mode(buffers=cohort.buffers)
    with torch.no_grad():
        for start in range(0, count, size):
            part = slice(start, start + size)
            xs, ys = (cohort.to_device(values[part]).expand(members, *values[part].shape) for values in (x, y))
            output = cohort.model.run(cohort.dims, weights, cohort.as_input(xs), mode).output.to(cohort.dtype)
            loss += cohort.source.loss(output, ys).double() * len(x[part])
            score += cohort.source.score(output, ys).double() * len(x[part])
    return (loss / count).tolist(), (score / count).tolist()  # sync

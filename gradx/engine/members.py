"""`Members`: what becomes of every member of a cohort, kept as arrays over the members while they train."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gradx.base.trace import Block, Instant

Floats = NDArray[np.float64]
NEVER = -1


@dataclass
class Member:
    """What became of one member. `first` and `last` are what was measured at its first and last sampled step."""

    run: str
    diverged_at: int | None = None  # the step whose loss was not finite, from 0; `steps` if only the test loss was not
    steps_done: int = 0
    loss_first: float | None = None
    loss_max: float | None = None  # the largest finite one of all steps
    loss_final: float | None = None
    metric_final: float | None = None
    test_loss_final: float | None = None
    clipped_steps: int = 0  # of those that were done; without any, of the one that was looked at
    clip_cosine_min: float | None = None  # over the sampled steps where it is defined
    clip_cosine_mean: float | None = None
    first: Instant = field(default_factory=Instant)
    last: Instant = field(default_factory=Instant)


class Members:
    """One entry of each array belongs to one member.

    Attributes:
        runs: run ids.
        diverged_at: the step whose loss was not finite; `NEVER` where there was none.
        loss: of the last step that counts.
    """

    def __init__(self, runs: Sequence[str]) -> None:
        count = len(runs)
        self.runs = list(runs)
        self.diverged_at = np.full(count, NEVER)
        self.loss = np.full(count, np.nan)
        self._loss_first, self._loss_max = np.full((2, count), np.nan)
        self._test_loss, self._metric = np.full(count, np.nan), np.full(count, np.nan)
        self._evaluated = np.zeros(count, dtype=bool)
        self._steps_done = np.zeros(count, dtype=int)
        self._clipped = np.zeros(count, dtype=int)
        self._cosines, self._cosine_sum = np.zeros(count, dtype=int), np.zeros(count)
        self._cosine_min = np.full(count, np.inf)
        self._seen = 0
        self._first: Block | None = None
        self._last: Block | None = None  # one step, that of each member's own last sampled step
        self._last_steps = np.zeros(count, dtype=int)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Who has not diverged."""
        return np.asarray(self.diverged_at == NEVER, dtype=np.bool_)

    @property
    def ends(self) -> NDArray[np.int64]:
        """The last step that counts, for each member."""
        return np.where(self.alive, np.iinfo(np.int64).max, self.diverged_at)

    @property
    def end(self) -> int | None:
        """The last step that matters, once every member has diverged."""
        return None if self.alive.any() else int(self.diverged_at.max())

    @property
    def grad_norm(self) -> Floats:
        """Of the last sampled step; NaN where it was not measured."""
        if self._last is None or "grad_norm" not in self._last.places:
            return np.full(len(self.runs), np.nan)
        return np.asarray(self._last.values[:, 0, self._last.places["grad_norm"][0]])

    def saw(self, losses: Floats, acted: Floats | None = None) -> NDArray[np.bool_]:
        """Takes over the losses (step, member) of the steps since the last call. Says who has diverged in them.

        `acted` is 1 where clipping acted; what comes after the end does not count.
        """
        before = self.alive
        bad = ~np.isfinite(losses) & before
        diverged = np.asarray(bad.any(axis=0), dtype=np.bool_)
        kept = np.where(diverged, bad.argmax(axis=0) + 1, len(losses))
        if self._seen == 0:
            self._loss_first = losses[0]
        self.diverged_at[diverged] = (self._seen + kept - 1)[diverged]
        counted = np.isfinite(losses) & (np.arange(len(losses))[:, None] < kept) & before
        self._loss_max = np.fmax(self._loss_max, np.fmax.reduce(np.where(counted, losses, np.nan)))
        self.loss[before] = np.take_along_axis(losses, kept[None] - 1, axis=0)[0][before]
        self._steps_done[before] = (self._seen + kept)[before]
        if acted is not None:
            counts = (np.arange(len(losses))[:, None] < kept) & before
            self._clipped += (counts & (acted > 0)).sum(axis=0)
        self._seen += len(losses)
        return diverged

    def measured(self, block: Block) -> None:
        """Remembers the first and last sampled step, and how clipping turned; steps after the end do not count."""
        steps = block.steps <= self.ends[:, None]
        if (places := block.places.get("clip_cosine")) is not None:
            defined = np.full(steps.shape, True) if block.present is None else block.present[:, :, places[0]]
            counts, cosines = steps & defined, block.values[:, :, places[0]]
            self._cosines += counts.sum(axis=1)
            self._cosine_sum += np.where(counts, cosines, 0.0).sum(axis=1)
            self._cosine_min = np.minimum(self._cosine_min, np.where(counts, cosines, np.inf).min(axis=1))
        if self._first is None:
            self._first = _one(block, np.zeros(len(self.runs), dtype=int))
        there = steps.any(axis=1)
        place = steps.shape[1] - 1 - steps[:, ::-1].argmax(axis=1)
        newest = _one(block, place)
        if self._last is not None and not there.all():
            for new, old in ((newest.values, self._last.values), (newest.present, self._last.present)):
                assert new is not None
                assert old is not None
                new[~there] = old[~there]
        self._last = newest
        self._last_steps[there] = block.steps[place[there]]

    def evaluated(self, loss: Floats, metric: Floats) -> None:
        """Takes over test loss and metric of those that are alive."""
        self._test_loss = np.where(self.alive, loss, self._test_loss)
        self._metric = np.where(self.alive, metric, self._metric)
        self._evaluated |= self.alive

    def result(self, steps: int) -> list[Member]:
        """Each member on its own, after a training of `steps` steps."""
        columns = zip(
            self.runs,
            [None if step == NEVER else step for step in self.diverged_at.tolist()],
            self._steps_done.tolist() if steps else [0] * len(self.runs),
            self._loss_first.tolist(),
            [None if np.isnan(loss) else loss for loss in self._loss_max.tolist()],
            self.loss.tolist(),
            *(
                [value if there else None for value, there in zip(values.tolist(), self._evaluated, strict=True)]
                for values in (self._metric, self._test_loss)
            ),
            self._clipped.tolist(),
            *(
                [value if count else None for value, count in zip(values.tolist(), self._cosines.tolist(), strict=True)]
                for values in (self._cosine_min, self._cosine_sum / np.maximum(self._cosines, 1))
            ),
            strict=True,
        )
        members = [Member(*fields) for fields in columns]
        if self._first is not None and self._last is not None:
            for place, member in enumerate(members):
                member.first = self._first.at(place, 0)
                member.last = replace(self._last.at(place, 0), step=int(self._last_steps[place]))
        return members


def _one(block: Block, steps: NDArray[np.intp]) -> Block:
    """A copy of one step of each run, given by its place."""
    runs = np.arange(len(steps))
    values = block.values[runs, steps][:, None]
    present = np.ones(values.shape, dtype=bool) if block.present is None else block.present[runs, steps][:, None]
    return Block(block.runs, block.steps[:1], block.columns, values, present)

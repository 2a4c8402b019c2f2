"""`Pool`: a classification task over a fixed set of examples, with a fixed held-out part."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gradx.base.errors import Problem, SpecError
from gradx.base.seeds import stream
from gradx.tasks.base import Block, Image, Sequence, Source


@dataclass(frozen=True)
class Split:
    """Raw data: x uint8 of shape (n, channels, height, width), y int64 of shape (n,); `facts` as in `Source`."""

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor
    facts: dict[str, str | int | float]


class Pool(Source):
    """Examples stay uint8 in memory and are standardised block by block, in float32 whatever the run's dtype.

    Every channel (of an image) or feature (of a sequence) has mean 0 and mean square 1 over the training part. The
    chance loss is the entropy of the training labels in nats (ln 10 for ten equally frequent classes); the chance
    metric is the test accuracy of always naming the most frequent training label.
    """

    objective = "cross_entropy"
    scored = 1
    metric = "accuracy"
    higher_is_better = True

    def __init__(self, split: Split, classes: int, solved_at: float, order: Tensor | None = None) -> None:
        """Images, or with `order` (a permutation of the pixels) sequences of the pixels in that order.

        Raises:
            SpecError: a channel has one value throughout, so that it cannot be standardised.
        """
        channels, height, width = split.x.shape[1:]
        self.input = Image(channels, height, width) if order is None else Sequence(height * width, channels)
        self.outputs = classes
        self.examples = len(split.y)
        self.solved_at = solved_at
        self.facts = split.facts | {"train": len(split.y), "test": len(split.test_y)}
        share = torch.bincount(split.y, minlength=classes).double() / len(split.y)
        self.chance_loss = float(torch.special.entr(share).sum())
        self.chance_metric = float((split.test_y == share.argmax()).double().mean())
        self._mean, self._std = _moments(split.x)
        self._x, self._test_x = split.x, split.test_x
        if order is not None:
            self._mean, self._std = self._mean.flatten(), self._std.flatten()
            self._x, self._test_x = (x.flatten(2)[:, :, order].mT.contiguous() for x in (split.x, split.test_x))
        self._y, self._test_y = split.y.unsqueeze(1), split.test_y.unsqueeze(1)

    def batches(self, generator: Generator, batch_size: int) -> Iterator[Block]:
        """Batches cut from an endless row of shuffled epochs; a batch may straddle two epochs.

        Raises:
            SpecError: the batch is larger than the training set.
        """
        if batch_size > len(self._y):
            message = f"batch_size {batch_size} is larger than the training set of {len(self._y)} examples"
            raise SpecError([Problem(message, path="batch_size")])
        rows = _shuffled_rows(len(self._y), self.block_steps(batch_size), batch_size, generator)
        return ((self._standardised(self._x[row]), self._y[row]) for row in rows)

    def test(self) -> Block:
        return self._standardised(self._test_x), self._test_y

    def _standardised(self, x: Tensor) -> Tensor:
        return (x.float() - self._mean) / self._std


def fixed_permutation(count: int, name: str) -> Tensor:
    """A permutation of range(count) that no library version can change: the order of the hashes of (name, i)."""
    return torch.tensor(sorted(range(count), key=lambda i: stream(0, "permutation", name, i)))


def _shuffled_rows(examples: int, steps: int, batch_size: int, generator: Generator) -> Iterator[Tensor]:
    """Endless (steps, batch_size) row numbers: one permutation of the examples after another, nothing dropped."""
    need = steps * batch_size
    left = torch.empty(0, dtype=torch.int64)
    while True:
        while len(left) < need:
            left = torch.cat([left, torch.randperm(examples, generator=generator)])
        yield left[:need].view(steps, batch_size)
        left = left[need:]


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation per channel, (channels, 1, 1) float32; by histograms: exact, no float copy of x."""
    value = torch.arange(256, dtype=torch.float64)
    share = torch.stack([torch.bincount(channel.flatten(), minlength=256) for channel in x.unbind(1)]).double()
    share /= share.sum(1, keepdim=True)
    mean = share @ value
    std = (share * (value - mean.unsqueeze(1)).square()).sum(1).sqrt()
    if not std.all():
        message = f"channel {int(std.argmin())} has the same value in every training image and cannot be standardised"
        raise SpecError([Problem(message, path="task.path")])
    return mean.float().view(-1, 1, 1), std.float().view(-1, 1, 1)

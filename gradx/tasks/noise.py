"""Random labels: images of noise that can be learned by heart, and in no other way."""

from functools import cache
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Generator, Tensor

from gradx.base.seeds import stream
from gradx.tasks.base import Image, Source, Task
from gradx.tasks.pool import Pool, Split

TEST_EXAMPLES = 1000


class Noise(Task):
    """Random labels on random images: there is nothing to learn, only `examples` pairs to remember.

    n = `examples` images of `size` x `size` pixels, drawn once and for all, uniformly and independently, each with one
    of K = `classes` labels that has nothing to do with it; every label is as frequent as the others, to one example.
    The test set is 1000 pairs of the same kind. A net that remembers has a low training loss (`loss.final`) and a test
    accuracy of 1/K: it over-fits. One that has exploded has both at chance: it under-fits.
    x is (1, size, size), standardised as in task digits; y is (1,) of K classes; cross entropy.

    Chance: the entropy of the training labels (ln K, or up to about (K / n)^2 / 8 less where K does not divide n > K);
    accuracy of always naming one label, 1/K.
    Solved: test accuracy >= 0.9, which nobody reaches: look at `loss.final`, the loss on the training set.

    Reference: Zhang, Bengio, Hardt, Recht, Vinyals 2017, arXiv:1611.03530, section 2.1 (random labels, random pixels).
    """

    kind: Literal["noise"] = "noise"
    gives: ClassVar[type] = Image
    examples: int = Field(default=256, ge=1, le=100_000)  # few enough to be remembered within seconds
    classes: int = Field(default=10, ge=2, le=1000)  # as task digits has
    size: int = Field(default=8, ge=1, le=64)  # the same

    def open(self, sequence_length: int | None) -> Source:
        return _pool(self.examples, self.classes, self.size)


@cache
def _pool(examples: int, classes: int, size: int) -> Pool:
    drawn = [_drawn(part, count, classes, size) for part, count in (("train", examples), ("test", TEST_EXAMPLES))]
    (x, y), (test_x, test_y) = drawn
    return Pool(Split(x, y, test_x, test_y, {}), classes, solved_at=0.9)


def _drawn(part: str, count: int, classes: int, size: int) -> tuple[Tensor, Tensor]:
    generator = Generator().manual_seed(stream(0, "noise", part, count, classes, size))
    x = torch.randint(256, (count, 1, size, size), generator=generator, dtype=torch.uint8)
    return x, torch.randperm(count, generator=generator) % classes

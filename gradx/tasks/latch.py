"""The latch problem: hold one bit against noise."""

from math import log
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import Generator

from gradx.tasks.base import Block, Sequence, Source, Task, at_least
from gradx.tasks.drawn import Drawn


class Latch(Task):
    """The latch problem: the first steps decide between two classes, noise follows, the class is asked for at the end.

    T = `sequence_length` >= L = `cue` steps of one number: +1 at the first L steps for class 1, -1 for class 0 (with
    equal chance), then N(0, noise^2) to the end. The noise carries no information; a net has to latch the bit, that is,
    to reach one of two states that the noise cannot leave. T / L is the dial.
    x is (T, 1), y is (1,) of 2 classes; cross entropy at the last step.

    Chance: ln 2 nats, accuracy 1/2.
    Solved: test accuracy >= 0.99.

    Reference: Bengio, Simard & Frasconi 1994, Learning long-term dependencies with gradient descent is difficult,
    section II (L fixed, T long). There the cue's values are learned; here they are given.
    """

    kind: Literal["latch"] = "latch"
    gives: ClassVar[type] = Sequence
    cue: int = Field(default=3, ge=1)  # the paper's L
    noise: Annotated[float, Field(ge=0)] = 0.2  # standard deviation
    uses: ClassVar[frozenset[str]] = frozenset({"sequence_length"})

    def open(self, sequence_length: int | None) -> Source:
        return _Bits(at_least(sequence_length, self.cue, self.kind), self.cue, self.noise)


class _Bits(Drawn):
    outputs = 2
    objective = "cross_entropy"
    scored = 1
    metric = "accuracy"
    chance_loss = log(2)
    chance_metric = 1 / 2
    solved_at = 0.99
    higher_is_better = True

    def __init__(self, steps: int, cue: int, noise: float) -> None:
        self.input = Sequence(steps, features=1)
        self.facts = {}
        self._steps, self._cue, self._noise = steps, cue, noise

    def draw(self, generator: Generator, count: int) -> Block:
        y = torch.randint(2, (count, 1), generator=generator)
        x = torch.randn(count, self._steps, generator=generator) * self._noise
        x[:, : self._cue] = 2.0 * y - 1
        return x.unsqueeze(-1), y

    def test(self) -> Block:
        return self.held_out("latch", self._steps)

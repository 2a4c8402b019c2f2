"""The temporal order problem: in which order did two symbols come, long ago?"""

from math import log
from typing import ClassVar, Literal

import torch
from torch import Generator

from gradx.tasks.base import Block, Sequence, Source, Task, at_least
from gradx.tasks.drawn import Drawn

DISTRACTORS = 4  # tokens 2..5; 0 is A and 1 is B


class TemporalOrder(Task):
    """The temporal order problem: tell AA, AB, BA, BB apart at the last step.

    A sequence of T = `sequence_length` >= 10 tokens: four distractors (2..5) drawn uniformly, except at two steps that
    hold A (0) or B (1) with equal chance. Their places are drawn uniformly, the first among the T // 10 steps from step
    T // 10 on, the second among the T // 10 steps from 4 T // 10 on (steps counted from 0; the generator Pascanu
    released starts the second range at 5 T // 10).
    x is (T,) of 6 token numbers, y is (1,) = 2 [first is B] + [second is B]; cross entropy at the last step.

    Chance: ln 4 nats, accuracy 1/4.
    Solved: test accuracy >= 0.99 (the paper's criterion: less than 1 % errors).

    Reference: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063, section 4.1, after Hochreiter & Schmidhuber 1997, Long
    short-term memory, section 5.6.
    """

    kind: Literal["temporal_order"] = "temporal_order"
    gives: ClassVar[type] = Sequence
    uses: ClassVar[frozenset[str]] = frozenset({"sequence_length"})

    def open(self, sequence_length: int | None) -> Source:
        return _Orders(at_least(sequence_length, 10, self.kind))


class _Orders(Drawn):
    outputs = 4
    objective = "cross_entropy"
    scored = 1
    metric = "accuracy"
    chance_loss = log(4)
    chance_metric = 1 / 4
    solved_at = 0.99
    higher_is_better = True

    def __init__(self, steps: int) -> None:
        self.input = Sequence(steps, features=2 + DISTRACTORS, tokens=True)
        self.facts = {}
        self._steps = steps

    def draw(self, generator: Generator, count: int) -> Block:
        tenth = self._steps // 10
        x = torch.randint(2, 2 + DISTRACTORS, (count, self._steps), generator=generator)
        symbols = torch.randint(2, (count, 2), generator=generator)
        places = torch.randint(tenth, (count, 2), generator=generator) + torch.tensor([tenth, 4 * self._steps // 10])
        x.scatter_(1, places, symbols)
        return x, (2 * symbols[:, :1] + symbols[:, 1:])

    def test(self) -> Block:
        return self.held_out("temporal_order", self._steps)

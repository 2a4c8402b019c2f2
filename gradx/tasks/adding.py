"""The adding problem: carry two numbers over a long sequence and add them."""

from typing import ClassVar, Literal

import torch
from torch import Generator

from gradx.tasks.base import Block, Sequence, Source, Task, at_least
from gradx.tasks.drawn import Drawn


class Adding(Task):
    """The adding problem: the sum of two marked numbers, asked for at the last step.

    Each of T = `sequence_length` >= 2 steps has two features: a value u_t ~ U[0, 1] and a marker. One marker is 1 at a
    uniformly drawn step of the first T // 2 steps, one at a step of the rest, all others are 0.
    x is (T, 2), y is (1, 1) = u_i + u_j, added in float32; the loss is the mean square error at the last step.

    Chance: always answering 1 costs Var(u_i + u_j) = 2 / 12 = 1/6.
    Solved: test mse <= 1/60, ten times below chance.

    Reference: Hochreiter & Schmidhuber 1997, Long short-term memory, section 5.4. Values in [0, 1] as in Le, Jaitly &
    Hinton 2015, arXiv:1504.00941; one marker in each half as in Arjovsky, Shah & Bengio 2016, arXiv:1511.06464.
    """

    kind: Literal["adding"] = "adding"
    gives: ClassVar[type] = Sequence
    uses: ClassVar[frozenset[str]] = frozenset({"sequence_length"})

    def open(self, sequence_length: int | None) -> Source:
        return _Sums(at_least(sequence_length, 2, self.kind))


class _Sums(Drawn):
    outputs = 1
    objective = "mse"
    scored = 1
    metric = "mse"
    chance_loss = 1 / 6
    chance_metric = 1 / 6
    solved_at = 1 / 60
    higher_is_better = False

    def __init__(self, steps: int) -> None:
        self.input = Sequence(steps, features=2)
        self.facts = {}
        self._steps = steps

    def draw(self, generator: Generator, count: int) -> Block:
        half = self._steps // 2
        values = torch.rand(count, self._steps, generator=generator)
        first = torch.randint(half, (count, 1), generator=generator)
        second = torch.randint(half, self._steps, (count, 1), generator=generator)
        marked = torch.cat([first, second], 1)
        markers = torch.zeros_like(values).scatter_(1, marked, 1.0)
        return torch.stack([values, markers], -1), values.gather(1, marked).sum(1).view(count, 1, 1)

    def test(self) -> Block:
        return self.held_out("adding", self._steps)

"""The copying problem: keep a string of symbols unchanged through a long silence and repeat it."""

from math import log
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Generator, Tensor

from gradx.tasks.base import Block, Scored, Sequence, Source, Task, at_least
from gradx.tasks.drawn import Drawn


class Copying(Task):
    """The copying problem: repeat K symbols after a delay of T = `sequence_length` >= 1 steps.

    Input tokens: K = `symbols` symbols 1..A drawn uniformly from an alphabet of A = `alphabet`, T - 1 blanks (0), the
    cue (A + 1), K blanks: T + 2 K steps. Target: blank, except at the last K steps, which repeat the symbols in order.
    x is (T + 2 K,) of A + 2 token numbers, y is (T + 2 K,) of A + 1 classes; cross entropy averaged over every step.

    Chance: blanks until the cue, then a uniform guess, costs K ln A / (T + 2 K) nats; a guess is right in 1 of A cases.
    Solved: recall_accuracy, the share of right symbols in the last K steps of the test set, >= 0.99. The loss alone
    misleads: without any memory it is small already, since nearly all targets are blanks.

    Reference: Arjovsky, Shah & Bengio 2016, arXiv:1511.06464, section 5.1 (K = 10, A = 8), after Hochreiter &
    Schmidhuber 1997, Long short-term memory.
    """

    kind: Literal["copying"] = "copying"
    gives: ClassVar[type] = Sequence
    scored: ClassVar[Scored] = "all"
    symbols: int = Field(default=10, ge=1)  # 10 of 8: the setting of every later paper
    alphabet: int = Field(default=8, ge=2)
    uses: ClassVar[frozenset[str]] = frozenset({"sequence_length"})

    def open(self, sequence_length: int | None) -> Source:
        return _Strings(at_least(sequence_length, 1, self.kind), self.symbols, self.alphabet)


class _Strings(Drawn):
    objective = "cross_entropy"
    metric = "recall_accuracy"
    solved_at = 0.99
    higher_is_better = True

    def __init__(self, delay: int, symbols: int, alphabet: int) -> None:
        steps = delay + 2 * symbols
        self.input = Sequence(steps, features=alphabet + 2, tokens=True)
        self.outputs = alphabet + 1
        self.scored = steps
        self.chance_loss = symbols * log(alphabet) / steps
        self.chance_metric = 1 / alphabet
        self.facts = {}
        self._delay, self._symbols, self._cue = delay, symbols, alphabet + 1

    def draw(self, generator: Generator, count: int) -> Block:
        symbols = torch.randint(1, self._cue, (count, self._symbols), generator=generator)
        x = torch.zeros(count, self.scored, dtype=torch.int64)
        y = torch.zeros_like(x)
        x[:, : self._symbols] = symbols
        x[:, self._symbols + self._delay - 1] = self._cue
        y[:, -self._symbols :] = symbols
        return x, y

    def test(self) -> Block:
        return self.held_out("copying", self._delay)

    def score(self, output: Tensor, y: Tensor) -> Tensor:
        return super().score(output[..., -self._symbols :, :], y[..., -self._symbols :])

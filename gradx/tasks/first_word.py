"""The first word decides: a sentence whose answer depends on nothing but how it began."""

from math import log
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Generator

from gradx.tasks.base import Block, Sequence, Source, Task, at_least
from gradx.tasks.drawn import Drawn


class FirstWord(Task):
    """A sentence of T = `sequence_length` >= 1 words whose first word decides the answer at its end.

    The first word is one of K = `subjects` subjects (0..K-1), the others are drawn from F = `fillers` words that mean
    nothing (K..K+F-1), all uniformly: as in "the keys to the old cabinet in the hall are", where `keys` asks for `are`.
    x is (T,) of K + F token numbers, y is (1,) = the subject, of K classes; cross entropy at the last step. T steps lie
    between the only word that matters and the answer, whatever T is: the dial of a long-range dependency.

    Chance: ln K nats, accuracy 1/K.
    Solved: test accuracy >= 0.99.

    Reference: the agreement of subject and verb across words in between: Linzen, Dupoux, Goldberg 2016,
    arXiv:1611.01368; the form: Hochreiter & Schmidhuber 1997, Long short-term memory, section 5.2.
    """

    kind: Literal["first_word"] = "first_word"
    gives: ClassVar[type] = Sequence
    subjects: int = Field(default=4, ge=2)  # chance 1/4, as in temporal_order
    fillers: int = Field(default=8, ge=1)
    uses: ClassVar[frozenset[str]] = frozenset({"sequence_length"})

    def open(self, sequence_length: int | None) -> Source:
        return _Sentences(at_least(sequence_length, 1, self.kind), self.subjects, self.fillers)


class _Sentences(Drawn):
    objective = "cross_entropy"
    scored = 1
    metric = "accuracy"
    solved_at = 0.99
    higher_is_better = True

    def __init__(self, words: int, subjects: int, fillers: int) -> None:
        self.input = Sequence(words, features=subjects + fillers, tokens=True)
        self.outputs = subjects
        self.chance_loss = log(subjects)
        self.chance_metric = 1 / subjects
        self.facts = {}
        self._words, self._vocabulary = words, subjects + fillers

    def draw(self, generator: Generator, count: int) -> Block:
        x = torch.randint(self.outputs, self._vocabulary, (count, self._words), generator=generator)
        x[:, 0] = torch.randint(self.outputs, (count,), generator=generator)
        return x, x[:, :1].clone()

    def test(self) -> Block:
        return self.held_out("first_word", self._words)

"""Translation: a sentence of spelled-out numbers, to be written in digits."""

from functools import cache
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from gradx.base.errors import Problem, SpecError
from gradx.tasks.base import Block, Scored, Sequence, Source, Task, at_least
from gradx.tasks.drawn import Drawn

ZERO, ONES, TEENS, TENS, HUNDRED = range(5)  # the kinds of words
FIRST = (1, 2, 11, 21, 29)  # the token of the first word of each kind: zero, one, ten, twenty, hundred
WORDS = (1, 9, 10, 8, 1)  # how many there are
CHANCES = (0.05, 0.45, 0.25, 0.25, 0.0)  # of each kind, unless "hundred" comes
OWN = (1, 1, 2, 1, 0)  # digits that a word writes itself

NOTHING, OPENED, TEN, HUNDREDS = range(4)  # what stands before a word: a whole number; one .. nine; twenty ..; hundred
GAP = ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0), (1, 0, 1, 1, 0), (2, 1, 0, 0, 0))  # zeros between that and a word of each kind
NEXT = (
    (NOTHING, OPENED, NOTHING, TEN, NOTHING),
    (NOTHING, OPENED, NOTHING, TEN, HUNDREDS),
    (NOTHING, NOTHING, NOTHING, TEN, NOTHING),
    (NOTHING, NOTHING, NOTHING, TEN, NOTHING),
)
LEFT = (0, 0, 1, 2)  # zeros that are still to be written at the end of a sentence

END = 10  # the class of an answer step behind the last digit
VOCABULARY = 30
LONGEST = 5000  # words: the exact chance level takes some seconds there


class Translation(Task):
    """Translation of numbers in English into digits: "four hundred seventy two twenty nineteen" is 4 7 2 2 0 1 9.

    A sentence of T = `sequence_length` >= 1 words (at most 5000), then 2 T blanks at which the digits are wanted, from
    the first on; behind the last digit the end symbol is wanted. No sentence has more than 2 T digits. What a word
    means depends on its neighbours: a sentence is read as numbers below 1000, each as long as it can be. Let d be one
    .. nine, t twenty .. ninety, e ten .. nineteen; a number is zero, d, e, t, t d, or d hundred, followed by nothing,
    d, e, t or t d. So "seven hundred two" is 7 0 2, "seven hundred zero" 7 0 0 0, "two seven" 2 7 and "twenty seven"
    2 7 as well. Any words may follow each other, but "hundred" comes only after a d that begins a number, and then in
    half of all cases. Every other word is drawn anew: zero .. nine with chance 1/2, e and t with 1/4 each.
    x is (3 T,) of 30 token numbers (0 blank, 1 .. 10 zero .. nine, 11 .. 20 e, 21 .. 28 t, 29 hundred), y is (2 T,) of
    11 classes (the digits, 10 for the end); cross entropy averaged over the 2 T answers.

    Chance: the entropy of each answer over all sentences, averaged over the answers, in nats; the accuracy of naming
    the most frequent symbol of each. Both are computed exactly from the grammar.
    Solved: test accuracy >= 0.99 over all answers.

    Reference: the dial: Cho et al. 2014, arXiv:1409.1259, section 4 (the quality of translation falls with the length
    of the sentence); Bahdanau, Cho, Bengio 2015, arXiv:1409.0473, section 5.2.2.
    """

    kind: Literal["translation"] = "translation"
    gives: ClassVar[type] = Sequence
    scored: ClassVar[Scored] = "trailing"
    uses: ClassVar[frozenset[str]] = frozenset({"sequence_length"})

    def open(self, sequence_length: int | None) -> Source:
        words = at_least(sequence_length, 1, self.kind)
        if words > LONGEST:
            message = f"task translation needs a sequence_length of at most {LONGEST}, got {words}"
            raise SpecError([Problem(message, path="sequence_length")])
        return _Sentences(words)


class _Sentences(Drawn):
    outputs = END + 1
    objective = "cross_entropy"
    metric = "accuracy"
    solved_at = 0.99
    higher_is_better = True

    def __init__(self, words: int) -> None:
        self.input = Sequence(3 * words, features=VOCABULARY, tokens=True)
        self.scored = 2 * words
        share = answer_shares(words)
        self.chance_loss = float(torch.special.entr(share).sum(1).mean())
        self.chance_metric = float(share.amax(1).mean())
        self.facts = {}
        self._words = words

    def draw(self, generator: Generator, count: int) -> Block:
        words = self._words
        kinds = torch.multinomial(torch.tensor(CHANCES), count * words, replacement=True, generator=generator)
        kinds = kinds.view(count, words)
        hundreds = torch.randint(2, (count, words), generator=generator).bool()
        which = torch.rand(count, words, generator=generator)
        gaps, left = _read(kinds, hundreds)
        which = (which * torch.tensor(WORDS)[kinds]).long()
        x = torch.zeros(count, 3 * words, dtype=torch.int64)
        x[:, :words] = torch.tensor(FIRST)[kinds] + which
        return x, _digits(kinds, which, gaps, left)

    def test(self) -> Block:
        return self.held_out("translation", self._words)


@cache
def answer_shares(words: int) -> Tensor:
    """How frequent each symbol is at each answer over all sentences of so many words: (2 words, 11) in float64.

    Goes through the sentence with the distribution of (what stands before a word, digits written so far).
    """
    places = 2 * words
    share = torch.zeros(places + 3, END + 1, dtype=torch.float64)  # 3 more, that no sentence with a chance reaches
    before = torch.zeros(4, places + 3, dtype=torch.float64)
    before[NOTHING, 0] = 1
    for _ in range(words):
        after = torch.zeros_like(before)
        for state in range(4):
            for kind in range(5):
                chance = _chance(state, kind)
                if chance == 0:
                    continue
                reached = chance * before[state]
                for _ in range(GAP[state][kind]):
                    share[:, 0] += reached
                    reached = reached.roll(1)
                for digits in _OWN_DIGITS[kind]:
                    share[:, digits] += reached.unsqueeze(1) / len(digits)
                    reached = reached.roll(1)
                after[NEXT[state][kind]] += reached
        before = after
    for state, zeros in enumerate(LEFT):
        reached = before[state]
        for _ in range(zeros):
            share[:, 0] += reached
            reached = reached.roll(1)
    share[:, END] = 1 - share.sum(1)
    return share[:places].clamp(min=0)


_OWN_DIGITS = (([0],), ([*range(1, 10)],), ([1], [*range(10)]), ([*range(2, 10)],), ())  # what each may be


def _chance(state: int, kind: int) -> float:
    if state != OPENED:
        return CHANCES[kind]
    return 0.5 if kind == HUNDRED else 0.5 * CHANCES[kind]


def _read(kinds: Tensor, hundreds: Tensor) -> tuple[Tensor, Tensor]:
    """Zeros before each word (example, word) and at the end (example,); `kinds` becomes HUNDRED in place where due."""
    gap, following = torch.tensor(GAP), torch.tensor(NEXT)
    gaps = torch.empty_like(kinds)
    state = torch.full_like(kinds[:, 0], NOTHING)
    for word in range(kinds.shape[1]):
        kind = kinds[:, word]
        kind.masked_fill_(hundreds[:, word] & (state == OPENED), HUNDRED)
        gaps[:, word] = gap[state, kind]
        state = following[state, kind]
    return gaps, torch.tensor(LEFT)[state]


def _digits(kinds: Tensor, which: Tensor, gaps: Tensor, left: Tensor) -> Tensor:
    """The answers (example, 2 words): zeros up to the end, over them the digits that the words write themselves."""
    words = kinds.shape[1]
    own = torch.tensor(OWN)[kinds]
    ends = (gaps + own).cumsum(1)
    steps = torch.arange(2 * words + 1)
    y = torch.where(steps < (ends[:, -1] + left).unsqueeze(1), 0, END)
    tens = torch.where(own == 2, ends - 2, 2 * words)  # the last place is for what is not there
    last = torch.where(own > 0, ends - 1, 2 * words)
    digit = which + torch.tensor([0, 1, 0, 2, 0])[kinds]
    y.scatter_(1, tens, torch.ones_like(tens)).scatter_(1, last, digit)
    return y[:, : 2 * words].contiguous()

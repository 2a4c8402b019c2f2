"""Next-character prediction on a text: the Python language reference that every Python carries, or the user's own."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from platform import python_version
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from gradx.base.errors import Problem, SpecError
from gradx.tasks.base import Block, Scored, Sequence, Source, Task, at_least
from gradx.tasks.drawn import Drawn
from gradx.tasks.files import Version, at_path, read, version

TEST_SHARE = 10  # one part in ten
TEST_WINDOWS = 256


class Text(Task):
    """Next-character prediction, scored at every one of T = `sequence_length` steps.

    The text is the UTF-8 file `path`, or the language reference in Python's own `pydoc_data.topics` (some 460,000
    characters; it differs between Python versions, so a run records its sha256). The last tenth is the test part:
    windows that do not overlap, at most 256, evenly spaced. Training windows start anywhere in the rest. A relative
    `path` counts from where gradx runs.
    x and y are (T,) of V character numbers in code point order, y one character ahead of x; V counts the whole text's
    characters. Cross entropy in nats per character.

    Chance: the entropy of single characters in the training part, -sum_c p(c) ln p(c). For the metric: the test
    windows' cross entropy under p(c) = (n(c) + 1) / (n + V), counted in the training part.
    Solved: test cross_entropy <= that of the pair model p(c | b) = (n(b, c) + 1) / (n(b) + V), counted in the training
    part: the net uses more than one character of context.

    Reference: Shannon 1951, Prediction and entropy of printed English (character and pair entropies); Graves 2013,
    arXiv:1308.0850, section 3 (the task).
    """

    kind: Literal["text"] = "text"
    gives: ClassVar[type] = Sequence
    scored: ClassVar[Scored] = "all"
    path: str | None = None
    uses: ClassVar[frozenset[str]] = frozenset({"sequence_length"})

    def open(self, sequence_length: int | None) -> Source:
        steps = at_least(sequence_length, 1, self.kind)
        return _windows(None if self.path is None else version(Path(self.path).expanduser().resolve()), steps)


class _Windows(Drawn):
    objective = "cross_entropy"
    metric = "cross_entropy"
    higher_is_better = False

    def __init__(self, corpus: "_Corpus", steps: int) -> None:
        held_out = len(corpus.codes) // TEST_SHARE
        if steps >= held_out:
            message = f"the text has {len(corpus.codes)} characters: sequence_length can be at most {held_out - 1}"
            raise SpecError([Problem(f"{message}, got {steps}", path="sequence_length")])
        self.input = Sequence(steps, corpus.vocabulary, tokens=True)
        self.outputs = corpus.vocabulary
        self.scored = steps
        self._train, held = corpus.codes[:-held_out], corpus.codes[-held_out:]
        windows = (held_out - 1) // steps
        chosen = torch.linspace(0, windows - 1, min(windows, TEST_WINDOWS), dtype=torch.float64).round().long()
        self._test = _cut(held, chosen * steps, steps)
        counts = torch.bincount(self._train, minlength=corpus.vocabulary).double()
        self.chance_loss = float(torch.special.entr(counts / counts.sum()).sum())
        self.chance_metric = -float(((counts + 1) / (counts + 1).sum()).log()[self._test[1]].mean())
        self.solved_at = pair_cross_entropy(self._train.long(), *self._test, corpus.vocabulary)
        self.facts = corpus.facts

    def draw(self, generator: Generator, count: int) -> Block:
        starts = torch.randint(len(self._train) - self.scored, (count,), generator=generator)
        return _cut(self._train, starts, self.scored)

    def test(self) -> Block:
        return self._test

    def score(self, output: Tensor, y: Tensor) -> Tensor:
        return self.loss(output, y)


def pair_cross_entropy(train: Tensor, x: Tensor, y: Tensor, vocabulary: int) -> float:
    """Mean of -ln p(y | x) in nats, with p(c | b) = (n(b, c) + 1) / (n(b) + vocabulary) counted in `train`.

    `train` is (characters,), x and y have one shape. Memory grows with the text, not with vocabulary squared.
    """
    pairs, times = torch.unique(train[:-1] * vocabulary + train[1:], return_counts=True)
    wanted = x * vocabulary + y
    place = torch.searchsorted(pairs, wanted).clamp(max=len(pairs) - 1)
    seen = torch.where(pairs[place] == wanted, times[place], 0)
    context = torch.bincount(train[:-1], minlength=vocabulary)[x]
    return -float(((seen + 1).double() / (context + vocabulary)).log().mean())


@dataclass(frozen=True)
class _Corpus:
    codes: Tensor  # (characters,) int32: the rank of each character's code point
    vocabulary: int
    facts: dict[str, str | int | float]


@cache
def _windows(file: Version | None, steps: int) -> _Windows:
    return _Windows(_corpus(file), steps)


@cache
def _corpus(file: Version | None) -> _Corpus:
    text, source = _own_text() if file is None else (_decoded(file.path), file.path.name)
    if len(text) < 2 * TEST_SHARE:
        raise at_path(f"{source} has {len(text)} characters, too few to learn from; allowed: {2 * TEST_SHARE} and more")
    points = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
    alphabet, codes = np.unique(points, return_inverse=True)
    facts: dict[str, str | int | float] = {
        "sha256": sha256(text.encode()).hexdigest(),
        "characters": len(text),
        "vocabulary": len(alphabet),
        "source": source,
    }
    return _Corpus(torch.from_numpy(codes.astype(np.int32)), len(alphabet), facts)


def _own_text() -> tuple[str, str]:
    try:
        from pydoc_data.topics import topics  # here, because trimmed-down Pythons lack it
    except ImportError as error:
        raise at_path("this Python comes without pydoc_data.topics: name a text file of your own") from error
    return "\n".join(topics[name] for name in sorted(topics)), f"pydoc_data.topics of Python {python_version()}"


def _decoded(path: Path) -> str:
    try:
        return read(path).decode()
    except UnicodeDecodeError as error:
        raise at_path(f"{path} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}") from error


def _cut(codes: Tensor, starts: Tensor, steps: int) -> Block:
    """Windows of `steps` characters from each start, and the same one character ahead: two (starts, steps) int64."""
    window = codes[starts.unsqueeze(1) + torch.arange(steps + 1)].long()
    return window[:, :-1].contiguous(), window[:, 1:].contiguous()

"""Text: windows, the split, both chance levels by plain Python counting, and what can be wrong with a user's file."""

import sys
from collections import Counter
from hashlib import sha256
from itertools import pairwise
from math import log
from pathlib import Path

import pytest
from torch import Generator

from gradx.base.errors import SpecError
from gradx.tasks import Text
from gradx.tasks.text import _own_text

WORDS = "the cat sat on the mat, then ran. Ünïcödé too! "


def chapter() -> str:
    return "".join(WORDS[: 3 + (7 * i) % len(WORDS)] for i in range(60)) + "\r\nz"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_bytes(chapter().encode())
    return path


def test_own_text_is_read_as_it_is(book: Path) -> None:
    text = chapter()
    source = Text(path=str(book)).open(9)
    assert source.facts == {
        "sha256": sha256(text.encode()).hexdigest(),
        "characters": len(text),
        "vocabulary": len(set(text)),
        "source": "book.txt",
    }
    assert source.outputs == len(set(text))


def test_windows_spell_the_text(book: Path) -> None:
    text, letters = chapter(), sorted(set(chapter()))
    source = Text(path=str(book)).open(9)
    train, held = text[: -(len(text) // 10)], text[-(len(text) // 10) :]

    def spell(codes: list[int]) -> str:
        return "".join(letters[code] for code in codes)

    x, y = next(source.batches(Generator().manual_seed(0), 8))
    for now, ahead in zip(x.flatten(0, 1).tolist(), y.flatten(0, 1).tolist(), strict=True):
        assert spell(now)[1:] == spell(ahead)[:-1]
        assert spell(now) + spell(ahead)[-1] in train
    x, y = source.test()
    starts = range(0, len(held) - 9, 9)
    assert [spell(row) for row in x.tolist()] == [held[at : at + 9] for at in starts]
    assert [spell(row) for row in y.tolist()] == [held[at + 1 : at + 10] for at in starts]


def test_levels_by_counting(book: Path) -> None:
    text = chapter()
    source = Text(path=str(book)).open(9)
    train, held = text[: -(len(text) // 10)], text[-(len(text) // 10) :]
    single, pair, before = Counter(train), Counter(pairwise(train)), Counter(train[:-1])
    entropy = -sum(n / len(train) * log(n / len(train)) for n in single.values())
    tested = [(held[at], held[at + 1]) for at in range((len(held) - 1) // 9 * 9)]
    size = len(set(text))
    by_single = [-log((single[c] + 1) / (len(train) + size)) for _, c in tested]
    by_pair = [-log((pair[b, c] + 1) / (before[b] + size)) for b, c in tested]
    assert source.chance_loss == pytest.approx(entropy, rel=1e-9)
    assert source.chance_metric == pytest.approx(sum(by_single) / len(tested), rel=1e-9)
    assert source.solved_at == pytest.approx(sum(by_pair) / len(tested), rel=1e-9)
    assert source.solved_at < source.chance_metric


def test_default_text_is_the_language_reference() -> None:
    source = Text().open(20)
    assert len(source.test()[0]) == 256
    assert int(source.facts["characters"]) > 400_000
    assert 2 < source.solved_at < source.chance_metric < 3.5


def test_a_python_without_the_reference_asks_for_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(SpecError, match="name a text file of your own"):
        _own_text()


@pytest.mark.parametrize(
    ("content", "length", "message", "path"),
    [
        (b"caf\xe9 " * 20, 5, "not UTF-8 text: byte 3 is 0xe9", "task.path"),
        (b"", 5, "0 characters, too few", "task.path"),
        (b"abcdefghij" * 10, 10, "100 characters: sequence_length can be at most 9, got 10", "sequence_length"),
        (None, 5, "cannot read .*: No such file", "task.path"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, content: bytes | None, length: int, message: str, path: str
) -> None:
    file = tmp_path / "broken.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SpecError, match=message) as caught:
        Text(path=str(file)).open(length)
    assert [problem.path for problem in caught.value.problems] == [path]


def test_the_longest_allowed_length_works(tmp_path: Path) -> None:
    file = tmp_path / "short.txt"
    file.write_bytes(b"abcdefghij" * 10)
    x, y = Text(path=str(file)).open(9).test()
    assert (x.tolist(), y.tolist()) == ([list(range(9))], [list(range(1, 10))])

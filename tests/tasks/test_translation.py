"""Translation against a reader made of a regular expression, and its chance level against all short sentences."""

import re
from itertools import product
from math import log

import pytest
import torch
from torch import Generator

from gradx.base.errors import SpecError
from gradx.tasks.translation import END, LONGEST, Translation, answer_shares

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = ["_", *DIGITS, *TEENS, *TENS, "hundred"]
VALUE = {word: value for value, word in enumerate(DIGITS + TEENS)} | {word: 20 + 10 * i for i, word in enumerate(TENS)}
D, E, T = ("|".join(words) for words in (DIGITS[1:], TEENS, TENS))
NUMBER = re.compile(rf"(?:(?P<h>{D}) hundred)? ?(?:(?P<t>{T})(?: (?P<u>{D})\b)?|(?P<s>{E}|{D}))?|zero")


def read(sentence):
    """The digits of a sentence, number by number, each as long as it can be."""
    digits, rest = "", sentence
    while rest:
        found = NUMBER.match(rest)
        if not found.group():
            found = re.match("zero", rest)
        value = sum(VALUE[found[name]] for name in "tus" if name in found.groupdict() and found[name])
        if "h" in found.groupdict() and found["h"]:
            value += 100 * VALUE[found["h"]]
        digits += str(value)
        rest = rest[found.end() :].lstrip()
    return digits


def sentences(x, words):
    return [" ".join(WORDS[token] for token in tokens) for tokens in x[:, :words].tolist()]


def written(y):
    return ["".join("0123456789."[symbol] for symbol in symbols) for symbols in y.tolist()]


def drawn(words):
    x, y = next(Translation().open(words).batches(Generator().manual_seed(3), 100))
    return x.flatten(0, 1), y.flatten(0, 1)


@pytest.mark.parametrize(
    ("sentence", "digits"),
    [
        ("four hundred seventy two twenty nineteen", "4722019"),
        ("seven hundred two", "702"),
        ("seven hundred zero", "7000"),
        ("two seven", "27"),
        ("twenty seven", "27"),
        ("twenty seven seven", "277"),
        ("thirty zero one hundred", "300100"),
    ],
)
def test_the_reader_of_these_tests(sentence, digits):
    assert read(sentence) == digits


@pytest.mark.parametrize("words", [1, 2, 3, 4, 7, 20])
def test_digits_are_what_the_sentence_says(words):
    x, y = drawn(words)
    assert x.shape[1] == 3 * words
    assert not x[:, words:].any()
    for sentence, answer in zip(sentences(x, words), written(y), strict=True):
        assert answer == read(sentence).ljust(2 * words, ".")


def test_every_word_occurs_and_hundred_only_where_it_may():
    x, _ = drawn(7)
    assert sorted(set(x.flatten().tolist())) == list(range(30))
    for sentence in sentences(x, 7):
        for place in re.finditer(r"(\S+) (\S+) hundred|^(\S+) hundred|^hundred", sentence):
            before, opener, first = place.groups()
            assert (first or opener) in DIGITS[1:]
            assert before not in (*TENS, "hundred")


def chances(words):
    """Every sentence of so many words with its probability."""
    found = {}
    base = dict.fromkeys(DIGITS, 0.05) | dict.fromkeys(TEENS, 0.025) | dict.fromkeys(TENS, 0.25 / 8)
    for sentence in product([*base, "hundred"], repeat=words):
        chance, opened, before = 1.0, False, ""
        for word in sentence:
            chance *= (0.5 if opened else 0.0) if word == "hundred" else base[word] * (0.5 if opened else 1)
            opened = word in DIGITS[1:] and not (before in TENS or before == "hundred")
            before = word
        if chance:
            found[" ".join(sentence)] = chance
    return found


@pytest.mark.parametrize("words", [1, 2, 3])
def test_the_chance_level_is_that_of_all_sentences(words):
    expected = torch.zeros(2 * words, END + 1, dtype=torch.float64)
    for sentence, chance in chances(words).items():
        for place, symbol in enumerate(read(sentence).ljust(2 * words, ".")):
            expected[place, "0123456789.".index(symbol)] += chance
    torch.testing.assert_close(expected.sum(1), torch.ones(2 * words).double(), rtol=1e-12, atol=0)
    torch.testing.assert_close(answer_shares(words), expected, rtol=1e-10, atol=1e-14)
    source = Translation().open(words)
    nats = -sum(p * log(p) for p in expected.flatten().tolist() if p) / (2 * words)
    assert source.chance_loss == pytest.approx(nats, rel=1e-10)
    assert source.chance_metric == pytest.approx(float(expected.amax(1).mean()), rel=1e-10)


def test_the_chance_level_of_a_long_sentence_is_that_of_many():
    _, y = drawn(20)
    share = torch.nn.functional.one_hot(y, END + 1).double().mean(0)
    assert (share - answer_shares(20)).abs().max() < 5 * (0.25 / len(y)) ** 0.5


def test_longer_than_it_can_count_is_refused():
    with pytest.raises(SpecError, match=f"at most {LONGEST}, got {LONGEST + 1}"):
        Translation().open(LONGEST + 1)

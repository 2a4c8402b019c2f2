"""Symbols beside the words (colour is never the only cue), and what stands for them where only ASCII can be shown."""

from typing import NamedTuple


class Symbol(NamedTuple):
    """A character and the terminal style that goes with it."""

    char: str
    style: str


OUTCOMES = {
    "vanishing": Symbol("▼", "bold blue"),
    "exploding": Symbol("▲", "bold red"),
    "stable": Symbol("●", "bold green"),
    "finished": Symbol("●", "bold green"),
    "diverged": Symbol("✖", "bold magenta"),
    "failed": Symbol("✖", "bold red"),
}
"""By verdict or status."""

JUDGED = {True: Symbol("✔", "green"), False: Symbol("✖", "bold red"), None: Symbol("?", "yellow")}
"""By whether something is met, or cannot be judged."""

_ASCII = str.maketrans(
    {"▼": "v", "▲": "^", "●": "o", "✖": "x", "✔": "+", "→": "->", "·": "-", "…": "...", "∞": "inf", "–": "-", "×": "x"}
)


def outcome(word: str) -> Symbol:
    """The symbol of a verdict or a status, whatever the word."""
    return OUTCOMES.get(word, Symbol("?", "bold"))


def to_ascii(text: str) -> str:
    r"""`text` in ASCII: our symbols by what looks like them, other characters as `\xe9`."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode()

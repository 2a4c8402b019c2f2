"""`Image` and `Sequence`: the two forms of input that tasks give and models read; and what of it is answered."""

from dataclasses import dataclass
from typing import Literal

Scored = Literal["last", "trailing", "all"]
"""Which time steps of a task are to be answered: the last one, several behind what is to be read, or each one."""


@dataclass(frozen=True)
class Image:
    """Input of shape (channels, height, width)."""

    channels: int
    height: int
    width: int


@dataclass(frozen=True)
class Sequence:
    """Input of shape (steps, features); with `tokens` x holds class numbers (steps,), features is the vocabulary."""

    steps: int
    features: int
    tokens: bool = False


def features(shape: Image | Sequence) -> int:
    """Number of values in one flattened example (tokens one-hot)."""
    if isinstance(shape, Sequence):
        return shape.steps * shape.features
    return shape.channels * shape.height * shape.width

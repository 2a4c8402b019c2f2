"""`Image` and `Sequence`: the two forms of input that tasks give and models read."""

from dataclasses import dataclass


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

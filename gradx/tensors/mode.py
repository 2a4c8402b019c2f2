"""`Mode`: whether a network trains or is evaluated, and what it needs for that beside its weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Mode:
    """How a forward pass is meant.

    Attributes:
        training: batch statistics are used and tracked, units dropped; otherwise running statistics, and all units.
        buffers: what is kept beside the weights (running statistics) by name, (member, *shape); while training
            updated in place.
        draw: uniform numbers from [0, 1) of shape (member, *shape), each member's from its own stream, in float32;
            the first axis of `shape` is the batch. None where nothing is drawn.
    """

    training: bool = False
    buffers: Mapping[str, Tensor] = field(default_factory=dict)
    draw: Callable[[tuple[int, ...]], Tensor] | None = None


EVALUATION = Mode()

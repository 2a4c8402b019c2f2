"""`Draws`: the random numbers of one training step (which units are dropped), each member's from its own stream."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gradx.base.seeds import stream


class Draws:
    """Uniform numbers from [0, 1), drawn on the CPU in float32 whatever the device.

    Two of these for one step give the same numbers call by call: so one step's loss is one function of the parameters.

    Args:
        seeds: one for each member.
        step: the number of the step, from 1.
        device: where the numbers go.
        examples: of a batch whose examples are members of their own; their numbers are those of the batch.
    """

    def __init__(self, seeds: Sequence[int], step: int, device: torch.device, examples: int | None = None) -> None:
        self._seeds, self._step, self._device, self._examples = seeds, step, device, examples
        self._generators: list[torch.Generator] = []

    def __call__(self, shape: tuple[int, ...]) -> Tensor:
        """Numbers of shape (member, *shape); the first axis of `shape` is the batch."""
        if not self._generators:  # most networks draw nothing
            self._generators = [
                torch.Generator().manual_seed(stream(seed, "dropout", self._step)) for seed in self._seeds
            ]
        drawn = tuple(shape) if self._examples is None else (self._examples, *shape[1:])
        values = torch.empty((len(self._seeds), *drawn))
        for row, generator in zip(values.unbind(), self._generators, strict=True):
            torch.rand(drawn, generator=generator, out=row)
        return (values if self._examples is None else values.flatten(0, 1).unsqueeze(1)).to(self._device)

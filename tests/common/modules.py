"""Networks as a user would write them, for `kind: custom`."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from gradx.models.mlp import MLP


class Perceptron(nn.Sequential):
    """Linear maps and tanh, as `mlp` has them; `inplace` with ReLU that overwrites its argument."""

    def __init__(self, inputs: int, width: int, depth: int, outputs: int, inplace: bool = False) -> None:
        sizes = [inputs, *[width] * depth]
        layers = [nn.Linear(*pair) for pair in pairwise(sizes)]
        act = [nn.ReLU(inplace=True) if inplace else nn.Tanh() for _ in layers]
        super().__init__(nn.Flatten(), *(part for pair in zip(layers, act, strict=True) for part in pair))
        self.readout = nn.Linear(width, outputs)


class Convolutional(nn.Module):
    """Convolutions of different sizes with batch normalization, in-place ReLU and residual sums, and dropout."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.norms = nn.ModuleList([nn.BatchNorm2d(4), nn.BatchNorm2d(4)])
        self.act, self.drop, self.readout = nn.ReLU(inplace=True), nn.Dropout(dropout), nn.Linear(4, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.act(self.norms[0](self.first(x)))
        z = self.second(h)
        z += h
        return self.readout(self.drop(self.act(self.norms[1](z)).mean((2, 3))))


class Recurrent(nn.Module):
    """A fused recurrent layer; with `every` an answer at every time step."""

    def __init__(self, inputs: int, outputs: int, every: bool = False, tokens: bool = False) -> None:
        super().__init__()
        self.embedding = nn.Embedding(inputs, 5) if tokens else nn.Linear(inputs, 5)
        self.lstm, self.readout, self.every = nn.LSTM(5, 6, batch_first=True), nn.Linear(6, outputs), every

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.lstm(self.embedding(x))
        output: Tensor = self.readout(h if self.every else h[:, -1])
        return output


class Shared(nn.Module):
    """One layer called three times, and one that is never called."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.before, self.layer, self.idle = nn.Linear(inputs, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        self.readout = nn.Linear(4, outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = self.before(x.flatten(1))
        for _ in range(3):
            h = torch.tanh(self.layer(h))
        output: Tensor = self.readout(h)
        return output


class Deeper(MLP):
    """An architecture of ours, by a user: a subclass whose kind is another."""

    kind: str = "deeper"  # type: ignore[assignment]
    more: int = 1


def wrong() -> int:
    """No module."""
    return 3


NUMBER = 3

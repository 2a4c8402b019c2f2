"""`FeedForward`: the one loop of stream, branch, normalization, activation and dropout that `mlp` and `cnn` share."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from gradx.models.base import Dims, Footprint, Model, Weights, linear
from gradx.models.passes import Output
from gradx.tensors.dropout import dropped
from gradx.tensors.layout import Branch, Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import features
from gradx.tensors.taps import Series


class FeedForward(Model):
    """A stack of equal layers: z_1 = W_1 x + b_1, h_l = phi(N(z_l)), z_{l+1} = R(z_l, W_{l+1} h_l + b_{l+1}).

    R is z + branch in a residual network and the branch alone in a plain one; a branch may have several linear maps,
    with N and phi between them. Dropout follows every activation. Signals are (member, batch, channel, *space).
    """

    default_activation: ClassVar[str | None] = "relu"
    chained: ClassVar[bool] = False  # whether a plain network is gone back through by hand
    takes: ClassVar[frozenset[str]] = frozenset({"normalization", "residual", "dropout"})

    @abstractmethod
    def map_slots(self, dims: Dims, name: str, layer: int) -> list[Slot]:
        """Weight and bias of the linear map `name`; the first layer reads the input, that beyond `depth` answers."""

    @abstractmethod
    def entered(self, dims: Dims, weights: Weights, x: Tensor) -> Tensor:
        """The input as a signal."""

    @abstractmethod
    def mapped(self, weights: Weights, name: str, x: Tensor) -> Tensor:
        """A signal through the linear map `name`, which may have no bias: pre-activations."""

    def read(self, h: Tensor) -> Tensor:
        """What the readout sees of the last output, (member, batch, channel)."""
        return h

    def area(self, dims: Dims) -> int:
        """The places of a signal that have its channels each: the pixels of an image."""
        return 1

    def slots(self, dims: Dims) -> list[Slot]:
        return [slot for slot in self._kept(dims) if slot.role != "buffer"]

    def buffers(self, dims: Dims) -> list[Slot]:
        return [slot for slot in self._kept(dims) if slot.role == "buffer"]

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        if dims.normalization.of == "weights":
            weights = dims.normalization.reparametrized(weights, self.slots(dims), mode)
        h, series = _Stream(self, dims, weights, mode).run(self.entered(dims, weights, x))
        return linear(weights, "readout", self.read(h)).unsqueeze(2), series

    def by_hand(self, dims: Dims) -> bool:
        return self.chained and dims.plain

    def footprint(self, dims: Dims) -> Footprint:
        slots, signal = self.slots(dims), dims.width * self.area(dims)
        multiplies = sum(slot.size * (1 if slot.final else self.area(dims)) for slot in slots if slot.multiplied)
        positions, inner = dims.depth, (dims.depth - 1) * (dims.residual.branch_layers - 1)
        chained, kind = self.by_hand(dims), dims.normalization.of
        # Numbers of a channel, as measured; what is inside a branch is not tapped.
        at, inside, operations = (5 if chained else 8), 5, (2 if chained else 3)
        if self.area(dims) > 1:  # a convolution goes back through copies of its argument
            at, inside = at + 2, inside + 2
        if dims.residual.skips:
            at, operations = at + 1, operations + 2
        if kind == "signals":
            at, inside = at + 4, inside + 3
        if dims.drops:
            at, inside, operations = at + 3, inside + 3, operations + 3
        if kind != "nothing":
            operations += 12
        values = features(dims.input) + (at * positions + inside * inner) * signal + 3 * dims.outputs
        measured = 2 * positions * signal
        return Footprint(values, multiplies, operations * (positions + inner) + 4, measured)

    def _kept(self, dims: Dims) -> list[Slot]:
        """All parameters and buffers of one member, from input to output."""
        kept: list[Slot] = []
        norm, residual, blocks = dims.normalization, dims.residual, dims.depth - 1
        for layer in range(1, dims.depth + 1):
            name = f"layers.{layer}"
            maps = [name] if layer == 1 else residual.maps(name)
            for place, each in enumerate(maps, 1):
                branch = Branch(place, len(maps), blocks) if layer > 1 and residual.skips else None
                kept += [replace(slot, branch=branch) if branch else slot for slot in self._map(dims, each, layer)]
                of = name if place == len(maps) else each  # the last one's follows the skip: that of the stream
                kept += norm.slots(f"{of}.norm", layer, dims.width) + norm.buffers(f"{of}.norm", layer, dims.width)
            if layer > 1:
                kept += residual.slots(name, layer, blocks)
        return kept + [replace(slot, final=True) for slot in self._map(dims, "readout", dims.depth + 1)]

    def _map(self, dims: Dims, name: str, layer: int) -> list[Slot]:
        """A linear map's weight and bias, and what a normalization of weights adds.

        Before batch normalization there is no bias: the mean over the batch takes it away again (Ioffe, Szegedy 2015,
        section 3.2), and its gradient, zero, would be measured as rounding errors.
        """
        slots = self.map_slots(dims, name, layer)
        if dims.normalization.batch_statistics and layer <= dims.depth:
            slots = [slot for slot in slots if slot.role != "bias"]
        return slots + [more for slot in slots if slot.multiplied for more in dims.normalization.weight_slots(slot)]


@dataclass(frozen=True)
class _Stream:
    """One forward pass through all layers."""

    model: FeedForward
    dims: Dims
    weights: Weights  # that the network computes with
    mode: Mode

    def run(self, x: Tensor) -> tuple[Tensor, list[Series]]:
        """The last output, as the readout sees it, and the taps."""
        residual, blocks = self.dims.residual, self.dims.depth - 1
        z = self.model.mapped(self.weights, "layers.1", x)
        stream, normals, outputs = [], [], []
        for layer in range(1, self.dims.depth + 1):
            name = f"layers.{layer}"
            if layer > 1:
                z = residual.join(z, self._branch(x, name), name, blocks, self.weights)
            normal, h = self._activated(z, name)
            x = self._dropped(h)
            stream.append(z)
            normals.append(normal)
            outputs.append(h)
        series = [Series("preactivation", "depth", 0, stream), Series("output", "depth", 0, outputs, normals)]
        return x, series

    def _branch(self, x: Tensor, name: str) -> Tensor:
        """The linear maps of a block, with normalization, activation and dropout between them."""
        *inner, last = self.dims.residual.maps(name)
        for each in inner:
            x = self._dropped(self._activated(self._mapped(x, each), each)[1])
        return self._mapped(x, last)

    def _mapped(self, x: Tensor, name: str) -> Tensor:
        return self.model.mapped(self.weights, name, self.dims.residual.shifted(x, name, self.weights))

    def _activated(self, z: Tensor, name: str) -> tuple[Tensor, Tensor]:
        """N(z), and phi of it."""
        assert self.dims.activation is not None
        normal = self.dims.normalization(z, f"{name}.norm", self.weights, self.mode)
        return normal, self.dims.activation(normal)

    def _dropped(self, h: Tensor) -> Tensor:
        """h on its way on, some units of it left out while training."""
        if not (self.mode.training and self.dims.drops):
            return h
        assert self.mode.draw is not None
        return dropped(h, self.dims.dropout, self.mode.draw(tuple(h.shape[1:])))

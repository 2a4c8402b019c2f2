"""The `mlp` architecture."""

from typing import ClassVar, Literal

from torch import Tensor
from torch.nn import functional

from gradx.models.base import Dims, Footprint, Model, Weights, linear, linear_slots
from gradx.models.chain import Chain
from gradx.models.passes import Output, Pass
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Image, Sequence, features
from gradx.tensors.taps import Series


class MLP(Model):
    """Multilayer perceptron: `depth` hidden layers of `width` units and a linear readout.

    z_l = h_{l-1} W_l + b_l, h_l = phi(z_l), l = 1 .. depth; output = h_depth W + b. The input is flattened.

    Equivalent to `torch.nn.Sequential` of `Linear` and activation modules.
    Reference: Rumelhart, Hinton, Williams 1986; in this notation Poole et al. 2016, arXiv:1606.05340, eq. 1.
    """

    kind: Literal["mlp"] = "mlp"
    reads: ClassVar[tuple[type, ...]] = (Image, Sequence)
    default_activation: ClassVar[str | None] = "relu"

    def slots(self, dims: Dims) -> list[Slot]:
        sizes = [features(dims.input), *[dims.width] * dims.depth, dims.outputs]
        pairs = zip(_names(dims), sizes, sizes[1:], strict=False)
        return [slot for layer, (name, *fan) in enumerate(pairs, 1) for slot in linear_slots(name, layer, *fan)]

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        assert dims.activation is not None
        h = self._flat(dims, weights, x)
        preactivations, outputs = [], []
        for name in _names(dims)[:-1]:
            z = linear(weights, name, h)
            h = dims.activation(z)
            preactivations.append(z)
            outputs.append(h)
        series = [
            Series("preactivation", "depth", 0, preactivations),
            Series("output", "depth", 0, outputs, preactivations),
        ]
        return linear(weights, "readout", h).unsqueeze(2), series

    def run(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> Pass:
        assert dims.activation is not None
        return Chain(dims.activation, weights, _names(dims), self._flat(dims, weights, x))

    def _flat(self, dims: Dims, weights: Weights, x: Tensor) -> Tensor:
        """x as (member, batch, feature), tokens one-hot."""
        if isinstance(dims.input, Sequence) and dims.input.tokens:
            x = functional.one_hot(x, dims.input.features).to(weights["readout.bias"].dtype)
        return x.flatten(2)

    def footprint(self, dims: Dims) -> Footprint:
        multiplies = sum(slot.size for slot in self.slots(dims) if slot.multiplied)
        return Footprint(
            features(dims.input) + 5 * dims.depth * dims.width + 3 * dims.outputs, multiplies, 2 * dims.depth + 4
        )


def _names(dims: Dims) -> list[str]:
    """The layers from the input on, the readout last."""
    return [*(f"layers.{layer}" for layer in range(1, dims.depth + 1)), "readout"]

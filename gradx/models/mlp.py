"""The `mlp` architecture."""

from typing import ClassVar, Literal

from torch import Tensor
from torch.nn import functional

from gradx.models.base import Dims, Weights, linear, linear_slots
from gradx.models.chain import Chain
from gradx.models.feedforward import FeedForward
from gradx.models.passes import Pass
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Image, Sequence, features


class MLP(FeedForward):
    """Multilayer perceptron: `depth` hidden layers of `width` units and a linear readout.

    z_l = h_{l-1} W_l + b_l, h_l = phi(z_l), l = 1 .. depth; output = h_depth W + b. The input is flattened.
    With `normalization` h_l = phi(N(z_l)); with `residual` z_l = z_{l-1} + h_{l-1} W_l + b_l from l = 2 on (or what
    the residual connection makes of it); with `dropout` some of h_l is left out on its way to the next layer.

    Equivalent to `torch.nn.Sequential` of `Linear` and activation modules.
    Reference: Rumelhart, Hinton, Williams 1986; in this notation Poole et al. 2016, arXiv:1606.05340, eq. 1; residual
    blocks in this order: He et al. 2016, arXiv:1603.05027, figure 4e.
    """

    kind: Literal["mlp"] = "mlp"
    reads: ClassVar[tuple[type, ...]] = (Image, Sequence)
    chained: ClassVar[bool] = True

    def map_slots(self, dims: Dims, name: str, layer: int) -> list[Slot]:
        fan_in = features(dims.input) if layer == 1 else dims.width
        return linear_slots(name, layer, fan_in, dims.width if layer <= dims.depth else dims.outputs)

    def run(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> Pass:
        if not dims.plain:
            return super().run(dims, weights, x, mode)
        assert dims.activation is not None
        names = [*(f"layers.{layer}" for layer in range(1, dims.depth + 1)), "readout"]
        return Chain(dims.activation, weights, names, self.entered(dims, weights, x))

    def entered(self, dims: Dims, weights: Weights, x: Tensor) -> Tensor:
        """x as (member, batch, feature), tokens one-hot."""
        if isinstance(dims.input, Sequence) and dims.input.tokens:
            x = functional.one_hot(x, dims.input.features).to(weights["readout.bias"].dtype)
        return x.flatten(2)

    def mapped(self, weights: Weights, name: str, x: Tensor) -> Tensor:
        return linear(weights, name, x) if f"{name}.bias" in weights else x.bmm(weights[f"{name}.weight"])

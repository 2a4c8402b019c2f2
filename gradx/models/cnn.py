"""The `cnn` architecture."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.models.base import Dims, Footprint, Model, Weights, linear, linear_slots
from gradx.models.passes import Output
from gradx.tensors.layout import Slot
from gradx.tensors.mode import EVALUATION, Mode
from gradx.tensors.shapes import Image
from gradx.tensors.taps import Series


class CNN(Model):
    """Plain convolutional network: `depth` convolutions of `width` channels, global average pooling, a linear readout.

    z_l = h_{l-1} * W_l + b_l, h_l = phi(z_l); stride 1 and zero padding keep the image's size, so any depth will do.

    Equivalent to `torch.nn.Sequential` of `Conv2d`, activation, `AdaptiveAvgPool2d(1)`, `Flatten`, `Linear`.
    Reference: LeCun et al. 1989; deep plain nets: Xiao et al. 2018, arXiv:1806.05393, section 2.
    """

    kind: Literal["cnn"] = "cnn"
    kernel_size: Annotated[int, Field(ge=1, le=31, multiple_of=1)] = 3
    reads: ClassVar[tuple[type, ...]] = (Image,)
    default_activation: ClassVar[str | None] = "relu"

    def slots(self, dims: Dims) -> list[Slot]:
        assert isinstance(dims.input, Image)
        slots, channels, area = [], dims.input.channels, self.kernel_size**2
        for layer in range(1, dims.depth + 1):
            fan_in, fan_out = channels * area, dims.width * area
            shape = (dims.width, channels, self.kernel_size, self.kernel_size)
            slots += [
                Slot(f"layers.{layer}.weight", shape, "weight", layer, fan_in, fan_out, fan_in**-0.5),
                Slot(f"layers.{layer}.bias", (dims.width,), "bias", layer, fan_in, fan_out, fan_in**-0.5),
            ]
            channels = dims.width
        return slots + linear_slots("readout", dims.depth + 1, dims.width, dims.outputs)

    def forward(self, dims: Dims, weights: Weights, x: Tensor, mode: Mode = EVALUATION) -> tuple[Output, list[Series]]:
        assert dims.activation is not None
        members, batch = x.shape[:2]

        def arrange(tap: Tensor) -> Tensor:
            return tap.reshape(batch, members, -1).transpose(0, 1)

        # Members are the groups of one convolution; on the CPU unfold and bmm took 3 to 8 times as long.
        h = x.transpose(0, 1).flatten(1, 2)
        margin, even = (self.kernel_size - 1) // 2, self.kernel_size % 2 == 0
        preactivations, outputs = [], []
        for layer in range(1, dims.depth + 1):
            weight, bias = weights[f"layers.{layer}.weight"], weights[f"layers.{layer}.bias"]
            if even:  # one zero more after than before, as padding="same" has it, which warns
                h = functional.pad(h, (0, 1, 0, 1))
            z = functional.conv2d(h, weight.flatten(0, 1), bias.flatten(), padding=margin, groups=members)
            h = dims.activation(z)
            preactivations.append(z)
            outputs.append(h)
        series = [
            Series("preactivation", "depth", 0, preactivations, None, arrange),
            Series("output", "depth", 0, outputs, preactivations, arrange),
        ]
        pooled = h.mean((2, 3)).view(batch, members, -1).transpose(0, 1)
        return linear(weights, "readout", pooled).unsqueeze(2), series

    def footprint(self, dims: Dims) -> Footprint:
        assert isinstance(dims.input, Image)
        area = dims.input.height * dims.input.width
        multiplies = area * sum(slot.size for slot in self.slots(dims) if slot.multiplied)
        return Footprint(area * (dims.input.channels + 5 * dims.depth * dims.width), multiplies, 2 * dims.depth + 5)

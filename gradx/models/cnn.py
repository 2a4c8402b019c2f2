"""The `cnn` architecture."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional

from gradx.models.base import Dims, Weights, linear_slots
from gradx.models.feedforward import FeedForward
from gradx.tensors.layout import Slot
from gradx.tensors.shapes import Image


class CNN(FeedForward):
    """Plain convolutional network: `depth` convolutions of `width` channels, global average pooling, a linear readout.

    z_l = h_{l-1} * W_l + b_l, h_l = phi(z_l); stride 1 and zero padding keep the image's size, so any depth will do.
    With `normalization` h_l = phi(N(z_l)); with `residual` z_l = z_{l-1} + h_{l-1} * W_l + b_l from l = 2 on (or what
    the residual connection makes of it); with `dropout` some of h_l is left out on its way to the next layer.

    Equivalent to `torch.nn.Sequential` of `Conv2d`, activation, `AdaptiveAvgPool2d(1)`, `Flatten`, `Linear`.
    Reference: LeCun et al. 1989; deep plain nets: Xiao et al. 2018, arXiv:1806.05393, section 2; residual blocks in
    this order: He et al. 2016, arXiv:1603.05027, figure 4e.
    """

    kind: Literal["cnn"] = "cnn"
    kernel_size: Annotated[int, Field(ge=1, le=31)] = 3
    reads: ClassVar[tuple[type, ...]] = (Image,)

    def map_slots(self, dims: Dims, name: str, layer: int) -> list[Slot]:
        assert isinstance(dims.input, Image)
        if layer > dims.depth:
            return linear_slots(name, layer, dims.width, dims.outputs)
        channels, area = dims.input.channels if layer == 1 else dims.width, self.kernel_size**2
        fan_in, fan_out = channels * area, dims.width * area
        shape = (dims.width, channels, self.kernel_size, self.kernel_size)
        return [
            Slot(f"{name}.weight", shape, "weight", layer, fan_in, fan_out, fan_in**-0.5),
            Slot(f"{name}.bias", (dims.width,), "bias", layer, fan_in, fan_out, fan_in**-0.5),
        ]

    def entered(self, dims: Dims, weights: Weights, x: Tensor) -> Tensor:
        return x

    def mapped(self, weights: Weights, name: str, x: Tensor) -> Tensor:
        members = x.shape[0]
        weight, bias = weights[f"{name}.weight"].flatten(0, 1), weights.get(f"{name}.bias")
        # Members are the groups of one convolution; on the CPU unfold and bmm took 3 to 8 times as long. A signal lies
        # in memory as (batch, member channel, height, width), so that nothing is copied here but the input.
        h = x.transpose(0, 1).flatten(1, 2)
        if self.kernel_size % 2 == 0:  # one zero more after than before, as padding="same" has it, which warns
            h = functional.pad(h, (0, 1, 0, 1))
        shift, padding = None if bias is None else bias.flatten(), (self.kernel_size - 1) // 2
        z = functional.conv2d(h, weight, shift, padding=padding, groups=members)
        return z.view(z.shape[0], members, -1, *z.shape[2:]).transpose(0, 1)

    def read(self, h: Tensor) -> Tensor:
        return h.mean((3, 4))

    def area(self, dims: Dims) -> int:
        assert isinstance(dims.input, Image)
        return dims.input.height * dims.input.width

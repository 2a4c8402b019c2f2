"""Layer normalization."""

from typing import ClassVar, Literal

from torch import Tensor
from torch.nn import functional

from gradx.normalizations.base import OfSignals
from gradx.tensors.mode import Mode


class LayerNorm(OfSignals):
    """Layer normalization: the signals of each example get mean 0 and variance 1.

        N(z) = weight * (z - mean(z)) / sqrt(var(z) + eps) + bias

    Mean and (biased) variance are over all channels, and the space of a convolution. Equivalent to
    `torch.nn.LayerNorm`; in a convolutional network to `torch.nn.GroupNorm(1, channels)`, with one weight a channel.

    Reference: Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 3.
    """

    kind: Literal["layer"] = "layer"
    recurrent: ClassVar[bool] = True

    def normalized(self, x: Tensor, name: str, mode: Mode) -> Tensor:
        return functional.layer_norm(x, x.shape[2:], eps=self.eps)

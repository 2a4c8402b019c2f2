"""RMS normalization."""

from typing import ClassVar, Literal

from torch import Tensor

from gradx.normalizations.base import Normalization, Weights
from gradx.tensors.layout import Slot
from gradx.tensors.mode import Mode


class RMSNorm(Normalization):
    """Divides the signals of each example by their root mean square.

        N(z) = weight * z / sqrt(mean(z^2) + eps)

    The mean is over all channels (and the space of a convolution). Equivalent to `torch.nn.RMSNorm`.

    Reference: Zhang, Sennrich 2019, arXiv:1910.07467, eq. 4.
    """

    kind: Literal["rms"] = "rms"
    eps: float = 1e-5
    of: ClassVar[Literal["nothing", "signals", "weights"]] = "signals"
    recurrent: ClassVar[bool] = True

    def slots(self, name: str, layer: int, channels: int) -> list[Slot]:
        return [Slot(f"{name}.weight", (channels,), "gain", layer, channels, channels, 0.0, start=1.0)]

    def __call__(self, x: Tensor, name: str, weights: Weights, mode: Mode) -> Tensor:
        gain = weights[f"{name}.weight"]
        gain = gain.view(len(gain), 1, -1, *[1] * (x.ndim - 3))
        square = x.square().mean(tuple(range(2, x.ndim)), keepdim=True)
        return gain * x * (square + self.eps).rsqrt()

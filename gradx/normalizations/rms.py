"""RMS normalization."""

from typing import ClassVar, Literal

from torch import Tensor
from torch.nn import functional

from gradx.normalizations.base import OfSignals
from gradx.tensors.mode import Mode


class RMSNorm(OfSignals):
    """RMS normalization: the signals of each example are divided by their root mean square.

        N(z) = weight * z / sqrt(mean(z^2) + eps)

    The mean is over all channels (and the space of a convolution). Equivalent to `torch.nn.RMSNorm`.

    Reference: Zhang, Sennrich 2019, arXiv:1910.07467, eq. 4.
    """

    kind: Literal["rms"] = "rms"
    recurrent: ClassVar[bool] = True
    shifts: ClassVar[bool] = False

    def normalized(self, x: Tensor, name: str, mode: Mode) -> Tensor:
        return functional.rms_norm(x, x.shape[2:], eps=self.eps)

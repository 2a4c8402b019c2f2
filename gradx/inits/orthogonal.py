"""The `orthogonal` initialization."""

from typing import Literal

from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.inits.haar import orthogonal
from gradx.tensors.layout import Slot


class Orthogonal(Init):
    """Orthogonal weights (semi-orthogonal where not square): every singular value equals `gain`.

    W = gain Q, Q uniform (Haar) on the orthogonal matrices, from the QR decomposition of a Gaussian matrix.

    Equivalent to `torch.nn.init.orthogonal_`; a convolution is flattened to (out, in height width).
    Reference: Saxe, McClelland, Ganguli 2014, arXiv:1312.6120.
    """

    kind: Literal["orthogonal"] = "orthogonal"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        return orthogonal(shape, draw)

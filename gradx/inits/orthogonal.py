"""The `orthogonal` initialization."""

from math import prod
from typing import Literal

import torch
from torch import Tensor

from gradx.inits.base import Draw, Init
from gradx.tensors.layout import Slot


class Orthogonal(Init):
    """Orthogonal weights (semi-orthogonal where not square): every singular value equals `gain`.

    W = gain Q, Q uniform (Haar) on the orthogonal matrices, from the QR decomposition of a Gaussian matrix.

    Equivalent to `torch.nn.init.orthogonal_`; a convolution is flattened to (out, in height width).
    Reference: Saxe, McClelland, Ganguli 2014, arXiv:1312.6120.
    """

    kind: Literal["orthogonal"] = "orthogonal"

    def weight(self, slot: Slot, shape: tuple[int, ...], draw: Draw) -> Tensor:
        rows, columns = shape[0], prod(shape[1:])
        tall = draw.normal((max(rows, columns), min(rows, columns)))
        q, r = torch.linalg.qr(tall)
        q = q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)  # makes Q uniform: Mezzadri 2007, math-ph/0609050
        result: Tensor = q if rows >= columns else q.mT
        return result.reshape(-1, *shape)

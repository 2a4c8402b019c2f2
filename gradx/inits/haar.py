"""Random orthogonal matrices, for the inits that begin with them."""

from math import prod

import torch
from torch import Tensor

from gradx.inits.base import Draw


def orthogonal(shape: tuple[int, ...], draw: Draw) -> Tensor:
    """(member, *shape), uniform (Haar) on the (semi-)orthogonal matrices of shape (shape[0], the rest)."""
    rows, columns = shape[0], prod(shape[1:])
    tall = draw.normal((max(rows, columns), min(rows, columns)))
    q, r = torch.linalg.qr(tall)
    q = q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)  # makes Q uniform: Mezzadri 2007, math-ph/0609050
    result: Tensor = q if rows >= columns else q.mT
    return result.reshape(-1, *shape)

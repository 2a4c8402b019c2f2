"""The `orthogonal_rnn` architecture."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from gradx.models.base import Dims, Weights
from gradx.models.elman import Elman
from gradx.models.unrolled import CellType


class OrthogonalRNN(Elman):
    """Recurrent network whose recurrent matrix stays exactly orthogonal while it trains, stacked `depth` times.

    h_t = phi(x_t W_ih + b_ih + h_{t-1} W + b_hh), W = exp(A - A^T), h_0 = 0; A (`weight_hh`) is what is trained.

    The exponential of a skew-symmetric matrix is orthogonal, whatever the optimizer does to A: all singular values of W
    are 1, and with the identity as activation the gradient has one norm at all time steps. The init draws A, so it says
    how far from the identity W starts: eigenvalues of A - A^T are angles, up to about 1.6 for torch_default, 0 for
    `recurrent: identity` (then W = I). In half precision the exponential is computed in float32.

    Equivalent to `torch.nn.RNN` with W from `torch.nn.utils.parametrizations.orthogonal(orthogonal_map="matrix_exp")`.
    Reference: Lezcano-Casado, Martinez-Rubio 2019, arXiv:1901.08428, section 3.
    """

    kind: Literal["orthogonal_rnn"] = "orthogonal_rnn"

    def inner(self, dims: Dims, weights: Weights, name: str) -> Mapping[str, Tensor]:
        free = weights[f"{name}.weight_hh"]
        wide = free.float() if free.dtype in (torch.bfloat16, torch.float16) else free
        return {"weight_hh": torch.linalg.matrix_exp(wide - wide.mT).to(free.dtype)}

    def cells(self, dims: Dims) -> CellType | None:
        return None  # the matrix itself is computed: by autograd

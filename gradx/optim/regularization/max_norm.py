"""Max-norm constraint: the weights into a unit stay within a ball."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Positive, Regularization
from gradx.optim.scaling import scaled, within
from gradx.optim.units import grouped, marked, unit_norms
from gradx.tensors.layout import Layout
from gradx.tensors.members import aligned


class MaxNorm(Regularization):
    """After every step, weights into a unit longer than `max_norm` are scaled back to it.

        w_i <- min(1, max_norm / |w_i|) * w_i

    A unit's weights w_i are a column of a linear weight (for a recurrent layer of its input and of its recurrent
    weight apart, for gates of each), a filter of a convolution. Biases and gains are free. The spectral norm of a
    weight with n units then is at most sqrt(n) * max_norm. Equivalent to `torch.renorm_` of each weight.

    Reference: Srebro, Shraibman 2005, COLT, "Rank, trace-norm and max-norm"; for networks Srivastava et al. 2014,
    JMLR 15, section 5.1.
    """

    kind: Literal["max_norm"] = "max_norm"
    max_norm: Positive = 3.0  # 3 to 4 are typical: Srivastava et al. 2014, appendix A.3

    def settle(self, change: Tensor, params: Tensor, lr: float | Tensor, layout: Layout) -> Tensor:
        settled = []
        groups = grouped(params, layout), grouped(change, layout), marked(layout, "multiplied", params.device)
        for (_, before), (_, step), weight in zip(*groups, strict=True):
            moved = before + step
            size = unit_norms(moved)
            factor = within(size, aligned(self.max_norm, size))
            held = (factor < 1) & weight.view(-1, *[1] * (size.ndim - 2))
            settled.append(torch.where(held, scaled(moved, factor) - before, step).flatten(1))
        return torch.cat(settled, dim=1)

"""Clipping by norm: the length of the gradient is bounded, its direction kept."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Memoryless, Positive


class NormClipping(Memoryless):
    """Scales the whole gradient down to at most `max_norm`.

        g' = min(1, max_norm / |g|) * g

    A gradient within the bound is untouched bit for bit; so is one whose norm is inf or NaN (with coefficient NaN): its
    divergence stays visible. Equivalent to `torch.nn.utils.clip_grad_norm_` without its 1e-6 beside |g|.

    Reference: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, Algorithm 1.
    """

    kind: Literal["norm"] = "norm"
    max_norm: Positive = 1.0  # a common choice; Pascanu et al. take 0.5 to 10 times the average norm

    def clip(self, grad: Tensor, norm: Tensor) -> tuple[Tensor, Tensor]:
        before = norm.unsqueeze(1)
        coefficient = (self.max_norm / before).clamp(max=1).where(before.isfinite(), torch.nan)
        return _scaled(grad, coefficient.nan_to_num(nan=1.0)), coefficient.squeeze(1)


def _scaled(grad: Tensor, factor: Tensor) -> Tensor:
    """factor * grad for float64 factors (member, 1) in [0, 1], in the precision of grad.

    A factor like 1e-41 has no accurate float32 form, its root has: two float32 passes, at a third of the cost of a
    float64 product. As neither factor exceeds 1, nothing underflows on the way that the result could hold.
    """
    root = factor.sqrt().to(grad.dtype).clamp(min=torch.finfo(grad.dtype).tiny)
    return (grad * root).mul_((factor / root).to(grad.dtype))

"""Clipping by norm: the length of the gradient is bounded, its direction kept."""

from typing import Literal

import torch
from torch import Tensor

from gradx.optim.base import Memoryless, Positive
from gradx.optim.scaling import scaled, within


class NormClipping(Memoryless):
    """Scales the whole gradient down to at most `max_norm`.

        g' = min(1, max_norm / |g|) * g

    A gradient within the bound is untouched bit for bit; so is one whose norm is inf or NaN (with coefficient NaN): its
    divergence stays visible. Equivalent to `torch.nn.utils.clip_grad_norm_` without its 1e-6 beside |g|.

    Reference: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, Algorithm 1.
    """

    kind: Literal["norm"] = "norm"
    max_norm: Positive = 1.0  # a common choice; Pascanu et al. take 0.5 to 10 times the average norm

    def clip(self, grad: Tensor, norm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        factor = within(norm.unsqueeze(1), self.max_norm)
        coefficient = factor.squeeze(1)
        return scaled(grad, factor), coefficient.where(norm.isfinite(), torch.nan), coefficient < 1

"""Products of (member, parameter) tensors for the rules that look at all parameters of a member together."""

import torch
from torch import Tensor


def dot(a: Tensor, b: Tensor) -> Tensor:
    """a . b of each member, (member, 1) in float64: float32 would lose products below 1e-45."""
    return (a.double() * b.double()).sum(1, keepdim=True)


def largest(a: Tensor) -> Tensor:
    """The largest absolute entry of each member, (member, 1) in float64."""
    return a.abs().amax(1, keepdim=True).double()


def scaled(a: Tensor, factor: Tensor) -> Tensor:
    """a times a factor (member, 1) in float64, in the dtype of a; 0 where the factor is 0, even of inf and NaN."""
    return torch.where(factor == 0, torch.zeros_like(a), a * factor.to(a.dtype))

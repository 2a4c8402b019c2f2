"""Scaling gradients down by factors that may lie far outside the range of their precision."""

import torch
from torch import Tensor


def within(norm: Tensor, limit: float | Tensor) -> Tensor:
    """min(1, limit / norm), of the shape of `norm`, in float64; exactly 1 for a norm that is inf or NaN.

    Args:
        norm: L2 norms, in float64.
        limit: positive; a tensor that broadcasts against `norm`.
    """
    factor: Tensor = limit / norm
    return factor.where((factor < 1) & norm.isfinite(), 1.0)


def scaled(x: Tensor, factor: Tensor) -> Tensor:
    """factor * x for float64 factors in [0, 1] that broadcast against x, in the precision of x.

    A factor like 1e-41 has no accurate float32 form, its root has: two float32 passes, at a third of the cost of a
    float64 product. As neither factor exceeds 1, nothing underflows on the way that the result could hold. Half
    precision has no room for the root either and is scaled in float32.
    """
    if x.dtype == torch.float64:
        return x * factor
    if x.dtype != torch.float32:
        return scaled(x.float(), factor).to(x.dtype)
    root = factor.sqrt().to(x.dtype).clamp(min=torch.finfo(x.dtype).tiny)
    return (x * root).mul_((factor / root).to(x.dtype))


def ratio(after: Tensor, before: Tensor, acted: Tensor) -> Tensor:
    """The coefficient of a clipping from the norms (member,) after and before: exactly 1 where it did not act.

    NaN where the norm before is inf or NaN, but for a rule that bounded the inf. 0 / 0 counts as 1.
    """
    change = acted & (after != before)
    return (after / before).where(change, torch.where(before.isfinite(), 1.0, torch.nan).to(after))

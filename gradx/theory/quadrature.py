"""Expectations under a centred Gaussian, to the accuracy that oracles need, for smooth and for kinked functions."""

from collections.abc import Callable
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
"""An elementwise function of a one-dimensional float64 array."""

REACH = 9.0  # standard deviations to either side: beyond them lies a share of 2e-19
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)  # of one cell: tanh and the density are exact to rounding


def expectation(function: Function, variance: float) -> float:
    """E f(z) for z ~ N(0, variance).

    Gauss-Legendre in cells of width 1 (or 1 / k, k whole, where the standard deviation is less). Kinks and jumps at
    whole numbers (relu, hard tanh) lie on the edges of cells and do no harm. Gauss-Hermite would place its nodes by the
    variance alone: it misses the narrow slope of a saturated unit when the variance is large, and jumps always.

    Args:
        function: f, elementwise.
        variance: of z, above 0.
    """
    std = sqrt(variance)
    cells = ceil(1 / min(1.0, std))  # in one unit of z
    half = ceil(REACH * std * cells)
    centres = np.arange(-half, half) + 0.5
    z = ((centres[:, None] + NODES / 2) / cells).ravel()
    weights = np.tile(WEIGHTS, len(centres)) * np.exp(-0.5 * (z / std) ** 2)
    return float(function(z) @ weights / weights.sum())

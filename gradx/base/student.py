"""Student's t distribution: `student_t`, how far a mean of few values may be off; `student_p`, how likely that is."""

from functools import cache
from math import atan2, cos, fsum, pi, sin, sqrt

MANY = 200  # degrees of freedom from where on the expansion is as good as the sums


@cache
def student_t(degrees: int) -> float:
    """The 97.5 % quantile of Student's t distribution, to 1e-9.

    Where `student_p` is 0.05, found by halving; for many degrees of freedom by the Cornish-Fisher expansion.

    Reference: Abramowitz, Stegun 1964, 26.7.5.
    """
    degrees = max(degrees, 1)
    if degrees > MANY:
        z, n = 1.959963984540054, float(degrees)
        terms = (
            (z**3 + z) / 4,
            (5 * z**5 + 16 * z**3 + 3 * z) / 96,
            (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        )
        return z + terms[0] / n + terms[1] / n**2 + terms[2] / n**3
    low, high = 1.0, 13.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if student_p(middle, degrees) > 0.05 else (low, middle)
    return (low + high) / 2


def student_p(t: float, degrees: int) -> float:
    """How likely a value at least as far from 0 as `t` is, on either side; to 1e-13.

    With theta = atan(t / sqrt(n)) and n degrees of freedom p = 1 - A, where

        A = 2 / pi (theta + sin theta (cos theta + 2 / 3 cos^3 theta + ...))      n odd
        A = sin theta (1 + 1 / 2 cos^2 theta + 1 * 3 / (2 * 4) cos^4 theta + ...)    n even

    both up to cos^(n - 2) theta. 0 for an infinite t.

    Args:
        degrees: of freedom, 1 or more.

    Reference: Abramowitz, Stegun 1964, 26.7.3 and 26.7.4.
    """
    odd = degrees % 2
    theta = atan2(abs(t), sqrt(degrees))
    terms, term = [], cos(theta) if odd else 1.0
    for power in range(odd, degrees - 1, 2):
        terms.append(term)
        term *= (power + 1) / (power + 2) * cos(theta) ** 2
    within = sin(theta) * fsum(terms)
    return max(0.0, 1 - (2 / pi * (theta + within) if odd else within))

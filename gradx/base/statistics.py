"""Small exact statistics: `fisher` for counts of two arms, `paired` for a few differences, `holm` for many p-values."""

from collections.abc import Sequence
from math import comb, copysign, frexp, fsum, inf, isfinite, sqrt
from typing import NamedTuple

from gradx.base.student import student_p, student_t


class Paired(NamedTuple):
    """What paired differences say.

    Attributes:
        mean: of the differences.
        low, high: its 95 % interval by Student's t, as in `Interval`.
        d_z: the mean over the standard deviation of the differences; infinite where all are the same and not 0.
        p: two-sided, of the mean being 0; 0 where all are the same and not 0, 1 where all are 0.

    All but the mean are None for one difference; of several that are the same there is no interval.
    """

    mean: float
    low: float | None
    high: float | None
    d_z: float | None
    p: float | None


class Interval(NamedTuple):
    """A mean and its 95 % interval; None where values say nothing about the spread: of one, or where all are the same.

    Student's t would give an interval of width 0 there, and so a certainty that a few values do not give.
    """

    mean: float
    low: float | None
    high: float | None


def fisher(met: int, of: int, other_met: int, other_of: int) -> float:
    """Fisher's exact test, two-sided: how likely counts as unequal as these are where both arms are the same.

    p = sum of the hypergeometric probabilities that are at most that of the table, all margins given. 1 if an arm is
    empty.

    Reference: Fisher 1935, The Design of Experiments, section 21.1.
    """
    total = met + other_met
    own, every = comb(of, met) * comb(other_of, total - met), comb(of + other_of, total)  # whole, so that ties are ties
    likelier = 0  # these lie beside the table, on the side of the peak: to both sides the probabilities only fall
    k, each = met, own
    while (each := each * (of - k) * (total - k) // ((k + 1) * (other_of - total + k + 1))) > own:
        likelier, k = likelier + each, k + 1
    k, each = met, own
    while (each := each * k * (other_of - total + k) // ((of - k + 1) * (total - k + 1))) > own:
        likelier, k = likelier + each, k - 1
    return (every - likelier) / every


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of many comparisons, adjusted: at 5 % one of them misleads in at most 5 % of all reports.

    Of m values in ascending order the k-th becomes max over j <= k of (m - j + 1) p_j, at most 1.

    Reference: Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    adjusted, least = [0.0] * len(p_values), 0.0
    for done, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - done) * p_values[place]))
        adjusted[place] = least
    return adjusted


def mean_interval(values: Sequence[float]) -> Interval | None:
    """The mean of values and its 95 % interval by Student's t; None without values, or where they are not finite."""
    if not values or not all(map(isfinite, values)):
        return None
    count, (mean, deviation) = len(values), _moments(values)
    if not deviation:
        return Interval(mean, None, None)
    half = student_t(count - 1) * deviation / sqrt(count)
    return Interval(mean, mean - half, mean + half)


def paired(differences: Sequence[float]) -> Paired | None:
    """The paired t-test and Cohen's d_z; None without differences, or where they are not finite.

    d_z = mean / s and t = d_z sqrt(n) with n - 1 degrees of freedom.

    Reference: Lakens 2013, Calculating and reporting effect sizes, equation 6.
    """
    found = mean_interval(differences)
    if found is None:
        return None
    mean, deviation = _moments(differences)
    if deviation is None:
        return Paired(*found, None, None)
    if deviation == 0:
        return Paired(*found, *((copysign(inf, mean), 0.0) if mean else (0.0, 1.0)))
    d_z = mean / deviation
    return Paired(*found, d_z, student_p(d_z * sqrt(len(differences)), len(differences) - 1))


def _moments(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and standard deviation; None for that of one value. By powers of two so that no square overflows."""
    first, count = values[0], len(values)
    if all(value == first for value in values):  # exactly: the mean may be off by a rounding
        return first, 0.0 if count > 1 else None
    scale = 2.0 ** -max(-1000, min(1000, frexp(max(map(abs, values)))[1]))
    small = [value * scale for value in values]
    mean = fsum(small) / count
    return mean / scale, sqrt(fsum((value - mean) ** 2 for value in small) / (count - 1)) / scale

"""`student_t`: how far a mean of few values may be off."""


def student_t(degrees: int) -> float:
    """The 97.5 % quantile of Student's t distribution; within 0.5 % from 4 degrees of freedom on.

    Reference: Abramowitz, Stegun 1964, 26.7.5 (Cornish-Fisher expansion); exact for 1, 2 and 3 degrees.
    """
    if degrees <= 3:
        return (12.7062, 4.30265, 3.18245)[max(degrees, 1) - 1]
    z, n = 1.959964, float(degrees)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + terms[0] / n + terms[1] / n**2 + terms[2] / n**3

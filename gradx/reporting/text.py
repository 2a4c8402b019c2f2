"""Numbers as people read them: few digits, sensible units."""


def number(value: float | None, digits: int = 4) -> str:
    """A number with at most `digits` significant digits; a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}g}"


def magnitude(value: float) -> str:
    """1234567 as `1.2 M`, to be followed by a unit."""
    for prefix in ("", "k", "M", "G", "T"):
        if abs(value) < 1000:
            return f"{value:.3g} {prefix}"
        value /= 1000
    return f"{value:.3g} P"


def duration(seconds: float) -> str:
    """Seconds as `0.3 s`, `12 s`, `3 min` or `2 h`."""
    if seconds < 60:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

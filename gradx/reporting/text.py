"""Numbers as people read them: few digits, sensible units."""

from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

from gradx.base.document import visible
from gradx.reporting.symbols import to_ascii

Styled = tuple[str, str]
"""A piece of text and its style; the text is shown as it is, markup and escape sequences included."""

DAY = 86_400  # seconds
RESULT_DIGITS = 3  # significant ones of a result in a table


def number(value: float | None, digits: int = 4) -> str:
    """A number with at most `digits` significant digits; a dash where there is none."""
    return "-" if value is None else f"{value + 0.0:.{digits}g}"


def magnitude(value: float) -> str:
    """1234567 as `1.23 M`, to be followed by a unit."""
    for prefix in ("", "k", "M", "G", "T"):
        if abs(value) < 1000:
            return f"{value:.3g} {prefix}"
        value /= 1000
    return f"{value:.3g} P"


def duration(seconds: float) -> str:
    """Seconds as `0.3 s`, `12 s`, `3 min`, `2.5 h` or `4.1 days`."""
    if seconds < 59.5:
        return f"{seconds:.2g} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 3 * DAY else f"{seconds / DAY:.1f} days"


def rate(per_second: float) -> str:
    """Runs per second as `14 runs/s`, `0.25 runs/s` as `15 runs/min`, and slower ones by the hour."""
    for unit, seconds in (("s", 1), ("min", 60)):
        if per_second * seconds >= 1:
            return f"{_few(per_second * seconds)} runs/{unit}"
    return f"{_few(per_second * 3600)} runs/h"


def count(amount: int, one: str, many: str = "") -> str:
    """`1 run`, `1,250 runs`."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def spec_texts(values: Sequence[Any]) -> list[str]:
    """Values of one key of a spec: as many digits as tell them apart, integers in full, a dash where there is none."""
    distinct = len(set(values))
    for digits in (4, 6, 9, 17):
        texts = [_spec_text(value, digits) for value in values]
        if len(set(texts)) == distinct:
            break
    return texts


def cell_texts(values: Sequence[Any], kind: str) -> list[str]:
    """Values of a table's column by its kind: `spec` as `spec_texts`, results with three digits, texts as they are."""
    return spec_texts(values) if kind == "spec" else [_cell_text(value) for value in values]


def is_number(value: Any) -> bool:
    """Whether it is one; True and False are none, inf and NaN are."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_right(values: Sequence[Any]) -> bool:
    """Whether they stand at the right of their column: numbers, as far as there is any value."""
    return all(value is None or is_number(value) for value in values)


def shown(text: str, ascii_only: bool = False) -> str:
    """`text` with nothing in it that a terminal could act on, in ASCII where only that can be shown."""
    safe = text if text.isprintable() else visible(text)
    return safe if not ascii_only or safe.isascii() else to_ascii(safe)


def clipped(text: str, columns: int, ascii_only: bool = False) -> str:
    """`text` in at most so many columns of a terminal, with an ellipsis where something is cut off."""
    if cell_len(text) <= columns:
        return text
    mark = "..."[: max(columns, 0)] if ascii_only else "…"
    return set_cell_size(text, max(columns - len(mark), 0)).rstrip() + mark


def _few(value: float) -> str:
    return f"{value:.0f}" if value >= 9.95 else f"{value:.2g}"


def _cell_text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return number(value, RESULT_DIGITS) if isinstance(value, float) else str(value)


def _spec_text(value: Any, digits: int) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case float():  # pandas holds integers with a gap as floats
            return f"{value + 0.0:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.{digits}g}"
    return str(value)

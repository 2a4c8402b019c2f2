"""What stands in a cell of a table: the same texts as `cells.js` makes."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context
from math import isfinite
from typing import Any

from gradx.reporting.symbols import OUTCOMES
from gradx.reporting.text import is_number

MISSING = "-"
FULL = 10_000  # below which floats that are whole are shown in full
EXACT = 1e15  # the same for values of a spec


def number(value: float, digits: int = 3) -> str:
    """A number with so many significant digits: 0.0123, 1e-20, inf, nan; integers in full."""
    if isinstance(value, int):
        return str(value)
    if not isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < FULL:
        return str(int(value))
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal_from_float(value)  # as JavaScript does
    mantissa, exponent = f"{rounded:e}".split("e")
    if not -4 <= int(exponent) < max(digits, 5):
        return f"{_trimmed(mantissa)}e{int(exponent)}"
    return _trimmed(f"{rounded:f}")


def digits_of(values: Sequence[Any]) -> int:
    """As many significant digits as tell the values of a key apart."""
    floats = {value for value in values if isinstance(value, float) and isfinite(value)}
    return next((digits for digits in (4, 6, 9) if len({f"{x:.{digits}g}" for x in floats}) == len(floats)), 17)


def cell(value: Any, kind: str, digits: int) -> str:
    """The text of a value in a column of that kind."""
    match value:
        case None:
            return MISSING
        case bool():
            return "yes" if value else "no"
        case float() if kind == "spec":
            return str(int(value)) if value.is_integer() and abs(value) < EXACT else number(value, digits)
        case int() | float():
            return number(value)
    return f"{OUTCOMES[value].char} {value}" if kind == "word" and value in OUTCOMES else str(value)


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether there are numbers among them."""
    return any(map(is_number, values))


def is_whole(values: Sequence[Any]) -> bool:
    """Whether all that are there are integers."""
    return all(isinstance(value, int) for value in values if value is not None)


def word_class(word: Any) -> str:
    """The class that gives a verdict or a status its colour: only our own words are names of classes."""
    return word if isinstance(word, str) and word in OUTCOMES else ""


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text

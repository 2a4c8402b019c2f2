"""`encoded`: elements of a report as plain data for JSON; `for_json`: the same for data that are plain already."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from gradx.reporting.elements import HeatMap, LineChart, Section, Table

KINDS = {LineChart: "lines", HeatMap: "heat", Table: "table", Section: "section"}


def encoded(element: Any, digits: int | None = None) -> Any:
    """A dataclass as a mapping of its fields, with `kind` (lines, heat, table, section) where it is an element.

    JSON has no word for inf and NaN: they become the texts "inf", "-inf" and "nan", so that null always means missing.

    Args:
        element: an element, or anything within one.
        digits: significant digits to which floats are rounded; None for all.
    """
    if is_dataclass(element) and not isinstance(element, type):
        kind = {"kind": KINDS[type(element)]} if type(element) in KINDS else {}
        return kind | {field.name: encoded(getattr(element, field.name), digits) for field in fields(element)}
    match element:
        case Mapping():
            return {str(key): encoded(value, digits) for key, value in element.items()}
        case str():
            return element
        case Sequence():
            return [encoded(value, digits) for value in element]
        case float():
            return _number(element, digits)
    return element


def for_json(value: Any) -> Any:
    """Plain data in which inf and NaN are the texts "inf", "-inf" and "nan": null always means missing."""
    match value:
        case Mapping():
            return {str(key): for_json(inner) for key, inner in value.items()}
        case list() | tuple():
            return [for_json(inner) for inner in value]
        case float() if not isfinite(value):
            return str(value)
    return value


def _number(value: float, digits: int | None) -> float | int | str:
    if not isfinite(value):
        return str(value)
    short = value if digits is None else float(f"{value:.{digits}g}")
    if not isfinite(short):
        return value  # the largest floats have no shorter form
    return int(short) if short.is_integer() and abs(short) < 1e15 else short

"""A table as CSV for people and their spreadsheets; never read back."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

# What makes a spreadsheet take text for a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def to_csv(table: pa.Table) -> str:
    """The rows of a table as `csv_text`."""
    columns = (column.to_pylist() for column in table.columns)
    return csv_text(table.column_names, zip(*columns, strict=True))


def csv_text(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    """One line for each row; a missing value is empty, others are `nan`, `inf`, `true`; numbers in full precision.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    return "".join(",".join(_quoted(_shown(value)) for value in row) + "\n" for row in (names, *rows))


def _quoted(text: str) -> str:
    """A cell as RFC 4180 has it. The writer of Python 3.11 leaves a lone carriage return, which starts a row, bare."""
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',"\r\n') else text


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
    return repr(value)

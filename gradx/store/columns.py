"""The columns of `runs/`, where every part may have others: one type for each, declared in a part that sorts first.

pandas and pyarrow read a directory by the schema of its first file: they drop columns that only later files have, and
fail where a later type does not fit. So a file without rows that sorts first declares every column, with a type to
which each part's own can be cast exactly:

    no value  ->  bool, int64, float64, string      int64  ->  float64      any mixture else  ->  string
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gradx.base.errors import ResultsError
from gradx.store.parts import write_table
from gradx.store.paths import Paths

# Beyond, an integer is stored as text: neither float64 nor pandas' integer column with a gap (float64, too) holds it.
EXACT = 2**53


class Columns:
    """The declared columns of one results directory. They only ever grow, so what was once read stays true."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._known = pa.schema([("run", pa.string())])

    def read(self) -> pa.Schema:
        """The newest declaration; `run` alone if there is none. Raises ResultsError if it cannot be read."""
        if newest := self._paths.columns_parts()[:1]:
            self._known = _schema(newest[0])
        return self._known

    def declare(self, rows: pa.Schema) -> None:
        """Make sure that a part with schema `rows` is read whole. Raises ResultsError.

        Each new declaration is a new file, which only one process can create: whoever comes second reads it and
        tries again, so no column is lost between processes.
        """
        while joined(self._known, rows) != self._known:
            newest = next(iter(self._paths.columns_parts()), None)
            known = _schema(newest) if newest else self._known
            wanted = joined(known, rows)
            if wanted != known:
                try:
                    write_table(self._paths.columns_part(newest), wanted.empty_table(), new=True)
                except FileExistsError:
                    continue
            self._known = wanted


def rows_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """A table of rows; they may have different keys. Raises TypeError unless values are None, bool, int, float or str.

    A column has the type that `joined` gives to the types of its values.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({_text(name): _column(name, [row.get(name) for row in rows]) for name in names})


def joined(left: pa.Schema, right: pa.Schema) -> pa.Schema:
    """The columns of `left`, then the new ones of `right`, each with the type that holds both."""
    types = {field.name: field.type for field in left}
    for field in right:
        types[field.name] = _joined_type(types.get(field.name, pa.null()), field.type)
    return pa.schema(types)


def conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """`table` with the columns and types of `schema`: absent columns are null, the others are cast exactly."""
    given = dict(zip(table.column_names, table.columns, strict=True))

    def fit(field: pa.Field) -> pa.Array | pa.ChunkedArray:
        column = given.get(field.name)
        if column is None:
            return pa.nulls(table.num_rows, field.type)
        return column if column.type == field.type else column.cast(field.type)

    return pa.table([fit(field) for field in schema], schema=schema)


def _schema(part: Path) -> pa.Schema:
    try:
        return pq.read_schema(part)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ResultsError(f"{part} cannot be read: move it away ({error})") from error


def _joined_type(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    if left == right or right == pa.null():
        return left
    if left == pa.null():
        return right
    if {left, right} == {pa.int64(), pa.float64()}:
        return pa.float64()
    return pa.string()


def _column(name: str, values: list[Any]) -> pa.Array:
    """One column. By far most have values of one type, which need no look at each."""
    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if kinds in ({float}, {bool}):
        return pa.array(values, _FLOAT if kinds == {float} else _BOOL)
    if kinds == {int} and all(value is None or -EXACT <= value <= EXACT for value in values):
        return pa.array(values, _INT)
    if kinds == {str}:
        with suppress(UnicodeEncodeError):
            return pa.array(values, _TEXT)
    return _mixed(name, values)


def _mixed(name: str, values: list[Any]) -> pa.Array:
    cells = [_cell(name, value) for value in values]
    kinds = dict.fromkeys(kind for _, kind in cells)
    joint = pa.null()
    for kind in kinds:
        joint = _joined_type(joint, kind)
    parts = [pa.array([value if its == kind else None for value, its in cells], kind).cast(joint) for kind in kinds]
    if len(parts) == 1:
        return parts[0]
    import pyarrow.compute as pc  # late: it takes a while, and reports do without

    return pc.coalesce(*parts)


def _cell(name: str, value: Any) -> tuple[Any, pa.DataType]:
    plain = value.item() if isinstance(value, np.generic) else value
    match plain:
        case None:
            return None, _NULL
        case bool():
            return plain, _BOOL
        case int():
            return (plain, _INT) if -EXACT <= plain <= EXACT else (str(plain), _TEXT)
        case float():
            return plain, _FLOAT
        case str():
            return _text(plain), _TEXT
    raise TypeError(f"column {name!r} of runs/ takes None, bool, int, float or str, given: {value!r}")


_NULL, _BOOL, _INT, _FLOAT, _TEXT = pa.null(), pa.bool_(), pa.int64(), pa.float64(), pa.string()


def _text(text: str) -> str:
    """`text` as UTF-8 can hold it: names of files and messages may carry lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()

"""The columns of `runs/`, where every part may have others: one type for each, declared in a part that sorts first.

pandas and pyarrow read a directory by the schema of its first file: they drop columns that only later files have, and
fail where a later type does not fit. So a file without rows that sorts first declares every column, with a type to
which each part's own can be cast exactly:

    no value  ->  bool, int64, float64, string      int64  ->  float64      any mixture else  ->  string
"""

from collections.abc import Mapping
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
        if newest := self._paths.newest_columns():
            self._known = _schema(newest)
        return self._known

    def declare(self, row: pa.Schema) -> None:
        """Make sure that a part with schema `row` is read whole. Raises ResultsError.

        Each new declaration is a new file, which only one process can create: whoever comes second reads it and
        tries again, so no column is lost between processes.
        """
        while joined(self._known, row) != self._known:
            newest = self._paths.newest_columns()
            known = _schema(newest) if newest else self._known
            wanted = joined(known, row)
            if wanted != known:
                try:
                    write_table(self._paths.columns_part(newest), wanted.empty_table(), new=True)
                except FileExistsError:
                    continue
            self._known = wanted


def row_table(row: Mapping[str, Any]) -> pa.Table:
    """A table of one row. Raises TypeError for a value that is not None, bool, int, float or str."""
    cells = {_text(name): _cell(name, value) for name, value in row.items()}
    return pa.table({name: pa.array([value], type=kind) for name, (value, kind) in cells.items()})


def joined(left: pa.Schema, right: pa.Schema) -> pa.Schema:
    """The columns of `left`, then the new ones of `right`, each with the type that holds both."""
    types = {field.name: field.type for field in left}
    for field in right:
        types[field.name] = _joined_type(types.get(field.name, pa.null()), field.type)
    return pa.schema(types)


def _schema(part: Path) -> pa.Schema:
    try:
        return pq.read_schema(part)
    except (OSError, pa.ArrowException) as error:
        raise ResultsError(f"{part} cannot be read: move it away ({error})") from error


def _joined_type(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    if left == right or right == pa.null():
        return left
    if left == pa.null():
        return right
    if {left, right} == {pa.int64(), pa.float64()}:
        return pa.float64()
    return pa.string()


def _cell(name: str, value: Any) -> tuple[Any, pa.DataType]:
    plain = value.item() if isinstance(value, np.generic) else value
    match plain:
        case None:
            return None, pa.null()
        case bool():
            return plain, pa.bool_()
        case int():
            return (plain, pa.int64()) if -EXACT <= plain <= EXACT else (str(plain), pa.string())
        case float():
            return plain, pa.float64()
        case str():
            return _text(plain), pa.string()
    raise TypeError(f"column {name!r} of runs/ takes None, bool, int, float or str, given: {value!r}")


def _text(text: str) -> str:
    """`text` as UTF-8 can hold it: names of files and messages may carry lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()

"""Trace parts on disk.

Text goes through Arrow's dictionary type in both directions: a number for each row, and each name only once. In the
files, and for all who read them, these columns are plain text.
"""

from bisect import bisect_left
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from gradx.base.trace import SCHEMA
from gradx.store.parts import UNREADABLE, move, refuse, remove, write_aside

TEXT = [name for name, kind in SCHEMA.items() if kind is str]
TRACE = pa.schema({name: pa.string() if kind is str else pa.from_numpy_dtype(kind) for name, kind in SCHEMA.items()})
GROUP = 128 * 1024  # rows of a row group: what a reader of one run has to read at least

CODED = pa.schema(
    {name: pa.dictionary(pa.int32(), pa.string()) if name in TEXT else TRACE.field(name).type for name in SCHEMA}
)
# A trace has no nulls, and saying so saves a third of the time.
WRITTEN = pa.schema([field.with_nullable(False) for field in CODED])


@contextmanager
def trace_writer(file: BinaryIO) -> Iterator[pq.ParquetWriter]:
    """Writes tables with the schema `WRITTEN` as one part, each as row groups of its own."""
    with pq.ParquetWriter(
        file,
        WRITTEN,
        compression="zstd",
        compression_level=1,
        use_dictionary=TEXT,
        column_encoding={"step": "DELTA_BINARY_PACKED", "value": "BYTE_STREAM_SPLIT"},
        write_statistics=["run"],
        store_schema=False,
    ) as writer:
        yield writer


def read_trace(path: Path, runs: Set[str] | None = None, quantities: Set[str] | None = None) -> Iterator[pa.Table]:
    """Table after table of the rows of a part; row groups without one of `runs` stay unread.

    Raises FileNotFoundError; ResultsError that names a part which cannot be read.
    """
    try:
        with pq.ParquetFile(path, read_dictionary=TEXT, pre_buffer=False) as file:
            for group in _groups(file.metadata, runs):
                table = file.read_row_group(group, columns=TRACE.names).select(TRACE.names).cast(CODED)
                for name in TRACE.names:
                    if table[name].null_count:
                        raise ValueError(f"no value in column {name!r}")
                for batch in table.to_batches():
                    of_runs = _chosen(pa.Table.from_batches([batch]), "run", runs)
                    yield _chosen(of_runs, "quantity", quantities)
    except UNREADABLE as error:
        refuse(path, error)


def rows_in(path: Path) -> int:
    """The number of rows of a part. Raises as `read_trace`."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except UNREADABLE as error:
        refuse(path, error)


def keep_only(path: Path, runs: Set[str]) -> None:
    """Take the rows of other runs than `runs` out of a part, which goes if none are left. Raises ResultsError."""
    try:
        if not any(table.num_rows for table in read_trace(path, runs)):
            return remove(path)
    except FileNotFoundError:
        return None

    def rewrite(file: BinaryIO) -> None:
        with trace_writer(file) as writer:
            for table in read_trace(path, runs):
                if table.num_rows:
                    writer.write_table(table.cast(WRITTEN))

    return move(write_aside(path, rewrite), path)


def _groups(metadata: pq.FileMetaData, runs: Set[str] | None) -> list[int]:
    """The row groups that may hold one of `runs`."""
    numbers = list(range(metadata.num_row_groups))
    if runs is None or not numbers:
        return numbers
    ordered = sorted(runs)
    column = next(n for n in range(metadata.num_columns) if metadata.schema.column(n).path == "run")

    def may_hold(group: int) -> bool:
        statistics = metadata.row_group(group).column(column).statistics
        if statistics is None or not statistics.has_min_max:
            return True
        place = bisect_left(ordered, statistics.min)
        return place < len(ordered) and bool(ordered[place] <= statistics.max)

    return [group for group in numbers if may_hold(group)]


def _chosen(table: pa.Table, name: str, wanted: Set[str] | None) -> pa.Table:
    """The rows with one of the `wanted` texts in column `name`, which has one chunk. Compares each text only once."""
    if wanted is None or not table.num_rows:
        return table
    column = table[name].chunk(0)
    chosen = np.array([text in wanted for text in column.dictionary.to_pylist()], dtype=np.bool_)
    return table if chosen.all() else table.filter(pa.array(chosen[column.indices.to_numpy()]))

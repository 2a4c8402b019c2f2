"""Files that are there whole or not at all: written beside their place, synced, then moved onto it."""

import errno
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gradx.base.errors import ResultsError
from gradx.store.failures import cannot
from gradx.store.paths import temporary

_UNREADABLE = (OSError, ValueError, pa.ArrowException)
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def write_table(path: Path, columns: Mapping[str, NDArray[Any] | list[Any]] | pa.Table, *, new: bool = False) -> None:
    """Write columns of one length as a Parquet file; `new` as in `write_bytes`. Raises ResultsError.

    Every bit of a float survives: NaN (with its payload), inf, -0.0 and denormals; only None becomes a null.
    """
    table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    large = table.num_rows > 100  # below, compression and statistics take more room than they save
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd" if large else "none",
        write_statistics=large,
        use_dictionary=[name for name in table.column_names if name not in floats] if large else False,
        use_byte_stream_split=floats if large else False,
        store_schema=False,
    )
    write_bytes(path, sink.getvalue(), new=new)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8; a file that already holds it is left alone. Raises ResultsError."""
    data = text.encode()
    with suppress(OSError):
        if path.read_bytes() == data:
            return
    write_bytes(path, data)


def write_json(path: Path, obj: Any) -> None:
    """Write `obj` as JSON that every reader accepts. Raises ResultsError; ValueError for NaN and inf: give None."""
    write_text(path, json.dumps(obj, indent=2, allow_nan=False) + "\n")


def write_bytes(path: Path, data: bytes | pa.Buffer, *, new: bool = False) -> None:
    """Put `data` at `path`: a reader, also after a kill, finds the old content or the new one, never half of it.

    With `new`, raises FileExistsError if `path` exists, also when two processes try at the same time.
    Raises ResultsError if the file cannot be written; nothing is left of it then.
    """
    aside = temporary(path)
    try:
        with open(aside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        move = _place_new if new else os.replace
        move(aside, path)
    except OSError as error:
        if new and isinstance(error, FileExistsError):
            raise
        raise cannot("write", path, error) from error
    finally:
        with suppress(OSError):  # after a success it is no longer there
            aside.unlink()


def read_parts(
    find: Callable[[], tuple[Sequence[Path], pa.Schema]], *, filled: Sequence[str], where: ds.Expression | None = None
) -> pa.Table:
    """The rows of all parts that `find` gives, under its schema: absent columns are null, types are cast.

    `find` is asked again if a part has gone since (another process has discarded it).
    Raises ResultsError that names the part which cannot be read or has nulls in a column of `filled`.
    """
    for _ in range(5):
        parts, schema = find()
        try:
            return _read(parts, schema, filled, where)
        except _UNREADABLE as error:
            failure = error
        if not isinstance(failure, FileNotFoundError):
            break
    for part in parts:  # one by one, for the name of the culprit
        try:
            _read([part], schema, filled)
        except _UNREADABLE as error:
            reason = str(error).strip().splitlines()[0]
            raise ResultsError(f"{part} is not a readable part of gradx: move it away ({reason})") from error
    raise ResultsError(f"cannot read {', '.join(sorted({str(part.parent) for part in parts}))}: {failure}") from failure


def _place_new(aside: Path, path: Path) -> None:
    """Move `aside` to `path` unless that exists, in one step: a hard link is the portable way to say so."""
    try:
        os.link(aside, path)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        os.replace(aside, path)  # exFAT and some network mounts: safe as long as one process writes there


def _read(
    parts: Sequence[Path], schema: pa.Schema, filled: Sequence[str], where: ds.Expression | None = None
) -> pa.Table:
    table = ds.dataset([str(part) for part in parts], schema=schema, format="parquet").to_table(filter=where)
    for name in filled:
        if table[name].null_count:
            raise ValueError(f"no value in column {name!r}")
    return table

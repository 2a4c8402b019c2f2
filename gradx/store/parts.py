"""Files that are there whole or not at all: written beside their place, synced, then moved onto it."""

import errno
import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gradx.base.errors import ResultsError
from gradx.store.failures import cannot
from gradx.store.paths import temporary

UNREADABLE = (OSError, ValueError, KeyError, pa.ArrowException)
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def write_table(path: Path, columns: Mapping[str, NDArray[Any] | list[Any]] | pa.Table, *, new: bool = False) -> None:
    """Write columns of one length as a Parquet file; `new` as in `write_bytes`. Raises ResultsError.

    Every bit of a float survives: NaN (with its payload), inf, -0.0 and denormals; only None becomes a null.
    """
    write_bytes(path, as_parquet(columns), new=new)


def as_parquet(columns: Mapping[str, NDArray[Any] | list[Any]] | pa.Table) -> pa.Buffer:
    """The content of a Parquet file with `columns`."""
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
    return sink.getvalue()


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
    aside = write_aside(path, data)
    try:
        place = _place_new if new else os.replace
        place(aside, path)
    except OSError as error:
        if new and isinstance(error, FileExistsError):
            raise
        raise cannot("write", path, error) from error
    finally:
        with suppress(OSError):  # after a success it is no longer there
            aside.unlink()


def write_aside(path: Path, data: bytes | pa.Buffer | Callable[[BinaryIO], None]) -> Path:
    """Write `data`, or let it write, to a new hidden file beside `path` that only has to be moved there.

    Nothing is left of it after a failure. Raises ResultsError.
    """
    aside = temporary(path)
    try:
        with open(aside, "xb") as file:
            if callable(data):
                data(file)
            else:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        with suppress(OSError):
            aside.unlink()
        if isinstance(error, OSError):
            raise cannot("write", path, error) from error
        raise
    return aside


def read_part(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a part of `runs/`, or those of `columns` that it has.

    Raises FileNotFoundError; ResultsError that names a part which cannot be read or lacks a run id.
    """
    try:
        # One read of the whole file takes less than half the time of many small ones.
        file = pq.ParquetFile(pa.BufferReader(path.read_bytes()), pre_buffer=False)
        wanted = None if columns is None else [name for name in file.schema_arrow.names if name in columns]
        table = file.read(columns=wanted, use_threads=False)
        if table["run"].null_count:
            raise ValueError("no value in column 'run'")
    except UNREADABLE as error:
        refuse(path, error)
    return table


def refuse(path: Path, error: Exception) -> NoReturn:
    """Raise `error` if the part has just been removed, and a ResultsError if it is not ours or was damaged."""
    if isinstance(error, FileNotFoundError) and not path.is_symlink():
        raise error
    reason = str(error).strip().splitlines()[:1]
    raise ResultsError(f"{path} is not a readable part of gradx: move it away ({' '.join(reason)})") from error


def remove(path: Path) -> None:
    """Remove a file if it is there. Raises ResultsError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise cannot("remove", path, error) from error


def move(source: Path, target: Path) -> None:
    """Put `source` in the place of `target`. Raises ResultsError."""
    try:
        os.replace(source, target)
    except OSError as error:
        raise cannot("write", target, error) from error


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

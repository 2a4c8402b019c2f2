"""File locks: they go with the last process that holds them, however that ends.

Where the system has none (Windows) nothing is kept apart: `LOCKS` is false there.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gradx.store.failures import cannot

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

LOCKS = fcntl is not None
_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Holds the lock file `path` alone, after whoever holds it now. Raises ResultsError where it cannot be made.

    The file stays: were it removed, somebody who waits for it would get the lock of a file that nobody else sees.
    """
    try:
        file = path.open("ab")
    except OSError as error:
        raise cannot("write", path, error) from error
    with file:
        if fcntl is not None:
            _flock(path, file, fcntl.LOCK_EX)
        yield


def shared(path: Path) -> BinaryIO:
    """The file `path`, opened and locked together with others until it is closed.

    Raises ResultsError; FileNotFoundError if there is no such file.
    """
    file = _opened(path)
    if fcntl is not None:
        _flock(path, file, fcntl.LOCK_SH)
    return file


def is_held(path: Path) -> bool:
    """Whether anybody, this process included, holds a lock on `path`. Raises as `shared`."""
    with _opened(path) as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _HELD:
                    raise cannot("lock", path, error) from error
                return True
    return False


def is_at(file: BinaryIO, path: Path) -> bool:
    """Whether `file` is still what `path` names."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("r+b")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise cannot("write", path, error) from error


def _flock(path: Path, file: BinaryIO, operation: int) -> None:
    try:
        fcntl.flock(file, operation)
    except OSError as error:
        file.close()
        raise cannot("lock", path, error) from error

"""`locked`: one process at a time works on a run; the lock goes with its process, however that ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradx.store.failures import cannot

try:
    import fcntl
except ImportError:  # not on Windows, where two processes on one run are not kept apart
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file `path`, after whoever holds it now. Raises ResultsError where it cannot be made."""
    try:
        file = path.open("a")
    except OSError as error:
        raise cannot("write", path, error) from error
    with file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)

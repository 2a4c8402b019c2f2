"""`written`: a file that is there whole or not at all, and its size."""

from pathlib import Path

from gradx.base.errors import ResultsError
from gradx.store.parts import write_bytes


def written(path: Path, content: str | bytes) -> int:
    """Writes bytes, or text as UTF-8; how many bytes it were. Raises ResultsError.

    A link stays one, and what is no file (/dev/null, a pipe) is written to, not replaced.
    """
    # A name in a text may hold half a surrogate pair.
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            write_bytes(path.resolve(), data)
    except (ResultsError, OSError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        reason = cause.strerror if isinstance(cause, OSError) else str(error)
        raise ResultsError(f"cannot write {path}: {reason}") from error
    return len(data)

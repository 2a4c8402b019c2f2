"""What to tell people when the operating system refuses: what, where, why, and what helps."""

import errno
from pathlib import Path

from gradx.base.errors import ResultsError

_KEPT = "what was written before is whole and is kept"
_ELSEWHERE = "choose another results directory"
_PLACE = f"{_ELSEWHERE} or change the permissions"
_REASONS = {
    errno.ENOSPC: f"the disk is full: free some space and start again ({_KEPT})",
    errno.EDQUOT: f"the disk quota is used up: free some space and start again ({_KEPT})",
    errno.EFBIG: f"the file exceeds the size limit (`ulimit -f`): raise it and start again ({_KEPT})",
    errno.EACCES: f"permission denied: {_PLACE}",
    errno.EPERM: f"permission denied: {_PLACE}",
    errno.EROFS: f"the file system is read-only: {_PLACE}",
    errno.ENOTDIR: f"a file stands where a directory belongs: move it or {_ELSEWHERE}",
    errno.EEXIST: f"a file stands where a directory belongs: move it or {_ELSEWHERE}",
    errno.EISDIR: "a directory stands where a file belongs: move it or {_ELSEWHERE}",
    errno.ENOLCK: f"its file system has no file locks: {_ELSEWHERE}",
    errno.ENOSYS: f"its file system has no file locks: {_ELSEWHERE}",
    errno.ENOTSUP: f"its file system has no file locks: {_ELSEWHERE}",
    errno.ENOENT: "its directory does not exist: was it removed in the meantime?",
}


def cannot(what: str, path: Path, error: OSError) -> ResultsError:
    """The error to raise: what could not be done with `path`, why, and what helps."""
    reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
    return ResultsError(f"cannot {what} {path}: {reason}")

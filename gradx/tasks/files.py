"""Reading the user's own data files: every mistake becomes a `SpecError` that points at `task.path`."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gradx.base.errors import Problem, SpecError

LISTED = 8  # how many names of what was found instead a message shows


class Version(NamedTuple):
    """A file as it stands: the key for what was read from it, since a change makes it another one."""

    path: Path
    changed_ns: int
    size: int  # in bytes


def version(path: Path) -> Version:
    """The file at `path` as it stands now.

    Raises:
        SpecError: there is none, or it cannot be looked at.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise at_path(f"cannot read {path}: {error.strerror}") from error
    return Version(path, found.st_mtime_ns, found.st_size)


def at_path(message: str) -> SpecError:
    """The error for a mistake in what `task.path` names."""
    return SpecError([Problem(message, path="task.path")])


def read(path: Path) -> bytes:
    """The content of a file.

    Raises:
        SpecError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise at_path(f"cannot read {path}: {error.strerror}") from error


def find(directory: Path, wanted: Sequence[Sequence[str]]) -> list[Path]:
    """For each wanted file the first of its spellings that exists in `directory`.

    Raises:
        SpecError: the directory cannot be listed, or lacks files; the message names them and what is there instead.
    """
    try:
        names = sorted(entry.name for entry in directory.iterdir())
    except OSError as error:
        raise at_path(f"cannot list {directory}: {error.strerror}") from error
    found = [[directory / name for name in spellings if name in names] for spellings in wanted]
    if missing := [" or ".join(names) for names, paths in zip(wanted, found, strict=True) if not paths]:
        there = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
        raise at_path(f"{directory} lacks {'; '.join(missing)}. It holds: {there or 'nothing'}")
    return [paths[0] for paths in found]

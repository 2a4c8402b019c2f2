"""The files of `.claims/`: which runs are in work, and what a killed process has left to do.

For one process at a time, under the lock of the results directory.
"""

import json
import os
from collections.abc import Collection
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from gradx.base.errors import ResultsError
from gradx.store.failures import cannot
from gradx.store.locks import LOCKS, is_held
from gradx.store.parts import read_part, remove, write_bytes
from gradx.store.paths import COLUMNS, Paths
from gradx.store.removal import Removal, Taken, forget, limited


class Note(NamedTuple):
    """What is noted for a token."""

    runs: frozenset[str] = frozenset()  # in work
    replaced: Removal = MappingProxyType({})  # results to remove as soon as the part of the token is there
    removal: bool = False  # or at once


def note(paths: Paths, token: str, content: Note) -> Path:
    """Note `content` and return where. Raises ResultsError."""
    try:
        paths.claims.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot("create", paths.claims, error) from error
    write_bytes(paths.claim(token), _text(content))
    return paths.claim(token)


def note_done(file: BinaryIO, runs: Collection[str]) -> None:
    """Note in the `file` of a claim that nothing is left to be done for it; `runs` stay in work until it is left."""
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    file.write(_text(Note(frozenset(runs))).ljust(size))  # no shorter: readers find the old note or the new one
    file.flush()


def noted(paths: Paths, token: str) -> Note:
    """What is noted for `token`; nothing if it is closed. Raises ResultsError."""
    path = paths.claim(token)
    try:
        content = json.loads(path.read_bytes())
        replaced = {part: Taken(frozenset(runs), whole) for part, (runs, whole) in content["replaced"].items()}
        return Note(frozenset(content["runs"]), replaced, content["removal"])
    except FileNotFoundError:
        return Note()
    except OSError as error:
        raise cannot("read", path, error) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"{path} is not a claim that gradx wrote: move it away") from error


def live_claims(paths: Paths) -> dict[str, frozenset[str]]:
    """Token to runs that a living process works on. What dead ones have left is done or removed. Raises ResultsError.

    Where there are no locks nobody can be told from the dead, and everything is left alone.
    """
    live: dict[str, frozenset[str]] = {}
    if not LOCKS:
        return live
    for leftover in paths.claim_leftovers():
        remove(leftover)
    for token in paths.claim_tokens():
        try:
            if is_held(paths.claim(token)):
                live[token] = noted(paths, token).runs
            else:
                close(paths, token)
        except FileNotFoundError:
            continue
    return live


def in_work(paths: Paths) -> frozenset[str]:
    """The runs that living processes work on, at a glance: nothing is tidied up, and nothing is locked for long."""
    found: frozenset[str] = frozenset()
    for token in paths.claim_tokens() if LOCKS else ():
        try:
            if is_held(paths.claim(token)):
                found |= noted(paths, token).runs
        except (FileNotFoundError, ResultsError):  # ended meanwhile; or a directory in which nothing can be written
            continue
    return found


def close(paths: Paths, token: str) -> None:
    """End the claim `token`: its parts stay if it was committed, and go otherwise. Raises ResultsError."""
    content = noted(paths, token)
    if content.removal:
        forget(paths, content.replaced)
    elif content.replaced:
        forget(paths, limited(content.replaced, _runs_in(paths.run_part(token))))
    clear(paths, token)
    remove(paths.claim(token))


def clear(paths: Paths, token: str, keep: Collection[Path] = ()) -> None:
    """Remove all files of `token` that were not committed, but those to `keep`. Raises ResultsError."""
    visible = [] if paths.run_part(token).exists() else paths.trace_parts().get(token, [])
    hidden = paths.hidden_parts()
    for path in (*visible, *hidden.get(token, ()), *hidden.get(COLUMNS, ())):
        if path not in keep:
            remove(path)


def _text(content: Note) -> bytes:
    replaced = {token: (sorted(taken.runs), taken.whole) for token, taken in content.replaced.items()}
    return json.dumps({"runs": sorted(content.runs), "replaced": replaced, "removal": content.removal}).encode()


def _runs_in(part: Path) -> set[str]:
    """The runs that a part of `runs/` holds; none if it is not there."""
    try:
        return set(read_part(part, ["run"])["run"].to_pylist())
    except FileNotFoundError:
        return set()

"""`chosen` and `remove`: runs that are to be removed; `compact`: a results directory tidied up."""

from collections.abc import Sequence
from pathlib import Path

from gradx.base.document import visible
from gradx.base.errors import SpecError
from gradx.store.runs import Results
from gradx.store.view import View, load


def chosen(path: Path, runs: Sequence[str], where: str | None) -> View:
    """The runs in a results directory that are named, or picked by a filter, or both.

    Raises SpecError where nothing is named, or a name is no run there; ResultsError as `load`.
    """
    if not runs and where is None:
        raise SpecError(f"name runs, or pick them by --where; to remove all of them, remove the directory {path}")
    found = load(path, where)
    if not runs:
        return found
    there = set(found.runs["run"])
    if unknown := [visible(run) for run in runs if run not in there]:
        matched = " that match" if where else ""
        raise SpecError(f"no such run{'s' if len(unknown) > 1 else ''} in {path}{matched}: {', '.join(unknown)}")
    return found.where(run=list(runs))


def remove(view: View) -> None:
    """Removes runs with their traces. Raises ResultsError."""
    results = Results(view.path)
    results.remove(list(view.runs["run"]))
    results.write_summary()


def compact(path: Path) -> tuple[int, int]:
    """Puts the many small files of a results directory into few; how many files it had, and has.

    Raises ResultsError where it is none, or cannot be read or written.
    """
    results = Results(path)
    before = results.files()
    results.compact()
    return before, results.files()

"""The runs that `gradx ls runs` lists: found under a directory, chosen by an expression, in order."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradx.base import expression
from gradx.base.document import visible
from gradx.base.errors import SpecError
from gradx.reporting.runs.differing import differing, or_none
from gradx.store.paths import Paths
from gradx.store.runs import Results

if TYPE_CHECKING:
    import pandas as pd


def places(root: Path) -> list[Results]:
    """The results directories under `root`, hidden ones only where `root` itself is one of them.

    Links are followed, but for those that lead back up; a directory that has several names is there once, under its own
    name if that is under `root`, too.

    `root` itself is one, too, where it has runs but no longer a spec.yaml; a folder `runs` in it may also be that of an
    experiment of this name.
    """
    found = sorted(place for place in _folders(root) if Paths(place).spec.is_file() and Paths(place).runs.is_dir())
    own = [root] if root not in found and any(Paths(root).runs.glob("[!._]*.parquet")) else []
    return [Results(place) for place in (*own, *found)]


def chosen(found: Sequence[Results], where: str | None) -> "pd.DataFrame":
    """Their rows, or those of which the filter `where` is true. Raises SpecError, ResultsError."""
    import pandas as pd

    frames = [frame for results in found if len(frame := results.frame())]
    columns = list(dict.fromkeys(str(name) for frame in frames for name in frame))
    if where is not None and columns:
        _check(where, columns)
        picked = {run for results in found for run in _picked(where, results)}
        frames = [frame[frame["run"].isin(picked)] for frame in frames]
    # Columns without any value must not take part in the choice of the common type.
    full = [frame.dropna(axis="columns", how="all") for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True).reindex(columns=columns) if full else pd.DataFrame(columns=columns)


def ordered(frame: "pd.DataFrame", sort: str | None) -> "pd.DataFrame":
    """The rows sorted by a column, downwards with a minus in front; by default by what tells the runs apart.

    Raises SpecError for an unknown column.
    """
    if sort is None:
        telling = telling_keys(plain_columns(frame))
        return frame.sort_values(telling, kind="stable", key=_comparable) if telling else frame
    key = sort.removeprefix("-")
    if key not in frame.columns:
        raise SpecError(visible(f"--sort: {_unknown(key, list(frame.columns))}"))
    return frame.sort_values(key, ascending=not sort.startswith("-"), kind="stable", key=_comparable)


def plain_columns(frame: "pd.DataFrame") -> dict[str, list[Any]]:
    """The columns as plain values, None for what is missing (and for NaN, which pandas does not tell from it)."""
    return {str(key): [or_none(value) for value in frame[key].tolist()] for key in frame}


def telling_keys(values: Mapping[str, Sequence[Any]]) -> list[str]:
    """What tells these runs apart: their names, if they differ, and keys of their specs."""
    names = ["name"] if len(set(values.get("name", ()))) > 1 else []
    return [*names, *differing(values)]


def _folders(root: Path) -> Iterator[Path]:
    """`root` and all folders below that are not hidden; what is behind links comes last."""
    seen: set[str] = set()
    ahead = [str(root)]
    for start in ahead:
        for folder, names, _ in os.walk(start):
            real = os.path.realpath(folder)
            names[:] = [name for name in sorted(names) if not name.startswith(".")] if real not in seen else []
            if real not in seen:
                yield Path(folder)
            seen.add(real)
            links = [path for name in names if os.path.islink(path := os.path.join(folder, name))]
            ahead += [path for path in links if not f"{real}/".startswith(f"{os.path.realpath(path).rstrip('/')}/")]


def _check(where: str, columns: Collection[str]) -> None:
    if problem := expression.filter_problem(where):
        raise SpecError(visible(f"--where: {problem}"))
    if unknown := expression.unknown_columns(where, columns):
        raise SpecError(visible(f"--where: {_unknown(unknown[0], columns)}"))


def _picked(where: str, results: Results) -> list[str]:
    """The runs that match; by the rows themselves, since a frame has NaN where a value is missing."""
    match = expression.picks(where)
    return [run for run, row in results.rows().items() if match(row)]


def _comparable(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Numbers as they are, anything else as text: a column of several results directories may hold both."""
    from pandas.api.types import is_numeric_dtype

    return column if is_numeric_dtype(column) else column.map(str, na_action="ignore")


def _unknown(key: str, columns: Collection[str]) -> str:
    return f"unknown column {key!r}" + (expression.suggestion(key, columns) or f" (allowed: {', '.join(columns)})")

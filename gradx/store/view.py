"""`load`: the runs of a results directory that are asked for, as DataFrames: a `View`."""

from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradx.base import expression
from gradx.base.document import visible
from gradx.base.errors import SpecError
from gradx.store.runs import Results

if TYPE_CHECKING:
    import pandas as pd


def load(path: Path | str, where: str | None = None) -> "View":
    """The runs in a results directory, or those of them that a filter picks.

    `.runs` and `.trace(quantity)` are DataFrames: `load("results/grid", "depth >= 20 and activation == tanh").runs`.
    Raises SpecError for a wrong filter; ResultsError where the results cannot be read.
    """
    return View(Results(Path(path)), where)


class View:
    """The runs of a results directory, or those that a filter picks; `gradx.load` returns one.

        grid = gradx.load("results/grid", "depth >= 20 and activation == tanh")
        grid.runs                                       one row for each run
        grid.where("solved").trace("grad_norm")         run, step, quantity, site, index, value of the solved ones
        grid.where(depth=20, **{"init.gain": [1, 1.2]})

    A filter speaks of any column of `runs`. A run without a value that the filter asks for is not picked; NaN counts as
    no value here, as in pandas (for diverged runs ask for `status == diverged`).
    """

    def __init__(self, results: Results, where: str | None = None) -> None:
        """Raises SpecError for a malformed filter or an unknown column; ResultsError."""
        self.results = results
        if where is not None:  # at once, so that a mistake in it shows here
            self.runs = _matching(self.runs, where)

    @property
    def path(self) -> Path:
        """The results directory."""
        return self.results.paths.root

    @cached_property
    def runs(self) -> "pd.DataFrame":
        """One row for each run, with every key of its spec and every result; read once. Raises ResultsError."""
        return self.results.frame()

    def trace(self, quantity: str | None = None) -> "pd.DataFrame":
        """The rows `run, step, quantity, site, index, value` of these runs, of one quantity or all.

        Raises ResultsError.
        """
        return self.results.trace(self.runs["run"].tolist(), quantity)

    def where(self, text: str | None = None, /, **values: Any) -> "View":
        """Those of these runs that match a filter and have these values, each one or a list of several.

        Raises SpecError for a malformed filter or an unknown column.
        """
        runs = self.runs if text is None else _matching(self.runs, text)
        narrower = View(self.results)
        narrower.runs = _having(runs, values)
        return narrower

    def __len__(self) -> int:
        return len(self.runs)

    def __repr__(self) -> str:
        return f"<{len(self)} runs of {self.path}>"


def _matching(frame: "pd.DataFrame", where: str) -> "pd.DataFrame":
    """The rows of a frame that a filter picks."""
    if problem := expression.filter_problem(where):
        raise SpecError(visible(f"where: {problem}"))
    _known(frame, expression.unknown_columns(where, frame.columns))
    picks, names = expression.picks(where), [name for name in expression.columns_in(where) if name in frame.columns]
    rows = zip(*(_values(frame, name) for name in names), strict=True) if names else [()] * len(frame)
    return _rows(frame, [picks(dict(zip(names, row, strict=True))) for row in rows])


def _having(frame: "pd.DataFrame", values: Mapping[str, Any]) -> "pd.DataFrame":
    """The rows of a frame with these values; None stands for no value."""
    _known(frame, [name for name in values if name not in frame.columns])
    for name, wanted in values.items() if len(frame) else ():
        options = list(wanted) if isinstance(wanted, Collection) and not isinstance(wanted, str) else [wanted]
        frame = _rows(frame, [value in options for value in _values(frame, name)])
    return frame


def _known(frame: "pd.DataFrame", unknown: Collection[str]) -> None:
    for name in unknown if len(frame) else ():  # where there are no runs, there are hardly any columns
        options = f" (allowed: {', '.join(frame.columns)})"
        raise SpecError(visible(f"unknown column {name!r}{expression.suggestion(name, frame.columns) or options}"))


def _values(frame: "pd.DataFrame", name: str) -> list[Any]:
    """A column as plain values, None for what is missing."""
    column = frame[name]
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]


def _rows(frame: "pd.DataFrame", kept: Collection[bool]) -> "pd.DataFrame":
    return frame.loc[list(kept)].reset_index(drop=True)

"""`Material`: the runs that a report is about, with their specs and traces, in an order that only they determine."""

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gradx import axes
from gradx.base import expression, yaml
from gradx.base.document import visible
from gradx.base.errors import GradxError, Problem, SpecError
from gradx.base.presentation import Presentation
from gradx.base.trace import Trace
from gradx.reporting.runs.asked import check, having, misspelt
from gradx.reporting.runs.differing import columns_of, differing, is_missing
from gradx.reporting.runs.groups import SEED, Group, groups
from gradx.reporting.runs.listing import places
from gradx.reporting.runs.rows import rows_of
from gradx.store.journal import in_work
from gradx.store.runs import Results

if TYPE_CHECKING:
    import pandas as pd

_DIGITS = re.compile("[0-9]+")

NAME = "name"
"""The column that tells several experiments apart."""

FEW_EXPERIMENTS = 8
"""Of more than that, which differ in more than an axis, a report tells what holds of all of them."""


@dataclass(frozen=True)
class Source:
    """A results directory, and what its files say of the experiment.

    Attributes:
        results: the directory.
        text: of spec.yaml; "" where there is none.
        spec: what it says, as plain data; empty where it cannot be read.
        planned: how many points its axes make, 1 without axes; None where that cannot be known.
        axes: their values, by key.
        runs: that it held when the rows of the report were read: there may be more by now.
        rows: of these, whatever the filter.
    """

    results: Results
    text: str = ""
    spec: Mapping[str, Any] = field(default_factory=dict)
    planned: int | None = None
    axes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    runs: Collection[str] = ()
    rows: Sequence[Mapping[str, Any]] = field(default=(), repr=False, compare=False)

    @property
    def path(self) -> Path:
        return self.results.paths.root

    @property
    def environment(self) -> str:
        """The text of environment.json; "" where there is none."""
        try:
            return self.results.paths.environment.read_bytes().decode("utf-8", "backslashreplace")
        except OSError:
            return ""


@dataclass(frozen=True)
class Material:
    """What a report is made of.

    Attributes:
        paths: as the user gave them.
        sources: the results directories that were found there.
        rows: of `runs/`, those that the filter picks, sorted by experiment, axes, seed and run.
        total: how many runs there are without the filter; one that several experiments share counts once.
        where: the filter, if any.
        chosen: what the user wants asked and drawn; it goes before what the specs say.
        verb: the command that shows them: report or compare.
        having: where the filter picks nothing, which values the columns in it have: `activation has relu, tanh`.
        under: of each path the sources that were found there; paths may share some.
    """

    paths: Sequence[Path]
    sources: Sequence[Source]
    rows: Sequence[Mapping[str, Any]]
    total: int
    where: str | None = None
    chosen: Presentation = field(default_factory=Presentation)
    verb: str = "report"
    having: str = ""
    under: Sequence[Sequence[Source]] = ()

    @cached_property
    def columns(self) -> dict[str, list[Any]]:
        """The rows as columns."""
        return columns_of(self.rows)

    @cached_property
    def runs(self) -> int:
        """How many runs these are: one that several experiments share has a row in each."""
        return _runs(self.rows)

    @cached_property
    def names(self) -> list[str]:
        """The keys in which the runs differ: the axes of the report, without the seed."""
        return telling(self.columns, self.sources)

    @cached_property
    def groups(self) -> list[Group]:
        """The runs that differ only in their seeds."""
        return groups(self.rows, self.names)

    @cached_property
    def made(self) -> dict[Hashable, Any]:
        """What views have made of it at some cost and ask for again, by the name of the view."""
        return {}

    def values(self, name: str) -> list[Any]:
        """The values of a column that occur: numbers upwards, texts in their author's order; None first."""
        if name not in self._values:
            distinct = dict.fromkeys(None if is_missing(value) else value for value in self.columns.get(name, ()))
            places = _places(list(distinct), _order(name, self.sources))
            ranked = sorted(zip(places, distinct, strict=True), key=lambda pair: pair[0])
            self._values[name] = [value for _, value in ranked]
        return list(self._values[name])

    @cached_property
    def _values(self) -> dict[str, list[Any]]:
        return {}

    @cached_property
    def presentation(self) -> Presentation:
        """What to ask and draw: the user's choice before that of the spec, if all is one experiment."""
        said = [source.spec.get("report") for source in self.sources]
        own = _presentation(said[0]) if len(said) == 1 else Presentation()
        return own.model_copy(update=self.chosen.model_dump(exclude_none=True))

    @cached_property
    def planned(self) -> int | None:
        """How many runs there are once all points are done; None where that is not known, or only some are asked for.

        Directories may share runs, and hold more than their specs now plan: what counts is what is left to do in each.
        """
        if self.where or any(source.planned is None for source in self.sources):
            return None
        return self.runs + sum(max((source.planned or 0) - len(source.runs), 0) for source in self.sources)

    def busy(self) -> int:
        """How many runs are in work now."""
        return sum(len(in_work(source.results.paths)) for source in self.sources)

    def trace(self, runs: Collection[str], quantity: str | Collection[str] | None = None) -> "pd.DataFrame":
        """The trace rows of some of the runs, as `Results.trace`; a run that several directories hold, once.

        Raises ResultsError.
        """
        import pandas as pd

        left, frames = set(runs), [Trace.concat([]).to_frame()]
        for source in self.sources:
            here = left.intersection(source.runs)
            if here:
                frames.append(source.results.trace(here, quantity))
                left -= here
        full = [frame for frame in frames if len(frame)]
        return pd.concat(full, ignore_index=True) if full else frames[-1]


def material(paths: Sequence[Path], where: str | None = None, chosen: Presentation | None = None) -> Material:
    """The runs in and under `paths`, or those that a filter picks.

    Raises SpecError for a path that is no directory, a wrong filter, or a key in `chosen` that no run has; all at once.
    ResultsError where results cannot be read.
    """
    wanted = chosen or Presentation()
    problems = [Problem(f"{visible(str(path))} is not a directory") for path in paths if not path.is_dir()]
    problem = expression.filter_problem(where) if where is not None else None
    problems += [Problem(visible(problem), source="--where")] if problem else []
    if problems:
        raise SpecError([*problems, *misspelt(wanted)])
    found: dict[Path, Source] = {}  # a directory once, by whatever paths and links it is reached
    under = [[_found(results, found) for results in places(path)] for path in paths]
    sources = list(found.values())
    once = _once(sources)
    made = Material(paths, sources, _sorted(once, sources), _runs(once), where, wanted, under=under)
    picked = made
    if where is not None:
        match = expression.picks(where)
        rows = [row for row in made.rows if match(row)]
        picked = replace(made, rows=rows, having="" if rows else having(made, where))
    check(made, picked, wanted)
    return picked


def each_path(made: Material) -> list[Material]:
    """The runs in and under each of the paths by themselves: those that several of them share are in each."""
    match = expression.picks(made.where) if made.where is not None else None
    found = []
    for path, sources in zip(made.paths, made.under, strict=True):
        once = _once(sources)
        rows = [row for row in _sorted(once, sources) if match is None or match(row)]
        found.append(Material([path], sources, rows, _runs(once), made.where, under=[sources]))
    return found


def telling(columns: Mapping[str, Sequence[Any]], sources: Sequence[Source]) -> list[str]:
    """The keys in which runs differ, in their authors' order as far as there is one; without the seed."""
    found = [name for name in differing(columns) if name != SEED]
    order = [path for source in sources for path in source.axes]
    place = {path: number for number, path in reversed(list(enumerate(order)))}

    def rank(name: str) -> int:
        return min((at for path, at in place.items() if f"{name}.".startswith(f"{path}.")), default=len(order))

    found.sort(key=rank)
    several = len(set(columns.get(NAME, ()))) > 1
    return [*([NAME] if several else []), *found]


def _found(results: Results, found: dict[Path, Source]) -> Source:
    """A results directory as a source, read unless it is there already."""
    root = results.paths.root.resolve()
    if root not in found:
        rows = rows_of(results)
        runs = frozenset(row["run"] for row in rows)
        found[root] = replace(_source(results), runs=runs, rows=rows)
    return found[root]


def _source(results: Results) -> Source:
    try:
        text = results.paths.spec.read_bytes().decode("utf-8", "backslashreplace")
    except OSError:
        return Source(results)
    try:
        document = yaml.load(results.paths.spec)
    except GradxError:
        return Source(results, text)
    try:
        _, found = axes.read(document)
    except GradxError:
        return Source(results, text, document.data)
    return Source(results, text, document.data, found.count if found else 1, found.axes() if found else {})


def _presentation(raw: Any) -> Presentation:
    """What a spec says under `report`; nothing where somebody has edited it into what is none."""
    try:
        return Presentation(**raw) if isinstance(raw, Mapping) else Presentation()
    except (ValidationError, TypeError):
        return Presentation()


def _once(sources: Sequence[Source]) -> list[Mapping[str, Any]]:
    """Each run once: overlapping sweeps share runs, under two names."""
    return list({(row["run"], row.get(NAME)): row for source in sources for row in source.rows}.values())


def _runs(rows: Sequence[Mapping[str, Any]]) -> int:
    return len({row["run"] for row in rows})


def _sorted(rows: Sequence[Mapping[str, Any]], sources: Sequence[Source]) -> list[Mapping[str, Any]]:
    """By experiment, axes, seed and run id: never by the order in which runs happened to finish."""
    columns = columns_of(rows)
    names = [name for name in (*telling(columns, sources), SEED, "run") if name in columns]
    keys = list(zip(*(_places(columns[name], _order(name, sources)) for name in names), strict=True))
    return [rows[number] for number in sorted(range(len(rows)), key=keys.__getitem__)]


def _order(name: str, sources: Sequence[Source]) -> list[Any]:
    """The values of an axis in their author's order; of a part its kind."""
    values = [value for source in sources for value in source.axes.get(name, ())]
    return [value.get("kind") if isinstance(value, Mapping) else value for value in values]


def _places(values: Sequence[Any], order: Sequence[Any]) -> list[int]:
    """Where each comes: numbers upwards; texts in their author's order, then by the alphabet; what is missing first.

    Numbers within texts count as numbers: size 8 goes before size 16.
    """
    first = {word: number for number, word in reversed(list(enumerate(order))) if isinstance(word, str)}
    places = {value: _place(value, first) for value in set(values)}  # by far fewer than runs
    ranks = {place: rank for rank, place in enumerate(sorted(set(places.values())))}
    return [ranks[places[value]] for value in values]


def _place(value: Any, first: Mapping[str, int]) -> tuple[int, float, str]:
    if is_missing(value):
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return 2, first.get(str(value), len(first)), _DIGITS.sub(lambda found: f"{len(found[0]):03d}{found[0]}", str(value))

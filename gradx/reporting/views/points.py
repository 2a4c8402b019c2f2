"""`sections`: the tables of a report: the combinations of the axes over seeds, and every run."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Literal

from gradx.reporting.elements import Column, Section, Table
from gradx.reporting.runs.counts import distinct
from gradx.reporting.runs.differing import is_missing, or_none
from gradx.reporting.runs.groups import AXES, SEED, Group, Spread
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.runs.middle import geometric_note
from gradx.reporting.runs.outcomes import results, untrained_note
from gradx.reporting.runs.solving import solved_note
from gradx.reporting.text import count, spec_texts

MOST_KEYS = 12  # axes that have a column each
RESULTS = ("loss.first", "loss.final", "metric.final", "solved", "clip_rate", "diverged_at", "steps_done")
HEADINGS = {
    "loss.first": "first loss", "loss.final": "final loss", "metric.final": "metric", "clip_rate": "clip rate",
    "diverged_at": "diverged at step", "steps_done": "steps done",
}  # fmt: skip

Kind = Literal["spec", "number", "word", "text"]


def sections(material: Material) -> list[Section]:
    """The tables that there are."""
    tables = [combinations(material), points(material)]
    shown = [table for table in tables if table is not None]
    return [Section("points", "Runs", "Every number of the charts, and those of each run.", shown)] if shown else []


def combinations(material: Material) -> Table | None:
    """A row for each combination of the axes, put together over seeds; None where each has a single run."""
    found = material.groups
    if not found or len(found) == len(material.rows):
        return None
    columns = [*_keys(material, [group.key for group in found]), Column("runs", "runs", sizes(found), "number")]
    for axis in AXES:
        columns += _along(axis, found)
    for word in ("diverged", "failed"):
        columns.append(Column(word, word, [group.status(word) for group in found], "number"))
    columns.append(Column("solved", "solved", [share(group) for group in found], "number"))
    for name in ("loss.final", "metric.final"):
        worst = -inf if _metric(material.rows) == "accuracy" and name == "metric.final" else inf
        columns.append(Column(name, _heading(name, material), [group.median(name, worst) for group in found], "number"))
    even = geometric_note(sizes(found))
    notes = [
        "growth: factor of the gradient norm towards the input, median and range over the runs of a row"
        + (f" ({even})" if even else ""),
        "interval: 95 %, of their geometric mean (Student's t on the logarithms)",
        "losses and metrics: medians, where nan is the worst; solved: share of the runs of which it is known",
        *filter(None, [solved_note(material.rows), untrained_note(distinct(material.rows))]),
    ]
    title = f"{count(len(found), 'combination')}" + (f" of {_listed(material.names)}" if material.names else "")
    return Table("combinations", title, telling(columns), notes)


def points(material: Material) -> Table | None:
    """A row for each run; None where there is none."""
    rows = material.rows
    if not rows:
        return None
    columns = [Column("run", "run", [row.get("run") for row in rows])]
    columns += _keys(material, [[row.get(name) for name in material.names] for row in rows])
    seeds = [row.get(SEED) for row in rows]
    if len(set(seeds)) > 1:
        columns.append(Column(SEED, SEED, seeds, "spec"))
    columns.append(Column("status", "status", [row.get("status") for row in rows], "word"))
    for axis, unit in AXES.items():
        columns.append(_column(f"verdict.{axis}", f"verdict per {unit}", rows, "word"))
        columns.append(_column(f"growth.{axis}", f"growth per {unit}", rows, "number"))
    for name in RESULTS:
        columns.append(_column(name, _heading(name, material), rows, "text" if name == "solved" else "number"))
    columns.append(_column("error", "error", rows, "text"))
    notes = list(filter(None, [solved_note(rows), untrained_note(distinct(rows))]))
    several = f" in {len(rows):,} rows" if len(rows) > material.runs else ""
    return Table("points", f"{count(material.runs, 'run')}{several}", telling(columns, ("run", "status")), notes)


def _keys(material: Material, keys: Sequence[Sequence[Any]]) -> list[Column]:
    """A column for each axis; where experiments of many kinds are mixed the name and, in words, the rest."""
    names = material.names
    if len(names) <= MOST_KEYS:
        values = [[or_none(key[place]) for key in keys] for place in range(len(names))]
        return [Column(name, name, cells, "spec") for name, cells in zip(names, values, strict=True)]
    if names[0] != NAME:
        return [Column("point", "point", _in_words(keys, names, lambda _, name: True))]
    own = _own(material)
    named = Column(NAME, "experiment", [key[0] for key in keys], "spec")
    return [named, Column("point", "point", _in_words(keys, names, lambda key, name: name in own.get(key[0], ())))]


def _own(material: Material) -> dict[Any, set[str]]:
    """The keys in which the runs of each experiment differ."""
    seen: dict[tuple[Any, str], set[Any]] = {}
    for row in material.rows:
        for name in material.names:
            seen.setdefault((row.get(NAME), name), set()).add(or_none(row.get(name)))
    found: dict[Any, set[str]] = {}
    for (experiment, name), values in seen.items():
        if len(values) > 1:
            found.setdefault(experiment, set()).add(name)
    return found


def _in_words(
    keys: Sequence[Sequence[Any]], names: Sequence[str], wanted: Callable[[Sequence[Any], str], bool]
) -> list[str]:
    """`depth 20, init orthogonal`: the values of some of the keys; "" for none."""
    texts = [spec_texts([or_none(key[place]) for key in keys]) for place in range(len(names))]
    return [
        ", ".join(
            f"{name} {texts[place][at]}"
            for place, name in enumerate(names)
            if wanted(key, name) and or_none(key[place]) is not None
        )
        for at, key in enumerate(keys)
    ]


def _along(axis: str, found: Sequence[Group]) -> list[Column]:
    """Verdict and growth along one axis."""
    unit, name = AXES[axis], f"growth.{axis}"
    counts = [group.verdicts(axis) for group in found]
    spreads = [group.spread(name) for group in found]

    def of(value: Callable[[Spread], Any]) -> list[Any]:
        return [value(spread) if spread else None for spread in spreads]

    ends = of(lambda spread: spread.interval or (None, None))
    return [
        Column(f"verdict.{axis}", f"verdict per {unit}", list(map(_mixture, counts)), "word"),
        Column(name, f"growth per {unit}", of(lambda spread: spread.middle), "number"),
        Column(f"{name}.min", "smallest", of(lambda spread: spread.low), "number"),
        Column(f"{name}.max", "largest", of(lambda spread: spread.high), "number"),
        Column(f"{name}.low", "interval from", [pair and pair[0] for pair in ends], "number"),
        Column(f"{name}.high", "to", [pair and pair[1] for pair in ends], "number"),
    ]


def _mixture(verdicts: Counter[str]) -> str | None:
    """`vanishing` where all agree, else how often what: `3 vanishing, 2 stable`."""
    if len(verdicts) < 2:
        return next(iter(verdicts), None)
    return ", ".join(f"{times} {word}" for word, times in verdicts.most_common())


def _column(name: str, label: str, rows: Sequence[Mapping[str, Any]], kind: Kind) -> Column:
    return Column(name, label, results(rows, name), kind)


def telling(columns: Sequence[Column], kept: Sequence[str] = ("runs",)) -> list[Column]:
    """Without those that hold nothing at all, or only zero counts."""
    return [
        column
        for column in columns
        if column.key in kept
        or column.kind == "spec"
        or any(
            value is not None and not (column.key in ("diverged", "failed") and value == 0) for value in column.values
        )
    ]


def sizes(found: Sequence[Group]) -> list[int]:
    """How many runs each group has."""
    return [len(group.rows) for group in found]


def share(group: Group) -> float | None:
    """Of its runs that are solved, 0 to 1, among those of which it is known; None where it is of none."""
    solved = group.solved()
    return solved[0] / solved[1] if solved else None


def _metric(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """The name of the metric, if all have the same."""
    names = {row["metric.name"] for row in rows if not is_missing(row.get("metric.name"))}
    return str(names.pop()) if len(names) == 1 else None


def _heading(name: str, material: Material) -> str:
    known = _metric(material.rows) if name == "metric.final" else None
    return known or HEADINGS.get(name, name)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= MOST_KEYS else "many keys"

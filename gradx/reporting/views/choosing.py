"""What the charts of a sweep are about: which results, over which axes, and the words for their values."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf, isnan, log10
from statistics import fmean, pstdev, pvariance
from typing import Any

from gradx.reporting.elements import Axis
from gradx.reporting.runs.asked import has_result
from gradx.reporting.runs.differing import is_missing, is_numeric, or_none
from gradx.reporting.runs.groups import AXES, SEED
from gradx.reporting.runs.material import FEW_EXPERIMENTS, NAME, Material
from gradx.reporting.runs.outcomes import Outcome, known, outcome_of
from gradx.reporting.text import spec_texts

MOST_OUTCOMES = 4  # charts of one kind
LINES = range(2, 9)  # values of an axis that are told apart as lines
MOST_WORDS = 40  # values of an axis that is no number
WIDE = 2.0  # decades from which on a scale is logarithmic
SAME = 6  # significant digits to which results are alike that no axis changes
_TOLD_TWICE = {"decades.depth": "growth.depth", "decades.time": "growth.time"}
_LEARNED = ("solved", "metric.final", "loss.final")
_WEIGHT = ("growth.depth", "growth.time", "status diverged", "solved", "metric.final", "loss.final", "clip_rate")


def outcomes_of(material: Material, most: int = MOST_OUTCOMES) -> list[Outcome]:
    """The results worth a chart, by weight: what the spec or the user asks for, then those that the axes change.

    Where every gradient is stable, what training came to goes before by how much it is so.
    """
    key = "outcomes", material.presentation.y
    if key not in material.made:
        material.made[key] = _outcomes(material)
    found: list[Outcome] = material.made[key]
    return found[:most]


def changes(material: Material, outcome: Outcome) -> bool:
    """Whether runs that differ in an axis differ in this result, beyond what their seed does.

    The growth at the first step does not depend on the learning rate: with the same seed it is the same number.
    """
    first: dict[Any, str] = {}
    for row, value in zip(material.rows, outcome.each(material.rows), strict=True):
        if value is not None:
            text = f"{value:.{SAME}g}"
            if first.setdefault(row.get(SEED), text) != text:
                return True
    return False


def matters(material: Material, name: str, outcome: Outcome) -> bool:
    """Whether runs alike in the seed and all other axes differ in this result.

    A learning rate does not change what is measured before training. Where no two such runs are, nobody knows: it may.
    """
    key = "matters", name, outcome.key
    if key not in material.made:
        material.made[key] = _matters(material, name, outcome)
    return bool(material.made[key])


def across(material: Material, about: Outcome | None = None) -> str | None:
    """The axis that goes across: the one asked for, else the numeric one with most values, else words.

    One that does not change the result it is about only where none does.
    """
    asked = material.presentation.x
    if asked and len(set(material.columns.get(asked, ()))) > 1:
        return asked
    names = [name for name in material.names if name != NAME]
    names = [name for name in names if name != material.presentation.by] or names
    experiments = _experiments(material)
    if experiments > 1:
        names = [name for name in names if _varies_within(material, name)] if experiments <= FEW_EXPERIMENTS else []
    if about:
        names = [name for name in names if matters(material, name, about)] or names
    sizes = {name: len(material.values(name)) for name in names}
    numeric = [name for name in names if is_numeric(material.values(name))]
    if numeric:
        return max(numeric, key=sizes.__getitem__)
    worded = [name for name in names if sizes[name] <= MOST_WORDS]
    if worded:
        return max(worded, key=sizes.__getitem__)
    return NAME if 1 < experiments <= MOST_WORDS else None


def beside(material: Material, x: str, about: Outcome | None) -> str | None:
    """The axis with a line for each value: the one asked for, else of those with few values what tells most `about`.

    None where the lines would be the same.
    """
    asked = material.presentation.by
    if asked and asked != x and asked in material.columns:
        return asked
    few = [name for name in material.names if name != x and len(material.values(name)) in LINES]
    few = [name for name in few if about is None or matters(material, name, about)]
    few = [name for name in few if None not in material.values(name)] or few  # a gap is where another axis speaks
    if len(few) < 2:
        return few[0] if few else None
    return _telling_most(few, material.rows, about, x) if about else few[0]


def scale(label: str, values: Sequence[float], decades: float = WIDE) -> Axis:
    """The axis of a chart, logarithmic where values above 0 lie so far apart and none is below it."""
    positive = [value for value in values if 0 < value < inf]
    wide = bool(positive) and log10(max(positive)) - log10(min(positive)) >= decades - 1e-9
    return Axis(label, log=wide and not any(value < 0 for value in values))


def numeric_scale(name: str, places: Sequence[float]) -> Axis:
    """The axis of a key with these values: logarithmic where they lie wide apart, or evenly in factors of a decade."""
    above = all(0 < place < inf for place in places)
    by_factors = above and places[-1] >= 10 * places[0] and _uneven([*map(log10, places)]) < _uneven(places)
    log = above and (by_factors or scale(name, places).log)
    return Axis(name, log=log, integer=all(float(place).is_integer() for place in places))


def value_labels(name: str | None, values: Sequence[Any]) -> list[str]:
    """Values of an axis as unique labels: words as they are, numbers and gaps with the name of the axis."""
    texts = [
        text if isinstance(value, str) or not name else f"{name} {text}"
        for value, text in zip(values, spec_texts(values), strict=True)
    ]
    seen: Counter[str] = Counter()
    found = []
    for text in texts:
        seen[text] += 1
        found.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return found


def line_labels(material: Material, name: str, values: Sequence[Any]) -> list[str]:
    """`value_labels`, with the kind of its part where that tells them apart as well: `sgd, optimizer.lr 0.05`."""
    labels, found = value_labels(name, values), kinds_of(material, name)
    return [f"{found[value]}, {label}" for value, label in zip(values, labels, strict=True)] if found else labels


def kinds_of(material: Material, name: str) -> dict[Any, str]:
    """Of each value of a field the kind of its part, where that differs as well and follows: of 0.05 `sgd`.

    So it is where the entries of an axis, `optimizer: [{kind: sgd, lr: 0.05}, {kind: adam, lr: 0.001}]`, have both.
    """
    part = name.rpartition(".")[0]
    if part not in material.names:
        return {}
    pairs = set(zip(map(or_none, material.columns[name]), map(or_none, material.columns[part]), strict=True))
    found = {value: str(kind) for value, kind in pairs if value is not None and kind is not None}
    return found if len(found) == len(pairs) else {}


def without_missing(values: Sequence[Any]) -> list[Any]:
    """The values of an axis that are there: where there are numbers, a gap is no place among them."""
    return [value for value in values if value is not None] if is_numeric(values) else list(values)


def slug(text: str) -> str:
    """A key as the name of a file or an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def pooled(rows: Sequence[Sequence[Mapping[str, Any]]], names: Sequence[str]) -> list[str]:
    """Those of `names` in which runs differ that are put together."""
    return [name for name in names if any(len({or_none(row.get(name)) for row in members}) > 1 for members in rows)]


def worst(outcome: Outcome, rows: Sequence[Mapping[str, Any]]) -> float:
    """What a result that is not a number counts as: for an accuracy -inf, for anything else inf."""
    upwards = outcome.key == "metric.final" and any(r.get("metric.name") == "accuracy" for r in rows)
    return -inf if upwards else inf


def _outcomes(material: Material) -> list[Outcome]:
    asked = material.presentation.y
    mine = [outcome_of(asked)] if asked and has_result(material, asked) else []
    changed = {outcome.key: outcome for outcome in known(material.rows) if changes(material, outcome)}
    for key, other in _TOLD_TWICE.items():
        if other in changed:
            changed.pop(key, None)
    ranked = sorted(changed, key=lambda key: _WEIGHT.index(key) if key in _WEIGHT else len(_WEIGHT))
    if _is_stable(material):
        ranked.sort(key=lambda key: key not in _LEARNED)
    picked = [*mine, *(changed[key] for key in ranked if key not in [outcome.key for outcome in mine])]
    return [_named(outcome, material) for outcome in picked]


def _matters(material: Material, name: str, outcome: Outcome) -> bool:
    others = [material.columns[key] for key in (*material.names, SEED) if key != name and key in material.columns]
    rest = zip(*others, strict=True) if others else [()] * len(material.rows)
    first: dict[tuple[Any, ...], tuple[Any, str]] = {}
    matched = False
    values = outcome.each(material.rows)
    for alike, value, place in zip(rest, values, material.columns.get(name, ()), strict=True):
        if value is None:
            continue
        here, text = first.setdefault(tuple(map(or_none, alike)), (or_none(place), f"{value:.{SAME}g}"))
        if here != or_none(place):
            matched = True
            if text != f"{value:.{SAME}g}":
                return True
    return not matched


def _is_stable(material: Material) -> bool:
    """Whether every verdict is, of runs that have one."""
    found = {word for axis in AXES for word in material.columns.get(f"verdict.{axis}", ()) if not is_missing(word)}
    return found == {"stable"}


def _telling_most(names: Sequence[str], rows: Sequence[Mapping[str, Any]], outcome: Outcome, x: str) -> str:
    """The axis that with x leaves least of a result open: the variance of its rank among runs alike in both."""
    pairs = zip(outcome.each(rows), rows, strict=True)
    known = [(value, row) for value, row in pairs if value is not None and not isnan(value)]
    ranked = [row for _, row in sorted(known, key=lambda pair: pair[0])]

    def left_over(name: str) -> float:
        found: dict[tuple[Any, Any], list[int]] = {}
        for rank, row in enumerate(ranked):
            found.setdefault((or_none(row.get(x)), or_none(row.get(name))), []).append(rank)
        return sum(pvariance(ranks) * len(ranks) for ranks in found.values())

    return min(names, key=left_over)


def _uneven(places: Sequence[float]) -> float:
    """How much the steps between ascending numbers differ: their standard deviation over their mean."""
    steps = [after - before for before, after in pairwise(places)]
    return pstdev(steps) / fmean(steps)


def _experiments(material: Material) -> int:
    return len(material.values(NAME))


def _varies_within(material: Material, name: str) -> bool:
    """Whether the runs of one experiment differ in it."""
    pairs = {(row.get(NAME), or_none(row.get(name))) for row in material.rows}
    return len(pairs) > len({experiment for experiment, _ in pairs})


def _named(outcome: Outcome, material: Material) -> Outcome:
    """The test metric by its name, where it is one."""
    names = {name for name in material.columns.get("metric.name", ()) if not is_missing(name)}
    return (
        replace(outcome, label=f"test {names.pop()}") if outcome.key == "metric.final" and len(names) == 1 else outcome
    )

"""`averaged`: a difference with what it is a mean over, and with a word where it goes both ways there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradx.base.statistics import holm
from gradx.reporting.runs.matching import Cell
from gradx.reporting.runs.noise import judged, rounded
from gradx.reporting.runs.paired import BEYOND, Difference, Values
from gradx.reporting.text import spec_texts

Places = NDArray[np.intp]


class Level(NamedTuple):
    """Mean change and p of the pairs that have one value of a key, and its name."""

    change: float
    p: float
    name: str


@dataclass(frozen=True, eq=False)
class Parts:
    """What cells differ in.

    Attributes:
        keys: the values of each key that is averaged over, and which of them each cell has.
        seeds: which of the seeds each cell has, by its number.
        before, after: the places of the runs on both sides, and the cell of each.
    """

    keys: Mapping[str, tuple[Sequence[Any], Places]]
    seeds: Places
    before: tuple[Places, Places]
    after: tuple[Places, Places]


def parts_of(columns: Mapping[str, Sequence[Any]], keys: Sequence[str], cells: Sequence[Cell]) -> Parts:
    """By those of the keys in which cells differ, or the runs on one side of a cell."""
    several = [side for cell in cells for side in (cell.before, cell.after) if len(side) > 1]
    found = {}
    for key in keys:
        values, places = _coded([columns[key][cell.before[0]] for cell in cells])
        if len(values) > 1 or any(len({columns[key][place] for place in side}) > 1 for side in several):
            found[key] = (values, places)
    _, seeds = _coded([cell.seed for cell in cells])
    return Parts(found, seeds, _side([cell.before for cell in cells]), _side([cell.after for cell in cells]))


def averaged(made: Difference, values: Values, over: Parts) -> Difference:
    """A difference with `over` and `turns`.

    The pairs are split by the values of each key in turn. If, with Holm's correction for all of them, some go up and
    some down beyond noise, their mean does not stand for them (Simpson's paradox is the extreme of that).

    Args:
        made: of the cells that `over` is of.
    """
    if not over.keys or made.size is None:
        return made
    scaled = np.array(values.scaled, dtype=np.float64)  # None becomes NaN, which no pair of a size has otherwise
    changes = _means(scaled, over.after, over.seeds.size) - _means(scaled, over.before, over.seeds.size)
    found = [level for key in over.keys for level in _split(key, over, changes)]
    beyond = [level for level, p in zip(found, holm([level.p for level in found]), strict=True) if p < BEYOND]
    down, up = min(beyond, default=None), max(beyond, default=None)
    turns = ""
    if down and up and down.change < 0 < up.change:
        turns = "opposite ways: " + ", ".join(f"{_size(made, each.change)} for {each.name}" for each in (down, up))
    return replace(made, over=tuple(key for key, (_, at) in over.keys.items() if _varies(at, changes)), turns=turns)


def _varies(places: Places, changes: NDArray[np.float64]) -> bool:
    """Whether pairs that have values differ in a key, or one pair has runs that do."""
    return np.unique(places).size == 1 or np.unique(places[~np.isnan(changes)]).size > 1


def _split(key: str, over: Parts, changes: NDArray[np.float64]) -> Iterator[Level]:
    """The levels of a key where they do not all go the same way; nothing where the noise is not known."""
    values, places = over.keys[key]
    known = ~np.isnan(changes)
    seeds = int(over.seeds.max()) + 1
    at, shape = (places * seeds + over.seeds)[known], (len(values), seeds)
    amounts = np.bincount(at, minlength=shape[0] * shape[1]).reshape(shape)
    sums = np.bincount(at, changes[known], minlength=shape[0] * shape[1]).reshape(shape)
    totals = sums.sum(axis=1)
    if totals.min() >= 0 or totals.max() <= 0:
        return
    for text, row, of in zip(spec_texts(values), sums, amounts, strict=True):
        found = judged([rounded(change) for change in row[of > 0] / of[of > 0]])
        if found and found.p is not None:
            yield Level(found.mean, found.p, f"{key} {text}")


def _means(scaled: NDArray[np.float64], side: tuple[Places, Places], cells: int) -> NDArray[np.float64]:
    """Of the values on one side of each cell; NaN where there are none."""
    places, of = side
    values = scaled[places]
    known = ~np.isnan(values)
    sums = np.bincount(of[known], values[known], minlength=cells)
    amounts = np.bincount(of[known], minlength=cells)
    means = np.full(cells, np.nan)
    np.divide(sums, amounts, out=means, where=amounts > 0)
    return means


def _coded(values: Sequence[Any]) -> tuple[list[Any], Places]:
    """Which values there are, and which of them each is."""
    distinct = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return list(distinct), np.array([distinct[value] for value in values], dtype=np.intp)


def _side(sides: Sequence[Sequence[int]]) -> tuple[Places, Places]:
    places = np.array([place for side in sides for place in side], dtype=np.intp)
    return places, np.repeat(np.arange(len(sides)), [len(side) for side in sides])


def _size(made: Difference, change: float) -> str:
    return Difference(made.outcome, exp(min(change, 700.0)) if made.outcome.scale == "ratio" else change).text

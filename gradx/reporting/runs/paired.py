"""`matched` and `difference`: runs that are the same but for one thing, and by how much their outcomes differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, fsum, inf, isfinite, log, nan
from statistics import pstdev
from typing import Any

from gradx.base.statistics import fisher, holm, paired
from gradx.reporting.runs.differing import is_missing
from gradx.reporting.runs.groups import SEED
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.text import count, number

LAST = (".final", ".test")
"""Of the end of training."""

BEYOND = 0.05
"""A difference is beyond noise if its adjusted p is below that."""


@dataclass(frozen=True)
class Cell:
    """Runs that are the same but for what is compared, by their places among all rows: as a rule one on each side."""

    seed: Any
    before: Sequence[int]
    after: Sequence[int]

    @property
    def pairs(self) -> int:
        return max(len(self.before), len(self.after))


@dataclass(frozen=True)
class Difference:
    """By how much an outcome differs between matched runs.

    Attributes:
        outcome: what differs.
        size: the factor (`ratio`), the difference (`difference`) or the difference of the shares (`share`); None where
            a value is not finite, or for a ratio not above 0.
        low, high: its 95 % interval; None for shares, for one seed, and where there is no size.
        d_z: the effect size in standard deviations between seeds (of logarithms for a ratio); None as the interval.
        p: two-sided, not adjusted; None for one seed and where there is no size.
        seeds, pairs: that have values.
        counts: of a share, (runs that are so, runs) before and after.
        note: why there is no size or no interval, or what else a reader must know; "" as a rule.
        strength: the size in standard deviations of the outcome over all compared runs: what effects are sorted by.
        adjusted: p for all comparisons of the report (Holm); None as p.
    """

    outcome: Outcome
    size: float | None
    low: float | None = None
    high: float | None = None
    d_z: float | None = None
    p: float | None = None
    seeds: int = 0
    pairs: int = 0
    counts: tuple[tuple[int, int], tuple[int, int]] | None = None
    note: str = ""
    strength: float = 0.0
    adjusted: float | None = None

    @property
    def beyond_noise(self) -> bool | None:
        """None where the noise is not known."""
        return None if self.adjusted is None else self.adjusted < BEYOND

    @property
    def text(self) -> str:
        """`x 1.38`, `+0.12` or `5/5 against 0/5`; "" where there is no size."""
        if self.counts:
            (met, of), (now, of_now) = self.counts
            return f"{now}/{of_now} against {met}/{of}"
        if self.same:
            return "the same"
        factor = "x " if self.outcome.scale == "ratio" else ""
        return factor + self._texts[0] if self._texts else ""

    @property
    def interval(self) -> str:
        """`1.31 to 1.45`, or "" where there is none."""
        return " to ".join(self._texts[1:]) if len(self._texts) > 1 and not self.same else ""

    @property
    def same(self) -> bool:
        """Whether there is no difference at all."""
        return self.size == (1.0 if self.outcome.scale == "ratio" else 0.0) and self.low == self.high

    @property
    def sentence(self) -> str:
        """`growth per layer x 1.38 (95 % 1.31 to 1.45, 5 seeds)`."""
        facts = [f"95 % {self.interval}"] if self.interval else []
        if self.counts and self.p is not None:
            facts.append(f"p {number(self.p if self.adjusted is None else self.adjusted, 2)}")
        facts += [count(self.seeds, "seed")] if self.p is not None else []
        facts += [self.note] if self.note and self.text else []
        return f"{self.outcome.label} {self.text or self.note}" + (f" ({', '.join(facts)})" if facts else "")

    @property
    def _texts(self) -> list[str]:
        """Size, low and high as far as they are there, with as many digits, from three to six, as tell them apart."""
        values = [value for value in (self.size, self.low, self.high) if value is not None]
        sign = "" if self.outcome.scale == "ratio" else "+"
        texts: list[str] = []
        for digits in (3, 4, 5, 6):
            texts = [f"{value + 0.0:{sign}.{digits}g}" for value in values]
            if len(set(texts)) == len(set(values)):
                break
        return texts


@dataclass(frozen=True)
class Values:
    """An outcome of all rows on the scale on which it is compared.

    Attributes:
        scaled: logarithms for a ratio (-inf for 0, NaN below); None where a run has no value.
        spread: their standard deviation over the finite ones.
    """

    outcome: Outcome
    scaled: Sequence[float | None]
    spread: float

    def mean(self, places: Sequence[int]) -> float | None:
        """Over some rows; None where none of them has a value."""
        if len(places) == 1:
            return self.scaled[places[0]]
        known = [value for place in places if (value := self.scaled[place]) is not None]
        return sum(known) / len(known) if known else None


def values_of(rows: Sequence[Mapping[str, Any]], outcome: Outcome) -> Values:
    """An outcome of some rows. The last values that a diverged run does not have are not finite."""
    last = outcome.key.endswith(LAST)
    values = [nan if (value := outcome.of(row)) is None and last and _diverged(row) else value for row in rows]
    if outcome.scale == "ratio":
        values = [None if value is None else _log(value) for value in values]
    finite = [value for value in values if value is not None and isfinite(value)]
    return Values(outcome, values, pstdev(finite) if finite else 0.0)


class Matching:
    """Rows to be matched.

    Args:
        rows: of `runs/`.
        names: the keys in which they differ, without the seed.
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
        self.names = names
        self.columns = {name: [_plain(row.get(name)) for row in rows] for name in (*names, SEED)}
        self._keys: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}

    def shared(self, before: Sequence[int], after: Sequence[int], besides: Sequence[str] = ()) -> tuple[str, ...]:
        """The keys that both sides have, but for `besides`."""
        return tuple(
            name for name in self.names if name not in besides and self._has(name, before) and self._has(name, after)
        )

    def matched(self, before: Sequence[int], after: Sequence[int], besides: Sequence[str] = ()) -> list[Cell]:
        """The runs that have the same seed and the same values in all keys of both sides, but for `besides`.

        A key that one side lacks (the threshold of the clipping that it does without) does not keep runs apart: then
        a cell has several runs on the other side.
        """
        keys = self._keys_of(self.shared(before, after, besides))
        found: dict[tuple[Any, ...], tuple[list[int], list[int]]] = {}
        for place in before:
            found.setdefault(keys[place], ([], []))[0].append(place)
        for place in after:
            if keys[place] in found:
                found[keys[place]][1].append(place)
        return [Cell(key[-1], *sides) for key, sides in found.items() if sides[1]]

    def _has(self, name: str, places: Sequence[int]) -> bool:
        column = self.columns[name]
        return any(column[place] is not None for place in places)

    def _keys_of(self, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        if names not in self._keys:
            self._keys[names] = list(zip(*(self.columns[name] for name in (*names, SEED)), strict=True))
        return self._keys[names]


def difference(values: Values, cells: Sequence[Cell]) -> Difference | None:
    """By how much an outcome differs: for each seed the mean over its cells, then a paired t-interval over the seeds.

    A share is tested by Fisher's exact test over all matched runs, too, and the larger p counts: runs of one seed are
    not independent. None where no pair has values.
    """
    full, changes, lone, odd = [], [], 0, 0
    for cell in cells:
        one, other = values.mean(cell.before), values.mean(cell.after)
        if one is None or other is None:
            lone += cell.pairs if one is not other else 0
            continue
        full.append(cell)
        changes.append(other - one)  # not finite where one of them is not
        odd += 0 if isfinite(changes[-1]) else cell.pairs
    if not full:
        return None
    seeds, pairs = len({cell.seed for cell in full}), sum([cell.pairs for cell in full])
    found = None if odd else paired(_by_seed(full, changes))
    if found is None:
        what = "no finite value above 0" if values.outcome.scale == "ratio" else "no finite value"
        note = f"{what} in {odd} of {count(pairs, 'pair')}"
        return Difference(values.outcome, None, seeds=seeds, pairs=pairs, note=note)
    notes = ["one seed: noise unknown"] if found.p is None else []
    notes += [f"{count(lone, 'more pair')} with a value on one side only"] if lone else []
    strength = abs(found.mean) / values.spread if values.spread else 0.0
    made = Difference(values.outcome, *found, seeds, pairs, None, "; ".join(notes), strength)
    match values.outcome.scale:
        case "share":
            return _share(made, values, full)
        case "ratio":
            return replace(made, size=_exp(found.mean), low=_exp(found.low), high=_exp(found.high))
    return made


def adjusted(differences: Sequence[Difference]) -> list[Difference]:
    """The differences of one report with their p adjusted for all of them."""
    known = iter(holm([each.p for each in differences if each.p is not None]))
    return [each if each.p is None else replace(each, adjusted=next(known)) for each in differences]


def _share(made: Difference, values: Values, cells: Sequence[Cell]) -> Difference:
    before, after = _counts(values, [cell.before for cell in cells]), _counts(values, [cell.after for cell in cells])
    p = None if made.p is None else max(made.p, fisher(*before, *after))
    size = after[0] / after[1] - before[0] / before[1]
    return replace(made, size=size, low=None, high=None, d_z=None, p=p, counts=(before, after))


def _counts(values: Values, sides: Sequence[Sequence[int]]) -> tuple[int, int]:
    known = [value for side in sides for place in side if (value := values.scaled[place]) is not None]
    return sum(value == 1 for value in known), len(known)


def _by_seed(cells: Sequence[Cell], changes: Sequence[float]) -> list[float]:
    """The mean change of each seed, to 12 digits, so that what differs by a rounding only is the same."""
    found: dict[Any, list[float]] = {}
    for cell, change in zip(cells, changes, strict=True):
        found.setdefault(cell.seed, []).append(change)
    return [float(f"{fsum([change / len(each) for change in each]):.12g}") for each in found.values()]


def _diverged(row: Mapping[str, Any]) -> bool:
    return row.get("status") == "diverged"


def _plain(value: Any) -> Any:
    return None if is_missing(value) else value


def _log(value: float) -> float:
    return log(value) if value > 0 else -inf if value == 0 else nan


def _exp(value: float | None) -> float | None:
    return None if value is None else exp(value) if value < 709 else inf

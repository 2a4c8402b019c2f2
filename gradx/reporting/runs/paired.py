"""`difference`: by how much an outcome differs between matched runs; `adjusted`: whether that is beyond noise."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import exp, inf, isfinite, log, nan
from statistics import pstdev
from typing import Any, Literal

from gradx.base.statistics import fisher
from gradx.base.untrained import LAST, untrained
from gradx.reporting.runs.attainable import Margins, least_of_shares, of_those_that_can
from gradx.reporting.runs.matching import Cell
from gradx.reporting.runs.noise import by_seed, judged
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.text import count, number

BEYOND = 0.05
"""A difference is beyond noise if its adjusted p is below that."""

Judgement = Literal["yes", "no", "too few seeds", "the same", "not known"]
NAMED = 3  # keys that a mean is over
DIGITS = (3, 4, 5, 6)


@dataclass(frozen=True)
class Difference:
    """By how much an outcome differs between matched runs.

    Attributes:
        outcome: what differs.
        size: the factor (`ratio`), the difference (`difference`) or the difference of the shares (`share`); None where
            a value is not finite, or for a ratio not above 0.
        low, high: its 95 % interval; None for shares, for one seed, and where there is no size.
        d_z: the effect size in standard deviations between seeds (of logarithms for a ratio); None as the interval.
            Where the difference is the same in every seed there is neither.
        p: two-sided, not adjusted; None for one seed and where there is no size.
        least: the smallest p that could have come, given what says nothing about which side is higher: how many runs
            of each seed are so on both sides together, that all seeds differ by the same, or that nothing differs.
        same: whether both sides of each pair have the same.
        seeds, pairs: that have values.
        counts: of a share, (runs that are so, runs) before and after.
        note: why there is no size or no interval, or what else a reader must know; "" as a rule.
        strength: the size in standard deviations of the outcome over all compared runs: what effects are sorted by.
        adjusted: p for all comparisons of the report that can be beyond noise (Holm); None as p, and for the others.
        over: the keys besides the seed in which the pairs differ: the size is a mean over them.
        turns: at which values of them the difference goes which way, if beyond noise it goes both; "" as a rule.
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
    over: Sequence[str] = ()
    turns: str = ""
    least: float = 0.0
    same: bool = False

    @property
    def beyond_noise(self) -> bool | None:
        """None where the noise is not known, no result of so few seeds could be beyond it, or nothing differs."""
        return None if self.adjusted is None else self.adjusted < BEYOND

    @property
    def judgement(self) -> Judgement:
        """Whether it is beyond noise, in a word."""
        if self.same:
            return "the same"
        if self.adjusted is not None:
            return "yes" if self.adjusted < BEYOND else "no"
        return "not known" if self.size is None else "too few seeds"

    @property
    def text(self) -> str:
        """`× 1.38`, `+0.12` or `5/5 against 0/5`; "" where there is no size."""
        if self.counts:
            (met, of), (now, of_now) = self.counts
            return f"{now}/{of_now} against {met}/{of}"
        if self.same:
            return "the same"
        if self._is_none:
            return f"the same to {DIGITS[-1]} digits"
        factor = "× " if self.outcome.scale == "ratio" else ""
        return factor + self._texts[0] if self._texts else ""

    @property
    def interval(self) -> str:
        """`1.31 to 1.45`, or "" where there is none."""
        return " to ".join(self._texts[1:]) if len(self._texts) > 1 and not (self.same or self._is_none) else ""

    @property
    def sentence(self) -> str:
        """`growth per layer × 1.38 (95 % 1.31 to 1.45, 5 seeds)`."""
        facts = [f"95 % {self.interval}"] if self.interval else []
        if self.counts and self.p is not None:
            facts.append(f"p {number(self.p if self.adjusted is None else self.adjusted, 2)}")
        facts += [count(self.seeds, "seed")] if self.p is not None else []
        facts += [self._over] if self.over and self.text else []
        facts += [text for text in (self.note, self.turns) if text and self.text]
        return f"{self.outcome.label} {self.text or self.note}" + (f" ({', '.join(facts)})" if facts else "")

    @property
    def _over(self) -> str:
        """`mean over depth, width and 3 more keys`."""
        more = f" and {count(len(self.over) - NAMED, 'more key')}" if len(self.over) > NAMED else ""
        return f"{'' if self.counts else 'mean '}over {', '.join(self.over[:NAMED])}{more}"

    @property
    def _texts(self) -> list[str]:
        """Size, low and high as far as they are there, with as many digits, from three to six, as tell them apart, and
        from the factor 1 an interval that does not hold it."""
        values = [value for value in (self.size, self.low, self.high) if value is not None]
        sign = "" if self.outcome.scale == "ratio" else "+"
        none = [1.0] if self._is_factor else []
        for digits in DIGITS:
            texts = [f"{value + 0.0:{sign}.{digits}g}" for value in [*values, *none]]
            if len(set(texts)) == len({*values, *none}):
                break
        return texts[: len(values)]

    @property
    def _is_factor(self) -> bool:
        """Whether it is one, and 1 is outside the interval."""
        inside = self.low is None or self.high is None or self.low <= 1 <= self.high
        return self.outcome.scale == "ratio" and not inside

    @property
    def _is_none(self) -> bool:
        """Whether the digits that are shown do not tell a factor from 1."""
        alike = self.low is not None and self.outcome.scale == "ratio" and set(self._texts) == {"1"}
        return alike or (self._is_factor and "1" in self._texts)


@dataclass(frozen=True)
class Values:
    """An outcome of all rows on the scale on which it is compared.

    Attributes:
        scaled: logarithms for a ratio (-inf for 0, NaN below); None where a run has no value.
        spread: their standard deviation over the finite ones.
        diverged: the places of the runs that did.
    """

    outcome: Outcome
    scaled: Sequence[float | None]
    spread: float
    diverged: Set[int]

    def mean(self, places: Sequence[int]) -> float | None:
        """Over some rows; None where none of them has a value."""
        if len(places) == 1:
            return self.scaled[places[0]]
        known = [value for place in places if (value := self.scaled[place]) is not None]
        return sum(known) / len(known) if known else None


def values_of(rows: Sequence[Mapping[str, Any]], outcome: Outcome) -> Values:
    """An outcome of some rows. The last values that a run does not have because it diverged are not finite.

    A number that is 0 by definition, the clip rate of a run without clipping, is no result and missing.
    """
    values = outcome.each(rows)
    if outcome.of:
        values = [None if row.get(outcome.of) == "none" else value for value, row in zip(values, rows, strict=True)]
    if outcome.key.endswith(LAST):
        values = [nan if value is None and _diverged(row) else value for value, row in zip(values, rows, strict=True)]
    if outcome.scale == "ratio":
        values = [None if value is None else _log(value) for value in values]
    finite = [value for value in values if value is not None and isfinite(value)]
    gone = {place for place, row in enumerate(rows) if _diverged(row)}
    return Values(outcome, values, pstdev(finite) if finite else 0.0, gone)


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
    found = None if odd else judged(by_seed([cell.seed for cell in full], changes))
    if found is None:
        return Difference(values.outcome, None, seeds=seeds, pairs=pairs, note=_lost(values, full, pairs - odd, pairs))
    notes = ["one seed: noise unknown"] if found.p is None else []
    alike = found.p is not None and found.d_z is None
    notes += ["the same in every seed"] if alike and values.outcome.scale != "share" else []
    notes += [f"{count(lone, 'more pair')} with a value on one side only"] if lone else []
    strength = abs(found.mean) / values.spread if values.spread else 0.0
    same = not any(changes)
    least = 1.0 if same else found.p or 0.0 if alike else 0.0
    made = Difference(values.outcome, *found, seeds, pairs, None, "; ".join(notes), strength, least=least, same=same)
    match values.outcome.scale:
        case "share":
            return _share(made, values, full)
        case "ratio":
            return replace(made, size=_exp(found.mean), low=_exp(found.low), high=_exp(found.high))
    return made


def adjusted(differences: Sequence[Difference]) -> list[Difference]:
    """The differences of one report with their p adjusted for all of them that can be beyond noise."""
    known = [each for each in differences if each.p is not None]
    found = iter(of_those_that_can([each.p or 0.0 for each in known], [each.least for each in known], BEYOND))
    return [each if each.p is None else replace(each, adjusted=next(found)) for each in differences]


def _share(made: Difference, values: Values, cells: Sequence[Cell]) -> Difference:
    before, after = _counts(values, [cell.before for cell in cells]), _counts(values, [cell.after for cell in cells])
    p = None if made.p is None else max(made.p, fisher(*before, *after))
    size = after[0] / after[1] - before[0] / before[1]
    least = max(made.least, least_of_shares(_margins(values, cells)))
    return replace(made, size=size, low=None, high=None, d_z=None, p=p, counts=(before, after), least=least)


def _margins(values: Values, cells: Sequence[Cell]) -> tuple[Margins, ...]:
    """Of each seed; of all as one where not each run stands against one other."""
    apart = all(len(cell.before) == len(cell.after) == 1 for cell in cells)
    seeds: dict[Any, list[Cell]] = {}
    for cell in cells:
        seeds.setdefault(cell.seed if apart else None, []).append(cell)
    found = []
    for each in seeds.values():
        met, of = _counts(values, [cell.before for cell in each])
        now, of_now = _counts(values, [cell.after for cell in each])
        found.append((of, of_now, met + now))
    return tuple(sorted(found))


def _counts(values: Values, sides: Sequence[Sequence[int]]) -> tuple[int, int]:
    known = [value for side in sides for place in side if (value := values.scaled[place]) is not None]
    return sum(value == 1 for value in known), len(known)


def _lost(values: Values, cells: Sequence[Cell], finite: int, pairs: int) -> str:
    """How many pairs are finite, how many runs after against before, and whether all of one side diverged."""
    said, gone = [], []
    for side in ([cell.after for cell in cells], [cell.before for cell in cells]):
        places = {place for each in side for place in each if values.scaled[place] is not None}
        known = sum(isfinite(values.scaled[place] or 0.0) for place in places)
        said.append(f"{known:,}/{len(places):,}")
        if not known and places <= values.diverged:
            gone.append(f", all {len(places):,} diverged" if len(places) > 1 else ", that one diverged")
    what = "finite above 0" if values.outcome.scale == "ratio" else "finite"
    ends = ", all of both diverged" if len(gone) > 1 else "".join(gone)
    return f"{what} in {finite:,} of {count(pairs, 'pair')}: {said[0]} runs against {said[1]}{ends}"


def _diverged(row: Mapping[str, Any]) -> bool:
    return row.get("status") == "diverged" and not untrained(row)


def _log(value: float) -> float:
    return log(value) if value > 0 else -inf if value == 0 else nan


def _exp(value: float | None) -> float | None:
    return None if value is None else exp(value) if value < 709 else inf

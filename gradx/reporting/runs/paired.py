"""`matched` and `difference`: runs that are the same but for one thing, and by how much their outcomes differ."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, inf, isfinite, log, nan
from statistics import pstdev
from typing import Any, NamedTuple

from gradx.base.statistics import fisher, holm
from gradx.reporting.runs.differing import or_none
from gradx.reporting.runs.groups import SEED
from gradx.reporting.runs.noise import by_seed, judged
from gradx.reporting.runs.outcomes import LAST, Outcome, untrained
from gradx.reporting.text import count, number

BEYOND = 0.05
"""A difference is beyond noise if its adjusted p is below that."""

NAMED = 3  # keys that a mean is over
DIGITS = (3, 4, 5, 6)


class Cell(NamedTuple):
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
            Where the difference is the same in every seed there is neither.
        p: two-sided, not adjusted; None for one seed and where there is no size.
        seeds, pairs: that have values.
        counts: of a share, (runs that are so, runs) before and after.
        note: why there is no size or no interval, or what else a reader must know; "" as a rule.
        strength: the size in standard deviations of the outcome over all compared runs: what effects are sorted by.
        adjusted: p for all comparisons of the report (Holm); None as p.
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

    @property
    def beyond_noise(self) -> bool | None:
        """None where the noise is not known."""
        return None if self.adjusted is None else self.adjusted < BEYOND

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
    def same(self) -> bool:
        """Whether there is no difference at all."""
        return self.size == (1.0 if self.outcome.scale == "ratio" else 0.0) and self.low == self.high

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
    """An outcome of some rows. The last values that a run does not have because it diverged are not finite."""
    values = outcome.each(rows)
    if outcome.key.endswith(LAST):
        values = [nan if value is None and _diverged(row) else value for value, row in zip(values, rows, strict=True)]
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
        self.columns = {name: [or_none(row.get(name)) for row in rows] for name in (*names, SEED)}
        self._having = {
            name: {place for place, value in enumerate(column) if value is not None}
            for name, column in self.columns.items()
        }

    def shared(self, before: Sequence[int], after: Sequence[int], besides: Sequence[str] = ()) -> tuple[str, ...]:
        """The keys that both sides have, but for `besides`."""
        return tuple(
            name
            for name in self.names
            if name not in besides and not any(self._having[name].isdisjoint(side) for side in (before, after))
        )

    def matched(self, before: Sequence[int], after: Sequence[int], besides: Sequence[str] = ()) -> list[Cell]:
        """The runs that have the same seed and the same values in all keys of both sides, but for `besides`.

        A key that one side lacks (the threshold of the clipping that it does without) does not keep runs apart: then
        a cell has several runs on the other side.
        """
        columns = [self.columns[name] for name in (*self.shared(before, after, besides), SEED)]
        for column in columns:  # leaves out early what can have no match: most runs of different experiments
            one, other = ({column[place] for place in side} for side in (before, after))
            if one != other:
                both = one & other
                before, after = ([place for place in side if column[place] in both] for side in (before, after))
        found: dict[tuple[Any, ...], tuple[list[int], list[int]]] = {}
        for place, key in _keyed(columns, before):
            found.setdefault(key, ([], []))[0].append(place)
        for place, key in _keyed(columns, after):
            if key in found:
                found[key][1].append(place)
        return [Cell(key[-1], *sides) for key, sides in found.items() if sides[1]]


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
        what = "no finite value above 0" if values.outcome.scale == "ratio" else "no finite value"
        note = f"{what} in {odd} of {count(pairs, 'pair')}"
        return Difference(values.outcome, None, seeds=seeds, pairs=pairs, note=note)
    notes = ["one seed: noise unknown"] if found.p is None else []
    alike = found.p is not None and found.d_z is None and values.outcome.scale != "share"
    notes += ["the same in every seed"] if alike else []
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


def _keyed(columns: Sequence[Sequence[Any]], places: Sequence[int]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Some rows by their places, and the values of each in `columns`."""
    values = ([column[place] for place in places] for column in columns)
    return zip(places, zip(*values, strict=True), strict=True)


def _share(made: Difference, values: Values, cells: Sequence[Cell]) -> Difference:
    before, after = _counts(values, [cell.before for cell in cells]), _counts(values, [cell.after for cell in cells])
    p = None if made.p is None else max(made.p, fisher(*before, *after))
    size = after[0] / after[1] - before[0] / before[1]
    return replace(made, size=size, low=None, high=None, d_z=None, p=p, counts=(before, after))


def _counts(values: Values, sides: Sequence[Sequence[int]]) -> tuple[int, int]:
    known = [value for side in sides for place in side if (value := values.scaled[place]) is not None]
    return sum(value == 1 for value in known), len(known)


def _diverged(row: Mapping[str, Any]) -> bool:
    return row.get("status") == "diverged" and not untrained(row)


def _log(value: float) -> float:
    return log(value) if value > 0 else -inf if value == 0 else nan


def _exp(value: float | None) -> float | None:
    return None if value is None else exp(value) if value < 709 else inf

"""`Contingency`: how often which end comes at each value of an axis, and what holds of that without exception."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from math import comb, lgamma
from typing import Any

from gradx.reporting.runs.differing import is_numeric
from gradx.reporting.text import number, spec_texts

MOST_NAMED = 3  # words of an axis that are named
LEAST = 2  # runs that are no coincidence
LONG = 7  # characters of a number in a sentence

EXACTLY, ONLY, ALL = "exactly those with", "only with", "including all with"
"""Those and no others; no others, but not all of them; all of them, and others."""


@dataclass(frozen=True)
class Statement:
    """That the runs of an end are exactly, only, or among others all those with some values of an axis.

    Attributes:
        kind: EXACTLY, ONLY or ALL.
        end: what becomes of these runs.
        part: the values, by their places on the axis.
        chance: logarithm of how often it holds where the same ends are dealt to the runs at random. Of m runs in the
            part, n in all and k with this end that is C(m, k) / C(n, k) for ONLY, C(n - m, k - m) / C(n, k) for ALL.
        plain: whether it is exact, and no coincidence of a single run.
    """

    kind: str
    end: Any
    part: tuple[int, ...]
    chance: float
    plain: bool = False

    def counts(self, most: float) -> bool:
        """Whether it is plain or its chance is at most this."""
        return self.plain or self.chance <= most


@dataclass(frozen=True)
class Contingency:
    """How often each end comes at each value of an axis.

    Attributes:
        name: the key of the spec.
        values: in their order.
        runs: how many have each.
        known: of how many of these the end is known.
        times: how many come to each end, by value.
        total: how many come to each end.
        numeric: whether ranges can be named.
    """

    name: str
    values: Sequence[Any]
    runs: Sequence[int]
    known: Sequence[int]
    times: Mapping[Any, Sequence[int]]
    total: Counter[Any]
    numeric: bool

    @classmethod
    def of(cls, name: str, order: Sequence[Any], column: Iterable[Any], ends: Iterable[Any]) -> "Contingency | None":
        """None where a run has no value, or all have the same.

        Args:
            order: the values of the axis, and maybe others.
            column: the value of each run; None where it has none.
            ends: of each run; None where it is not known.
        """
        pairs = Counter(zip(column, ends, strict=True))
        occurring = {value for value, _ in pairs}
        if None in occurring or len(occurring) < 2:
            return None
        values = [value for value in order if value in occurring]
        times = {end: [pairs[value, end] for value in values] for end in dict.fromkeys(end for _, end in pairs)}
        runs = list(map(sum, zip(*times.values(), strict=True)))
        unknown = times.pop(None, [0] * len(values))
        known = [amount - left for amount, left in zip(runs, unknown, strict=True)]
        total = Counter({end: sum(amounts) for end, amounts in times.items()})
        return cls(name, values, runs, known, times, total, is_numeric(values))

    @property
    def parts(self) -> int:
        """How many can be named: ranges of numbers, a few words; not the whole."""
        size = len(self.values)
        if self.numeric:
            return size * (size + 1) // 2 - 1
        return sum(comb(size, few) for few in range(1, min(MOST_NAMED, size - 1) + 1))

    def statements(self, told: Sequence[Any]) -> Iterator[Statement]:
        """All that hold of these ends, each of which comes, and can be said."""
        for end in told:
            only, every = self.only(end), self.every(end)
            if only and only == every:
                yield Statement(EXACTLY, end, only, self._chance(end, only, every), self._plain(only))
                continue
            if only:
                yield Statement(ONLY, end, only, self._chance(end, only, ()))
            if every:
                yield Statement(ALL, end, every, self._chance(end, (), every))

    def exact(self, amount: int) -> int:
        """How many parts that so many runs have could be told exactly, and are no coincidence of a single run."""
        if self.numeric:
            sums = list(accumulate(self.runs, initial=0))
            place = {before: number for number, before in enumerate(sums)}
            ends = ((first, place.get(before + amount)) for first, before in enumerate(sums))
            return sum(last is not None and self._plain(range(first, last)) for first, last in ends)
        if sum(sorted(self.runs)[-MOST_NAMED:]) < amount:
            return 0
        many = [runs for runs in self.runs if runs >= LEAST]
        few = range(1, min(MOST_NAMED, amount // LEAST) + 1)
        return sum(sum(part) == amount for size in few for part in combinations(many, size))

    def chance(self, told: Sequence[Any]) -> float:
        """Logarithm of how often all that it says of these ends holds at random, each by itself."""
        return sum(self._chance(end, self.only(end), self.every(end)) for end in told)

    def only(self, end: Any) -> tuple[int, ...]:
        """The values outside which no run comes to this end; () where that is all of them or cannot be named.

        A range of numbers holds no value at which LEAST runs did not come to it: one that did not may be a coincidence.
        """
        times = self.times.get(end, [])
        found = [place for place, amount in enumerate(times) if amount]
        if self.numeric:
            span = range(found[0], found[-1] + 1)
            found = list(span) if all(times[at] or self.runs[at] < LEAST for at in span) else []
        outside = self.total.total() - sum(self.known[place] for place in found)
        return tuple(found) if outside and self._nameable(found) else ()

    def every(self, end: Any) -> tuple[int, ...]:
        """The values all of whose runs come to this end; () where there are none or they cannot be named."""
        pure = [place for place, amount in enumerate(self.times.get(end, [])) if amount == self.runs[place]]
        found = self._longest(pure) if self.numeric else pure
        left = any(self.runs[place] >= LEAST for place in set(pure) - set(found))
        return tuple(found) if not left and self._nameable(found) else ()

    def text(self, part: Sequence[int]) -> str:
        """`depth >= 20`, `init.gain 1 or 1.5`, `init.gain from 1 to 3`, `clipping none`."""
        texts = spec_texts(self.values)
        first, last, size = part[0], part[-1], len(self.values)
        if self.numeric and len(part) > 1:
            if last == size - 1:
                return f"{self.name} >= {self._bound(first, first - 1, texts)}"
            if first == 0:
                return f"{self.name} <= {self._bound(last, last + 1, texts)}"
            if len(part) > 2:
                return (
                    f"{self.name} from {self._bound(first, first - 1, texts)} to {self._bound(last, last + 1, texts)}"
                )
        *others, final = (texts[place] for place in part)
        return f"{self.name} {' or '.join(filter(None, [', '.join(others), final]))}"

    def _bound(self, inside: int, outside: int, texts: Sequence[str]) -> str:
        """The last value of a range, or instead of many digits a rounder number between it and the first beyond."""
        last, beyond, text = self.values[inside], self.values[outside], texts[inside]
        if len(text) <= LONG and float(text) == last:
            return text
        low, high = min(last, beyond), max(last, beyond)
        rounder = (number(low + (high - low) / 2, digits) for digits in range(2, 17))
        return next((text for text in rounder if low < float(text) < high), repr(last))

    def _nameable(self, part: Sequence[int]) -> bool:
        if sum(self.runs[place] for place in part) < LEAST:
            return False
        return self.numeric or (len(part) <= MOST_NAMED and all(self.runs[place] >= LEAST for place in part))

    def _plain(self, part: Sequence[int]) -> bool:
        at_an_end = self.numeric and len(part) > 1 and (part[0] == 0 or part[-1] == len(self.values) - 1)
        return at_an_end or all(self.runs[place] >= LEAST for place in part)

    def _longest(self, places: Sequence[int]) -> list[int]:
        """Of values next to each other, those with most runs."""
        stretches: list[list[int]] = []
        for place in places:
            if stretches and stretches[-1][-1] == place - 1:
                stretches[-1].append(place)
            else:
                stretches.append([place])
        return max(stretches, key=lambda stretch: sum(self.runs[place] for place in stretch), default=[])

    def _chance(self, end: Any, only: Sequence[int], every: Sequence[int]) -> float:
        """Logarithm of C(those that may - those that must, the rest) / C(n, k)."""
        known, times = self.total.total(), self.total[end]
        may = sum(self.known[place] for place in only) if only else known
        must = sum(self.runs[place] for place in every)
        return _log_comb(may - must, times - must) - _log_comb(known, times)


def _log_comb(total: int, part: int) -> float:
    return lgamma(total + 1) - lgamma(part + 1) - lgamma(total - part + 1)

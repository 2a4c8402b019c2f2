"""`Matching`: runs that are the same but for one thing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gradx.reporting.runs.differing import or_none
from gradx.reporting.runs.groups import SEED


class Cell(NamedTuple):
    """Runs that are the same but for what is compared, by their places among all rows: as a rule one on each side."""

    seed: Any
    before: Sequence[int]
    after: Sequence[int]

    @property
    def pairs(self) -> int:
        return max(len(self.before), len(self.after))


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


def _keyed(columns: Sequence[Sequence[Any]], places: Sequence[int]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Some rows by their places, and the values of each in `columns`."""
    values = ([column[place] for place in places] for column in columns)
    return zip(places, zip(*values, strict=True), strict=True)

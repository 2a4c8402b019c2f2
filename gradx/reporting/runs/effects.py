"""`effects`: for each axis, by how much each outcome differs between its values, and whether that is beyond noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from gradx.reporting.runs.averaged import averaged, parts_of
from gradx.reporting.runs.matching import Cell, Matching
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.runs.outcomes import OUTCOMES, Outcome, known, outcome_of
from gradx.reporting.runs.paired import Difference, adjusted, difference, values_of
from gradx.reporting.text import spec_texts

MANY = 6  # texts of one axis, all of whose pairs are compared


@dataclass(frozen=True)
class Effect:
    """What it does to an outcome that an axis has one value instead of another.

    Attributes:
        axis: a key of the spec; "" where whole sides are compared.
        before, after: its values as text; "-" where a run has none.
        difference: of the outcome.
    """

    axis: str
    before: str
    after: str
    difference: Difference

    @property
    def outcome(self) -> Outcome:
        return self.difference.outcome

    @property
    def beyond_noise(self) -> bool | None:
        """None where it is not judged: too few seeds, values that are not finite, or no difference at all."""
        return self.difference.beyond_noise

    @property
    def unknown(self) -> bool:
        """Whether there may be a difference, and it cannot be judged."""
        return self.beyond_noise is None and not self.difference.same

    def sentence(self) -> str:
        """`init orthogonal instead of xavier_normal: growth per layer × 1.38 (95 % 1.31 to 1.45, 5 seeds)`."""
        words = [self.axis, _word(self.after), "instead of", _word(self.before)]
        return f"{' '.join(filter(None, words))}: {self.difference.sentence}"


def effects(material: Material) -> list[Effect]:
    """All of them: those beyond noise first, the strongest of each first; p adjusted for all of them together."""
    if "effects" not in material.made:
        material.made["effects"] = _effects(material)
    found: list[Effect] = material.made["effects"]
    return found


def ordered(found: Sequence[Effect]) -> list[Effect]:
    """The effects of one report with p adjusted for all of them, the strongest first."""
    parts = adjusted([effect.difference for effect in found])
    made = [Effect(old.axis, old.before, old.after, part) for old, part in zip(found, parts, strict=True)]
    return sorted(made, key=lambda effect: (not effect.beyond_noise, -effect.difference.strength))


def with_results(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each run that has results once, whatever experiments it belongs to."""
    return list({row["run"]: row for row in rows if row.get("status") != "failed"}.values())


def compared_outcomes(rows: Sequence[Mapping[str, Any]], asked: str | None) -> list[Outcome]:
    """The outcomes that vary, and the one that is asked for if any run has it."""
    found = known(rows)
    if asked is None or asked in (outcome.key for outcome in OUTCOMES):
        return found
    return [outcome_of(asked), *found] if outcome_of(asked).occurs(rows) else found


def pairs_of(values: Sequence[Any]) -> list[tuple[int, int]]:
    """Which values are compared, by their places: of numbers neighbours and the ends, of texts all pairs.

    Of many texts each with one of the first: the first for which runs match.
    """
    last = len(values) - 1
    if referred(values):
        return [(first, second) for second in range(1, last + 1) for first in range(min(second, MANY))]
    if any(isinstance(value, str) for value in values):
        return list(combinations(range(last + 1), 2))
    ends = next((place for place, value in enumerate(values) if value is not None), 0)
    return [*pairwise(range(last + 1)), *([(ends, last)] if last - ends > 1 else [])]


def referred(values: Sequence[Any]) -> bool:
    """Whether these are too many texts to compare all with all."""
    return len(values) > MANY and any(isinstance(value, str) for value in values)


def _effects(material: Material) -> list[Effect]:
    rows = with_results(material.rows)
    names = [name for name in material.names if name != NAME]
    matching = Matching(rows, names)
    outcomes = [values_of(rows, outcome) for outcome in compared_outcomes(rows, material.presentation.y)]
    found: list[Effect] = []
    for axis in names:
        for before, after, cells in _contrasts(matching, axis, material.values(axis)):
            over = parts_of(matching.columns, [name for name in names if name != axis], cells)
            for values in outcomes:
                if made := difference(values, cells):
                    found.append(Effect(axis, before, after, averaged(made, values, over)))
    return ordered(found)


def _contrasts(matching: Matching, axis: str, values: Sequence[Any]) -> list[tuple[str, str, list[Cell]]]:
    """The pairs of values of an axis for which runs match, and these runs."""
    places: dict[Any, list[int]] = {}
    for place, value in enumerate(matching.columns[axis]):
        places.setdefault(value, []).append(place)
    values = [value for value in values if value in places]
    texts, to_one = spec_texts(values), referred(values)
    found: dict[int, int] = {}
    made = []
    for first, second in pairs_of(values):
        if to_one and second in found:
            continue
        cells = matching.matched(places[values[first]], places[values[second]], besides=(axis,))
        if cells:
            found[second] = first
            made.append((texts[first], texts[second], cells))
    return made


def _word(text: str) -> str:
    return "none" if text == "-" else text

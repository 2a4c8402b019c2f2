"""What changing one thing does: for each axis, by how much each outcome differs, and whether that is beyond noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from gradx.reporting.elements import Column, Section, Table
from gradx.reporting.runs.averaged import averaged, parts_of
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.runs.outcomes import OUTCOMES, Outcome, known, outcome_of
from gradx.reporting.runs.paired import Cell, Difference, Matching, adjusted, difference, values_of
from gradx.reporting.text import count, spec_texts

SHOWN = 40  # rows of the table
MANY = 6  # texts of one axis, all of whose pairs are compared

METHOD = (
    "Runs are compared that have the same seed and the same values in everything else that both have; for each seed "
    "the mean over all such pairs, then a paired t-interval over seeds (of logarithms for factors). For shares the "
    "larger p of this and of Fisher's exact test over all matched runs counts. Where the difference is "
    "the same in each of n seeds, p is 2 / 4^n: the most that chance makes of that."
)
JUDGED = (
    "Beyond noise: p < 0.05 after Holm's correction for all {}. d_z is the mean difference over its standard deviation "
    "between seeds. Strongest first, in standard deviations of the outcome over all runs."
)


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
        """None where the noise is not known: one seed, or values that are not finite."""
        return self.difference.beyond_noise

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


def sections(material: Material) -> list[Section]:
    """The table of effects, and what it rests on; nothing where no runs match."""
    found = effects(material)
    if not found:
        return []
    table = effects_table("effects", "What each change does", found, _capped(material, found))
    return [Section("effects", "What makes a difference", judgement(found), [table])]


def judgement(found: Sequence[Effect]) -> str:
    """How many differences are beyond noise, as a sentence."""
    judged = sum(effect.beyond_noise is not None for effect in found)
    if judged:
        beyond = sum(effect.beyond_noise is True for effect in found)
        text = f"{beyond:,} of {count(judged, 'comparison')} {'is' if 1 in (beyond, judged) else 'are'} beyond noise"
        text += unjudged(found)
        turning = sum(bool(effect.difference.turns) for effect in found)
        verb = "goes" if turning == 1 else "go"
        return f"{text}; {turning} {verb} opposite ways, depending on another key." if turning else f"{text}."
    if all(effect.difference.seeds == 1 for effect in found):
        return "One seed: the noise is unknown, and no difference can be told from it."
    return "No difference can be judged: values are not finite, or there is one seed."


def unjudged(found: Sequence[Effect]) -> str:
    """How many comparisons the count leaves out, as the end of a sentence; "" for none."""
    left = sum(effect.beyond_noise is None for effect in found)
    return f"; {left:,} more cannot be judged: values are not finite, or there is one seed" if left else ""


def effects_table(key: str, title: str, found: Sequence[Effect], notes: Sequence[str] = ()) -> Table:
    """These effects as a table: all that are beyond noise, which stand first, and some of the others."""
    first = found[: max(SHOWN, sum(effect.beyond_noise is True for effect in found))]
    parts = [effect.difference for effect in first]
    noted = ["; ".join(filter(None, (part.note, part.turns))) for part in parts]
    whole = not any(effect.axis for effect in first)
    columns = [
        *([] if whole else [Column("axis", "changed", [effect.axis for effect in first])]),
        Column("before", "from", [effect.before for effect in first]),
        Column("after", "to", [effect.after for effect in first]),
        Column("outcome", "outcome", [part.outcome.label for part in parts]),
        Column("effect", "effect", [part.text or "-" for part in parts]),
        Column("beyond_noise", "beyond noise", [_judgement(part) for part in parts]),
        Column("interval", "95 % interval", [part.interval or "-" for part in parts]),
        Column("d_z", "d_z", [part.d_z for part in parts], "number"),
        Column("p", "p (Holm)", [part.adjusted for part in parts], "number"),
        Column("seeds", "seeds", [part.seeds for part in parts], "number"),
        Column("pairs", "pairs", [part.pairs for part in parts], "number"),
        *([Column("note", "note", noted)] if any(noted) else []),
    ]
    judged = sum(effect.beyond_noise is not None for effect in found)
    said = [METHOD, *([JUDGED.format(count(judged, "comparison"))] if judged else []), *notes]
    left = len(found) - len(first)
    said += [f"{count(left, 'other comparison')} not shown, none beyond noise: --json has all."] if left else []
    return Table(key, title, columns, said)


def ordered(found: Sequence[Effect]) -> list[Effect]:
    """The effects of one report with p adjusted for all of them, the strongest first."""
    parts = adjusted([effect.difference for effect in found])
    made = [Effect(old.axis, old.before, old.after, part) for old, part in zip(found, parts, strict=True)]
    return sorted(made, key=lambda effect: (not effect.beyond_noise, -effect.difference.strength))


def distinct(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Each run that has results once, whatever experiments it belongs to."""
    return list({row["run"]: row for row in rows if row.get("status") != "failed"}.values())


def compared_outcomes(rows: Sequence[Mapping[str, Any]], asked: str | None) -> list[Outcome]:
    """The outcomes that vary, and the one that is asked for if any run has it."""
    found = known(rows)
    if asked is None or asked in (outcome.key for outcome in OUTCOMES):
        return found
    return [outcome_of(asked), *found] if outcome_of(asked).occurs(rows) else found


def _effects(material: Material) -> list[Effect]:
    rows = distinct(material.rows)
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
    texts = spec_texts(values)
    found: dict[int, int] = {}
    made = []
    for first, second in _compared(values):
        if _referred(values) and second in found:
            continue
        cells = matching.matched(places[values[first]], places[values[second]], besides=(axis,))
        if cells:
            found[second] = first
            made.append((texts[first], texts[second], cells))
    return made


def _compared(values: Sequence[Any]) -> list[tuple[int, int]]:
    """Which values are compared, by their places: of numbers neighbours and the ends, of texts all pairs.

    Of many texts each with one of the first: the first for which runs match.
    """
    last = len(values) - 1
    if _referred(values):
        return [(first, second) for second in range(1, last + 1) for first in range(min(second, MANY))]
    if any(isinstance(value, str) for value in values):
        return list(combinations(range(last + 1), 2))
    ends = next((place for place, value in enumerate(values) if value is not None), 0)
    return [*pairwise(range(last + 1)), *([(ends, last)] if last - ends > 1 else [])]


def _referred(values: Sequence[Any]) -> bool:
    return len(values) > MANY and any(isinstance(value, str) for value in values)


def _capped(material: Material, found: Sequence[Effect]) -> list[str]:
    """What is not compared with each other."""
    values = {axis: material.values(axis) for axis in dict.fromkeys(effect.axis for effect in found)}
    texts = [axis for axis in values if _referred(values[axis])]
    numbers = [axis for axis in values if axis not in texts and len(_compared(values[axis])) < _all(values[axis])]
    return [
        *([f"Of {_few(numbers)} neighbouring values and the two ends are compared."] if numbers else []),
        *([f"Of {_few(texts)} each value is compared with the first that has such runs."] if texts else []),
    ]


def _all(values: Sequence[Any]) -> int:
    return len(values) * (len(values) - 1) // 2


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more keys" if len(names) > 4 else "")


def _judgement(part: Difference) -> str:
    return {True: "yes", False: "no", None: "not known"}[part.beyond_noise]


def _word(text: str) -> str:
    return "none" if text == "-" else text

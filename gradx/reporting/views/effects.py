"""`sections`: the table of what each change does, and what it rests on; `judgement`: the same in a sentence."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gradx.reporting.elements import Column, Section, Table
from gradx.reporting.runs.effects import Effect, effects, pairs_of, referred, with_results
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.outcomes import untrained_note
from gradx.reporting.text import count

SHOWN = 40  # rows of the table

METHOD = (
    "Runs are compared that have the same seed and the same values in everything else that both have; for each seed "
    "the mean over all such pairs, then a paired t-interval over seeds (of logarithms for factors). For shares the "
    "larger p of this and of Fisher's exact test over all matched runs counts. Where the difference is "
    "the same in each of n seeds, p is 2 / 4^n: the most that chance makes of that."
)
JUDGED = (
    "Beyond noise: p < 0.05 after Holm's correction for the {} in which so many seeds can show anything at all (Tarone "
    "1990); too few seeds: whatever came, it could not be beyond noise. d_z is the mean difference over its standard "
    "deviation between seeds. Strongest first, in standard deviations of the outcome over all runs."
)


def sections(material: Material) -> list[Section]:
    """The table of effects, and what it rests on; nothing where no runs match."""
    found = effects(material)
    if not found:
        return []
    notes = [*_capped(material, found), *filter(None, [untrained_note(with_results(material.rows))])]
    table = effects_table("effects", "What each change does", found, notes)
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
    if all(effect.difference.same for effect in found):
        return f"{count(len(found), 'comparison')}, and no difference at all."
    if all(effect.difference.seeds == 1 for effect in found):
        return "One seed: the noise is unknown, and no difference can be told from it."
    return f"No difference can be judged{unjudged(found)}."


def unjudged(found: Sequence[Effect]) -> str:
    """How many comparisons the count of those judged leaves out, as the end of a sentence; "" for none."""
    words = Counter(effect.difference.judgement for effect in found)
    few, lost, same = words["too few seeds"], words["not known"], words["the same"]
    why = [(few, "too few seeds"), (lost, "values not finite")]
    reasons = [f"{text} in {amount:,}" if few and lost else text for amount, text in why if amount]
    return "".join(
        [
            f"; {few + lost:,} more cannot be judged ({', '.join(reasons)})" if few + lost else "",
            f"; {same:,} more {'is' if same == 1 else 'are'} exactly the same" if same else "",
        ]
    )


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
        Column("beyond_noise", "beyond noise", [part.judgement for part in parts]),
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


def _capped(material: Material, found: Sequence[Effect]) -> list[str]:
    """What is not compared with each other."""
    values = {axis: material.values(axis) for axis in dict.fromkeys(effect.axis for effect in found)}
    texts = [axis for axis in values if referred(values[axis])]
    numbers = [axis for axis in values if axis not in texts and len(pairs_of(values[axis])) < _all(values[axis])]
    return [
        *([f"Of {_few(numbers)} neighbouring values and the two ends are compared."] if numbers else []),
        *([f"Of {_few(texts)} each value is compared with the first that has such runs."] if texts else []),
    ]


def _all(values: Sequence[Any]) -> int:
    return len(values) * (len(values) - 1) // 2


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more keys" if len(names) > 4 else "")

"""`headline`: the question of a comparison, its answer, and the first chart with a line for each side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from gradx.base.untrained import untrained
from gradx.reporting.elements import LineChart, Section
from gradx.reporting.runs.comparison import Comparison
from gradx.reporting.runs.differing import is_missing
from gradx.reporting.runs.effects import Effect
from gradx.reporting.text import count, number
from gradx.reporting.views.headline import KEY, Headline

SAID = 3  # differences
NAMED = 3  # keys
DIGITS = 3
TOLD = ("status diverged", "solved")  # in other words


def headline(comparison: Comparison, sections: Sequence[Section]) -> Headline:
    """What the strongest differences are, if any is beyond noise.

    Args:
        comparison: of the sides.
        sections: of it; the first chart in which the sides are not one and the same is shown.
    """
    charts = [each for section in sections for each in section.elements if isinstance(each, LineChart)]
    telling = [each for each in charts if sum(not series.predicted for series in each.series) > 1]
    if any(row.get("status") == "diverged" for side in comparison.sides for row in side.rows):
        # Their last steps are not those of the others: the same chart would show two different times.
        telling = [each for each in telling if not each.key.endswith("-last")] or telling
    figure = replace(telling[0], key=KEY) if telling else None
    return Headline(_question(comparison), _answer(comparison), figure.caption if figure else "", figure)


def _question(comparison: Comparison) -> str:
    first, *others = (side.label for side in comparison.sides)
    keys = list(dict.fromkeys(key for pairing in comparison.pairings for key in pairing.treatments))
    what = f" ({', '.join(keys[:NAMED])}{' ...' if len(keys) > NAMED else ''})" if keys else ""
    return f"What is different with {', '.join(others)} instead of {first}{what}?"


def _answer(comparison: Comparison) -> str:
    pairs = sum(pairing.pairs for pairing in comparison.pairings)
    if not pairs:
        return "Unknown: no run of one side is paired with one of the other."
    found = comparison.effects
    sentence = _short if len(comparison.pairings) == 1 else Effect.sentence
    judged = [effect for effect in found if effect.beyond_noise is not None]
    beyond = [effect for effect in judged if effect.beyond_noise]
    if all(effect.difference.same for effect in found):
        return f"Nothing: {count(pairs, 'pair')} with the same results."
    if not judged and (ends := _pair(comparison)):
        return f"{ends}; one seed says nothing about noise."
    if not judged:
        finite = all(effect.difference.size is not None for effect in found)
        one = all(effect.difference.seeds == 1 for effect in found)
        few = "the noise is only known with several seeds" if one else "there are too few seeds to tell"
        why = few if finite else f"values are not finite, or there {'is one seed' if one else 'are too few seeds'}"
        return f"Unknown: {count(pairs, 'pair')}, and {why}."
    unknown = [effect for effect in found if effect.unknown]
    rest = [f"{len(unknown):,} more cannot be judged: {sentence(unknown[0])}"] if unknown else []
    if beyond:
        said = [sentence(effect) for effect in beyond[:SAID]]
        said += [f"and {len(beyond) - SAID:,} more"] if len(beyond) > SAID else []
        verb = "is" if len(beyond) == 1 else "are"
        return (
            f"Of {count(len(judged), 'comparison')} {len(beyond):,} {verb} beyond noise: {'; '.join([*said, *rest])}."
        )
    turning = [sentence(effect) for effect in judged if effect.difference.turns]
    text = f"Nothing beyond noise, in {count(len(judged), 'comparison')} of {count(pairs, 'pair')}"
    return "; ".join([text, *(f"but {said}" for said in turning[:SAID]), *rest]) + "."


def _pair(comparison: Comparison) -> str:
    """What became of each side, where each is one run; "" where there are more."""
    cells = [cell for pairing in comparison.pairings for cell in pairing.cells]
    if len(cells) != 1 or len(cells[0].before) != 1 or len(cells[0].after) != 1:
        return ""
    (pairing,), (cell,) = comparison.pairings, cells
    ends = ((pairing.before, cell.before[0]), (pairing.after, cell.after[0]))
    return "; ".join(f"{side.label} {_end(pairing.rows[place], comparison.effects)}" for side, place in ends)


def _end(row: Mapping[str, Any], effects: Sequence[Effect]) -> str:
    """`diverges at step 1`, `finishes, final loss 0.24, mse 0.237`: with the results in which the two differ."""
    done, at = "finishes", row.get("diverged_at")
    if row.get("status") == "diverged":
        done = "diverges" if is_missing(at) else f"diverges at step {number(at, 12)}"
    facts = ["is not trained" if untrained(row) else done]
    for outcome in (effect.outcome for effect in effects if effect.outcome.key not in TOLD):
        (value,) = outcome.each([row])
        if value is not None and isfinite(value):
            name = str(row.get("metric.name") or outcome.label) if outcome.key == "metric.final" else outcome.label
            facts.append(f"{name} {number(value, DIGITS)}")
    return ", ".join(facts[: 1 + SAID])


def _short(effect: Effect) -> str:
    """What the question says already, which side instead of which, is not said again."""
    return effect.difference.sentence

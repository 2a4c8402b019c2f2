"""`headline`: the question of a comparison, its answer, and the first chart with a line for each side."""

from collections.abc import Sequence
from dataclasses import replace

from gradx.reporting.elements import LineChart, Section
from gradx.reporting.runs.comparison import Comparison
from gradx.reporting.runs.effects import Effect
from gradx.reporting.text import count
from gradx.reporting.views.headline import KEY, Headline

SAID = 3  # differences
NAMED = 3  # keys


def headline(comparison: Comparison, sections: Sequence[Section]) -> Headline:
    """What the strongest differences are, if any is beyond noise.

    Args:
        comparison: of the sides.
        sections: of it; the first chart in which the sides are not one and the same is shown.
    """
    charts = [each for section in sections for each in section.elements if isinstance(each, LineChart)]
    telling = [each for each in charts if sum(not series.predicted for series in each.series) > 1]
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
    if not found:
        return f"Nothing: {count(pairs, 'pair')} with the same results."
    if not judged:
        finite = all(effect.difference.size is not None for effect in found)
        why = "the noise is only known with several seeds" if finite else "values are not finite, or there is one seed"
        return f"Unknown: {count(pairs, 'pair')}, and {why}."
    unknown = [effect for effect in found if effect.beyond_noise is None]
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


def _short(effect: Effect) -> str:
    """What the question says already, which side instead of which, is not said again."""
    return effect.difference.sentence

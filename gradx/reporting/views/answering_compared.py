"""`headline`: the question of a comparison, its answer, and the first chart with a line for each side."""

from collections.abc import Sequence
from dataclasses import replace

from gradx.reporting.elements import LineChart, Section
from gradx.reporting.text import count
from gradx.reporting.views.comparison import Comparison
from gradx.reporting.views.headline import KEY, Headline

SAID = 3  # differences
NAMED = 3  # keys


def headline(comparison: Comparison, sections: Sequence[Section]) -> Headline:
    """What the strongest differences are, if any is beyond noise.

    Args:
        comparison: of the sides.
        sections: of it, whose first chart is shown.
    """
    charts = [each for section in sections for each in section.elements if isinstance(each, LineChart)]
    figure = replace(charts[0], key=KEY) if charts else None
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
    beyond = [effect for effect in found if effect.beyond_noise]
    if beyond:
        more = f"; and {len(beyond) - SAID:,} more" if len(beyond) > SAID else ""
        text = "; ".join(effect.sentence() for effect in beyond[:SAID])
        return f"Of {count(len(found), 'comparison')} {len(beyond):,} beyond noise: {text}{more}."
    if not found:
        return f"Nothing: {count(pairs, 'pair')} with the same results."
    if all(effect.beyond_noise is None for effect in found):
        return f"Unknown: {count(pairs, 'pair')}, and the noise is only known with several seeds."
    return f"Nothing beyond noise, in {count(len(found), 'comparison')} of {count(pairs, 'pair')}."

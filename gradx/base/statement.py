"""`Statement`: what a config says about gradients, its key `claim`; expectations and control arm decide it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from gradx.base.document import KeyPath
from gradx.base.expression import NAMES, suggestion
from gradx.base.expression.language import OUTCOMES
from gradx.base.part import Spec

EFFECTS = [name for name in NAMES if name not in OUTCOMES]
"""The columns whose difference between two arms is a number."""

CONDITIONAL = ("holds if", "does not hold")


class Statement(Spec):
    """What a config claims. The treatment, as the file has it, meets `expect`; the control arm does not.

    The verdict is what is so when that comes out: the statement holds, holds under a condition, or does not hold.
    """

    statement: Annotated[str, Field(min_length=1, max_length=200)]  # one sentence, as an article would have it
    verdict: Literal["holds", "holds if", "does not hold"]
    condition: str | None = None  # holds if: the condition; does not hold: what is so instead
    effect: str  # the column that is compared between the two arms: growth.depth, solved ...


def problems(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with the keys `claim` and `control` of raw data, beside what pydantic says."""
    claim = data.get("claim")
    if data.get("control") is not None and claim is None:
        yield ("control",), "a control arm needs the key 'claim', which says what it is the control of"
    if not isinstance(claim, Mapping):
        return
    for key, what in (("control", "an arm that does not meet them"), ("expect", "what the experiment has to meet")):
        if not data.get(key):
            yield ("claim",), f"a claim needs the key {key!r}: {what}"
    effect = claim.get("effect")
    if isinstance(effect, str) and effect not in EFFECTS:
        allowed = suggestion(effect, EFFECTS) or f" (allowed: {', '.join(EFFECTS)})"
        yield ("claim", "effect"), f"unknown number {effect!r}{allowed}"
    verdict, condition = claim.get("verdict"), claim.get("condition")
    if verdict in CONDITIONAL and not condition:
        what = "the condition" if verdict == "holds if" else "what is so instead"
        yield ("claim", "condition"), f"the verdict {verdict!r} needs 'condition': {what}"
    elif verdict == "holds" and condition is not None:
        yield ("claim", "condition"), "the verdict 'holds' has no condition; with one it is 'holds if'"

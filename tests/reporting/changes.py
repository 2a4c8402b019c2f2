"""Effects of rows made by hand, and the values that they are between."""

from pathlib import Path
from typing import Any

from gradx.base.presentation import Presentation
from gradx.reporting.runs.effects import Effect, effects
from gradx.reporting.runs.material import Material


def material(rows: list[dict[str, Any]], **chosen: str) -> Material:
    return Material([Path("results/grid")], [], rows, len(rows), chosen=Presentation(**chosen))


def compared(rows: list[dict[str, Any]], outcome: str, axis: str | None = None) -> list[Effect]:
    found = effects(material(rows))
    return [effect for effect in found if effect.outcome.key == outcome and axis in (None, effect.axis)]


def values(found: list[Effect]) -> list[tuple[str, str]]:
    return [(effect.before, effect.after) for effect in found]

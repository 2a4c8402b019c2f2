"""What there is to choose from: the families of parts, each part explained, and the JSON schema."""

from difflib import get_close_matches
from typing import Any

from gradx import axes
from gradx.api.outcomes import OUTCOMES
from gradx.base.errors import SpecError
from gradx.base.part import Part
from gradx.families import FAMILIES, parts
from gradx.spec import Experiment

SLURM: dict[str, Any] = {
    "type": "object",
    "description": "options of sbatch for gradx sweep --executor slurm: partition, time, gres, account ...",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}


def families(name: str = "") -> dict[str, dict[str, str]]:
    """What each part is in one line, by family and kind; of one family where it is named. Raises SpecError."""
    words = {family.removesuffix("s"): family for family in FAMILIES} | {"architecture": "models"}  # those of the spec
    name = words.get(name, name)
    if name and name not in FAMILIES:
        close = get_close_matches(name, [*FAMILIES, "runs"], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise SpecError(f"unknown family {name!r}{hint} (allowed: {', '.join(FAMILIES)}, runs)")
    chosen = {name: FAMILIES[name]} if name else FAMILIES
    return {
        family: {kind: (part.__doc__ or "").split("\n")[0] for kind, part in parts(union).items()}
        for family, union in chosen.items()
    }


def explain(kind: str) -> list[tuple[str, type[Part]]]:
    """The parts of that kind, with their family: a name may stand in several. Raises SpecError with did-you-mean."""
    known = [(family, part) for family, union in FAMILIES.items() for part in parts(union).values()]
    found = [(family, part) for family, part in known if part.model_fields["kind"].default == kind]
    if not found:
        kinds = sorted({*(part.model_fields["kind"].default for _, part in known), *OUTCOMES})
        close = get_close_matches(kind, kinds, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise SpecError(f"unknown kind {kind!r}{hint} (allowed: {', '.join(kinds)})")
    return found


def schema() -> dict[str, Any]:
    """The JSON schema of a spec file: an experiment, and the axes of a sweep."""
    own = Experiment.model_json_schema()
    own["properties"] |= {"sweep": axes.SCHEMA, "slurm": SLURM}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **own}

"""`sections`: what the authors of the experiments claim under `expect:`, and whether it is met."""

from gradx.reporting.elements import Column, Section, Table
from gradx.reporting.runs.expected import WORDS, counted, evidence, expected
from gradx.reporting.runs.material import Material

ORDER = (False, None, True)  # what is not met is looked for


def sections(material: Material) -> list[Section]:
    """A table with a row for each claim, what is not met first; nothing where nothing is claimed."""
    table = claims_table(material)
    if table is None:
        return []
    own = [claim for one in expected(material) if not one.control for claim in one.claims]
    note = f"What their author expects of the runs: {counted(own)}." if own else "Those of control arms."
    return [Section("claims", "Claims", note, [table])]


def claims_table(material: Material) -> Table | None:
    """Claim, outcome and evidence; those of control arms last, and marked. None where nothing is claimed."""
    found = [(one, claim) for one in expected(material) for claim in one.claims]
    if not found:
        return None
    found.sort(key=lambda each: (each[0].control, ORDER.index(each[1][1])))
    names = [one.name for one, _ in found]
    arms = ["control arm" if one.control else None for one, _ in found]
    because = [evidence(claim, one.row) or None for one, claim in found]
    columns = [
        *([Column("experiment", "experiment", names)] if len(set(names)) > 1 else []),
        Column("claim", "claim", [text for _, (text, _, _) in found]),
        Column("outcome", "outcome", [WORDS[met] for _, (_, met, _) in found]),
        *([Column("evidence", "evidence", because)] if any(because) else []),
        *([Column("arm", "arm", arms)] if any(arms) else []),
    ]
    notes = ["A control arm is not to meet all of its claims."] if any(arms) else []
    return Table("claims", "What is expected under expect:", columns, notes)

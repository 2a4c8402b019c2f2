"""`sections`: several experiments beside each other: what became of the runs of each, and its claims."""

from gradx.reporting.elements import Axis, Column, LineChart, Section, Series, Table
from gradx.reporting.runs.expected import expected
from gradx.reporting.runs.groups import AXES, groups
from gradx.reporting.runs.material import FEW_EXPERIMENTS, NAME, Material
from gradx.reporting.runs.outcomes import outcome_of
from gradx.reporting.text import count
from gradx.reporting.views.averaging import Averaging
from gradx.reporting.views.points import share, sizes, telling

VERDICTS = ("vanishing", "exploding", "stable")


def sections(material: Material) -> list[Section]:
    """A table with a row for each, and of many a chart; nothing for one experiment."""
    table = experiments_table(material)
    if table is None:
        return []
    chart = ranked(material)
    return [Section("experiments", "Experiments", "What became of the runs of each.", [*filter(None, [chart]), table])]


def ranked(material: Material) -> LineChart | None:
    """The growth in each of many experiments, the smallest first; None for few, which are told apart by name."""
    if len(material.values(NAME)) <= FEW_EXPERIMENTS:
        return None
    series = []
    for axis in AXES:
        outcome = outcome_of(f"growth.{axis}")
        values = [outcome.values(group.rows) for group in groups(material.rows, [NAME])]
        places = sorted(place for one in values if (place := Averaging("median", log=outcome.log).of(one)) is not None)
        if places:
            y, low, high = (list(column) for column in zip(*places, strict=True))
            series.append(Series(outcome.label, [float(at) for at in range(1, len(y) + 1)], y, low, high))
    if not series:
        return None
    return LineChart(
        key="experiments-growth",
        title="Growth of the gradient in each experiment",
        x=Axis("experiment, by its growth", integer=True),
        y=Axis("growth towards the input", log=True),
        series=series,
        caption="Median and range of the runs of each experiment, the smallest first; below 1 the gradient vanishes, "
        f"above it explodes; {count(material.runs, 'run')}.",
        reference=1.0,
    )


def experiments_table(material: Material) -> Table | None:
    """A row for each of several experiments: how many runs came out how, how many claims are met. None for one."""
    if len(material.values(NAME)) < 2:
        return None
    found = groups(material.rows, [NAME])
    judged = {one.name: one for one in expected(material)}
    columns = [Column(NAME, "experiment", [group.key[0] for group in found], "spec")]
    columns.append(Column("runs", "runs", sizes(found), "number"))
    for axis, unit in AXES.items():
        counts = [group.verdicts(axis) for group in found]
        for word in VERDICTS:
            cells = [verdicts[word] if verdicts else None for verdicts in counts]
            columns.append(Column(f"{word}.{axis}", f"{word} per {unit}", cells, "number"))
    for word in ("diverged", "failed"):
        columns.append(Column(word, word, [group.status(word) for group in found], "number"))
    columns.append(Column("solved", "solved", [share(group) for group in found], "number"))
    told = [judged.get(group.key[0]) for group in found]
    columns.append(Column("claims.met", "claims met", [one and one.met for one in told], "number"))
    columns.append(Column("claims", "of", [one and len(one.claims) for one in told], "number"))
    columns.append(Column("claims.unknown", "cannot be judged", [one and one.unknown for one in told], "number"))
    notes = ["solved: share of the runs of which it is known"]
    if any(told):
        notes.append("claims: of those under expect; a control arm is not to meet all of them")
    return Table("experiments", count(len(found), "experiment"), telling(columns, (NAME, "runs")), notes)

"""`headline`: the question of a report, the answer in one sentence, and the one figure that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gradx.reporting.elements import Chart, LineChart
from gradx.reporting.runs.asked import unmet
from gradx.reporting.runs.differing import is_missing, is_numeric
from gradx.reporting.runs.groups import AXES, groups
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.runs.outcomes import Outcome
from gradx.reporting.runs.units import UNITS
from gradx.reporting.text import count, spec_texts
from gradx.reporting.views import profiles, training
from gradx.reporting.views.against import against
from gradx.reporting.views.answering import answer
from gradx.reporting.views.choosing import across, beside, matters, outcomes_of, pooled
from gradx.reporting.views.experiments import ranked
from gradx.reporting.views.maps import heat_map, planes
from gradx.reporting.views.picking import MOST

KEY = "headline"  # of the figure
MOST_NAMES = 4  # axes, experiments that the question names


@dataclass(frozen=True)
class Headline:
    """The top of a report.

    Attributes:
        question: one sentence with a question mark.
        answer: one sentence, whose numbers are those of the runs; where the chart that is asked for cannot be
            drawn, why.
        caption: of the figure.
        figure: the chart that shows the answer, under the key `headline`; None where nothing can be drawn.
    """

    question: str
    answer: str
    caption: str = ""
    figure: Chart | None = None


def headline(material: Material) -> Headline:
    """What the spec or the user asks and wants drawn, else what fits the axes. Raises ResultsError."""
    chart = figure(material)
    said = material.presentation.caption or (chart.caption if chart else "")
    shown = replace(chart, key=KEY, caption=said) if chart else None
    missing = unmet(material) or _undrawn(material, chart)
    note = f" Not drawn as asked: {'; '.join(missing)}." if missing else ""
    return Headline(question(material), answer(material) + note, said, shown)


def question(material: Material) -> str:
    """The one that is given, else the claim of the spec, else one about the axes."""
    if material.presentation.question:
        return material.presentation.question
    claim = material.sources[0].spec.get("claim") if len(material.sources) == 1 else None
    if isinstance(claim, Mapping) and claim.get("statement"):
        return f"{str(claim['statement']).rstrip('.?! ')}: is that so?"
    if not material.rows:
        return "What do the runs show?"
    experiments = [str(name) for name in material.values(NAME)]
    if len(experiments) > MOST_NAMES:
        return f"What becomes of the gradient in {count(len(experiments), 'experiment')}?"
    if len(experiments) > 1:
        return f"How do {_listed(experiments)} differ?"
    names = [name for name in material.names if name != NAME]
    if not names:
        return f"Does the gradient of {_network(material.rows[0])} vanish or explode?"
    about = next(iter(outcomes_of(material, 1)), None)
    if about is None:
        return f"Does the gradient depend on {_listed(names)}?"
    return f"How does the {_in_words(about)} depend on {_listed(names)}?"


def figure(material: Material) -> Chart | None:
    """The chart asked for; else of two numeric axes a map, of one or of words a line chart, of none the profile.

    Of few experiments their profiles beside each other, of many what each does to the gradient.
    """
    outcome = next(iter(outcomes_of(material, 1)), None)
    x = across(material, outcome)
    beside_each_other = x == NAME and material.presentation.x is None and len(material.groups) <= MOST
    if beside_each_other and (chart := _profile(material)) is not None:
        return chart
    if outcome is not None and x is not None:
        by = beside(material, x, outcome)
        chart = _map(material, outcome, x, by) or against(material, outcome, x, by)
        if chart is not None:
            return chart
    return ranked(material) or _profile(material)


def _undrawn(material: Material, chart: Chart | None) -> list[str]:
    """Why x or by that are asked for are not drawn, where the runs have them but the result or x is our choice."""
    asked = material.presentation
    if not (asked.x or asked.by) or not material.rows:
        return []
    outcome = next(iter(outcomes_of(material, 1)), None)
    x = across(material, outcome)
    if outcome is None:
        return ["no result differs between runs with the same seed"]
    if x is None:
        return ["no key could be x"]
    if chart is None or chart.x.label != x:
        return [f"the runs with {outcome.key.partition(' ')[0]} do not differ in {x}"]
    return [f"x is {x} already"] if asked.by == x else []


def _map(material: Material, outcome: Outcome, x: str, by: str | None) -> Chart | None:
    """Where nothing else is asked for and both axes are numbers, or lines would mix what a map keeps apart.

    Both must change the result: lines that are alike show nothing.
    """
    asked = material.presentation
    found = [] if asked.x or asked.by else planes(material)
    if not found or not all(matters(material, name, outcome) for name in (found[0].x, found[0].y)):
        return None
    numeric = len(found) == 1 and all(is_numeric(material.values(name)) for name in (found[0].x, found[0].y))
    lines = groups(material.rows, [x, *([by] if by else [])])
    mixed = pooled([group.rows for group in lines], material.names)
    apart = not set(found[0].together).intersection(material.names)
    return heat_map(found[0], outcome) if numeric or (mixed and apart) else None


def _profile(material: Material) -> Chart | None:
    """Along the direction in which something vanishes or explodes, else any; else the course of training."""
    charts = {
        section.key: chart
        for section in profiles.sections(material)
        for chart in reversed(section.elements)
        if isinstance(chart, LineChart)
    }
    troubled = [axis for axis in AXES if _is_troubled(material, axis)]
    for axis in (*troubled, *AXES):
        if f"gradient-{axis}" in charts:
            return charts[f"gradient-{axis}"]
    drawn = (chart for section in training.sections(material) for chart in section.elements)
    return next((chart for chart in drawn if isinstance(chart, LineChart)), None)


def _is_troubled(material: Material, axis: str) -> bool:
    return any(row.get(f"verdict.{axis}") not in (None, "stable") for row in material.rows)


def _in_words(outcome: Outcome) -> str:
    """`share of diverged runs`, `share of runs vanishing per layer`, `growth per layer`."""
    share = outcome.label.removeprefix("share ")
    if share == outcome.label:
        return share
    return f"share of runs {share}" if " " in share else f"share of {share} runs"


def _network(row: Mapping[str, Any]) -> str:
    """`this mlp (tanh, 30 layers)`."""
    facts = [str(row[key]) for key in ("activation",) if not is_missing(row.get(key))]
    for key, unit in (("depth", UNITS["depth"]), ("sequence_length", UNITS["time"])):
        value = row.get(key)
        if isinstance(value, int | float) and not is_missing(value) and value > 1:
            facts.append(f"{spec_texts([value])[0]} {unit}s")
    kind = row.get("architecture")
    return f"this {kind if isinstance(kind, str) else 'network'}" + (f" ({', '.join(facts)})" if facts else "")


def _listed(names: list[str]) -> str:
    """`a, b and c`, and how many more."""
    more = len(names) - MOST_NAMES
    shown = [*names[:MOST_NAMES], f"{count(more, 'more key')}"] if more > 0 else names
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))

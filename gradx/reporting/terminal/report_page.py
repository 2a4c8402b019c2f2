"""`ReportPage`: what `gradx report` prints on a terminal, about one run, one sweep or many experiments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from gradx.reporting.commands import argument, words
from gradx.reporting.elements import HeatMap, LineChart, Table
from gradx.reporting.runs.counts import outcomes, shared
from gradx.reporting.runs.differing import alike, described
from gradx.reporting.runs.expected import Expected, expected
from gradx.reporting.runs.groups import AXES, SEED, Group
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.terminal.claims import claims_section
from gradx.reporting.terminal.element_text import heat_lines, table_lines
from gradx.reporting.terminal.experiments import experiments_section, missed_section
from gradx.reporting.terminal.marginals import marginals_section
from gradx.reporting.terminal.overview import failures_section, maps_section, outcomes_section, table_section
from gradx.reporting.terminal.page import Page
from gradx.reporting.terminal.panel import advice_section, run_section
from gradx.reporting.terminal.sparks import sparks
from gradx.reporting.terminal.sweep_table import sweep_table
from gradx.reporting.text import count
from gradx.reporting.views.effects import unjudged

if TYPE_CHECKING:
    from gradx.reporting.report import Report
    from gradx.reporting.runs.comparison import Comparison
    from gradx.reporting.runs.effects import Effect

ROWS, FEW_ROWS = 40, 10  # of the table of combinations; where not all have room, the axes come one by one
LINES = 8  # of the chart
SIDE = "side"  # the heading of their names
SIDES = ("compared", "contrasts")  # the tables of a comparison that say what it is about
EFFECTS, OF_AN_AXIS = 6, 2  # sentences


@dataclass(frozen=True)
class ReportPage:
    """The page of a report for any width and encoding; print it with `soft_wrap=True`."""

    report: "Report"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.lines(console, options)

    def lines(self, console: Console, options: ConsoleOptions) -> list[Text]:
        """The page as lines, for whoever has to crop it."""
        page = Page(console, options.max_width, options.ascii_only)
        material = self.report.material
        if not material.rows:
            _nothing(page, material)
        elif self.report.comparison is not None:
            _compared(page, self.report, self.report.comparison)
        elif len(material.rows) == 1:
            _run(page, self.report)
        else:
            _runs(page, self.report)
        return page.lines


def standing(material: Material) -> str:
    """How many runs there are, of how many: `37 of 100 points`, `12 of 90 runs` under a filter, `25 runs`."""
    here, planned = material.runs, material.planned
    several = f", {more}" if (more := shared(material.rows)) else ""
    if material.where is not None:
        return f"{here:,} of {count(material.total, 'run')}{several}, where {material.where}"
    if planned is not None and here < planned:
        return f"{here:,} of {count(planned, 'point')}{several}"
    return f"{count(here, 'run')}{several}"


def _nothing(page: Page, material: Material) -> None:
    where = ", ".join(map(str, material.paths))
    if material.where is not None and material.total:
        page.prose([("no runs", "bold"), (f" in {where}, where {material.where}", "")])
        having = f"; {material.having}" if material.having else ""
        page.prose([(f"Without the filter there are {count(material.total, 'run')}{having}.", "")])
        return
    begun = [source for source in material.sources if source.planned]
    if begun:
        points = count(sum(source.planned or 0 for source in begun), "point")
        working = f", {busy:,} in work" if (busy := material.busy()) else ""
        page.prose([("no run has finished yet", "bold"), (f" in {where}: 0 of {points}{working}", "")])
        return
    page.prose([("no runs", "bold"), (f" in {where}", "")])
    if material.sources:
        return
    if configs := sorted(path for folder in material.paths for path in folder.glob("**/[!.]*.y*ml")):
        page.prose([("It holds no results. Did you mean to run what it holds?", "")])
        page.command(("gradx", "run", argument(configs[0])), indent=2)
    else:
        page.prose([("Make one:", "")])
        page.command(("gradx", "run", "CONFIG", "--results", argument(material.paths[0])), indent=2)


def _run(page: Page, report: "Report") -> None:
    material, row = report.material, report.material.rows[0]
    run_section(page, row, material.trace([str(row["run"])]))
    _claims(page, expected(material))
    source = next(each for each in material.sources if row["run"] in each.runs)
    page.heading("Results")
    page.verbatim([str(source.path)], indent=2)
    page.heading("What to do next")
    if source.planned == 1 and material.where is None:
        advice_section(page, row, argument(source.results.paths.spec), ())
    _html(page, material)


def _runs(page: Page, report: "Report") -> None:
    material = report.material
    several = NAME in material.names
    _title(page, material)
    outcomes_section(page, material.rows)
    _answer(page, report)
    claims = expected(material)
    _effects(page, report)
    if several:
        experiments_section(page, material, claims)
    else:
        many = len(material.groups) > ROWS
        if not isinstance(report.headline.figure, HeatMap):
            maps_section(page, material.groups, material.names)
        if many:
            marginals_section(page, material)
        table_section(page, material.groups, material.names, FEW_ROWS if many else ROWS)
    if several:
        missed_section(page, claims)
    else:
        _claims(page, claims)
    failures_section(page, material.rows, material.names)
    _next(page, material)


def _compared(page: Page, report: "Report", comparison: "Comparison") -> None:
    page.prose([(" and ".join(side.label for side in comparison.sides), "bold")])
    _answer(page, report)
    _sides(page, comparison)
    for element in (each for section in report.sections for each in section.elements):
        if isinstance(element, Table) and element.key in SIDES:
            page.heading(element.title)
            table_lines(page, element, indent=2)
    _effects(page, report)
    failures_section(page, report.material.rows, report.material.names)
    page.heading("What to do next")
    _html(page, report.material)


def _sides(page: Page, comparison: "Comparison") -> None:
    """A row for each side: verdicts, growth, loss, metric."""
    found = [Group((side.label,), side.rows) for side in comparison.sides if side.rows]
    if not found:
        return
    columns, notes = sweep_table(found, [SIDE])
    page.heading("Each side")
    left_out = page.table(columns, indent=2)
    for note in notes(left_out):
        page.prose([(note, "dim")], indent=2, hang=2)


def _title(page: Page, material: Material) -> None:
    names = list(dict.fromkeys(str(row.get(NAME)) for row in material.rows))
    title = names[0] if len(names) == 1 else count(len(names), "experiment")
    page.prose([(title, "bold"), (f"  {standing(material)}", "")])
    shared = {key: value for key, value in alike(material.columns).items() if key != SEED}
    if text := described(shared, ["steps"]):
        page.prose([(f"all: {text}", "dim")])


def _answer(page: Page, report: "Report") -> None:
    """Question, answer, and the first figure as lines of blocks."""
    headline = report.headline
    page.heading(headline.question)
    page.prose([(headline.answer, "")])
    figure = headline.figure
    if isinstance(figure, HeatMap):
        page.blank()
        page.prose([(figure.title, "bold")], indent=2)
        heat_lines(page, figure, indent=2)
    elif isinstance(figure, LineChart):
        drawn = sparks(figure, LINES, page.width - 2, page.ascii_only)
        if drawn is not None:
            page.blank()
            page.table(drawn.columns, indent=2)
            page.prose([(drawn.note, "dim")], indent=2, hang=2)


def _effects(page: Page, report: "Report") -> None:
    found = report.effects
    if not found:
        return
    beyond = [effect for effect in found if effect.beyond_noise]
    judged = sum(effect.beyond_noise is not None for effect in found)
    note = f"{len(beyond):,} of {count(judged, 'comparison')} beyond noise{unjudged(found)}"
    alike = all(effect.difference.same for effect in found)
    none = "all exactly the same" if alike else "none can be judged"
    page.heading("What makes a difference", note if judged else f"{count(len(found), 'comparison')}, {none}")
    if not beyond:
        known = judged > 0 or alike
        several = any(effect.difference.seeds > 1 for effect in found)
        reason = "values are not finite, or too few seeds" if several else "that takes the same runs with several seeds"
        why = "nothing that is beyond noise" if known else f"unknown: {reason}"
        page.prose([(why, "")], indent=2)
    shown = _telling(beyond)
    pairs = {(effect.before, effect.after) for effect in shown if not effect.axis}
    if once := len(pairs) == 1:
        page.prose([(f"{shown[0].after} instead of {shown[0].before}:", "")], indent=2)
    for effect in shown:
        page.prose([(effect.difference.sentence if once else effect.sentence(), "")], indent=2 + 2 * once, hang=2)
    if len(beyond) > len(shown):
        page.prose([(f"… {len(beyond) - len(shown):,} more: --html and --markdown have all", "dim")], indent=2)


def _telling(found: "Sequence[Effect]") -> "list[Effect]":
    """The first of them, with no more than a few of one axis."""
    times: Counter[str] = Counter()
    shown = []
    for effect in found:
        times[effect.axis] += 1
        if times[effect.axis] <= OF_AN_AXIS or not effect.axis:
            shown.append(effect)
    return shown[:EFFECTS]


def _claims(page: Page, claims: Sequence[Expected]) -> None:
    for one in claims:
        claims_section(page, one.claims, one.row)
        if one.control:
            page.prose([("the control arm of a claim: it is not to meet all of them", "dim")], indent=2)


def _next(page: Page, material: Material) -> None:
    page.heading("What to do next")
    statuses = outcomes(material.rows).get("runs", Counter[str]())
    if material.planned is not None and material.runs < material.planned:
        page.prose([("See it grow:", "")], indent=2)
        page.command(words(material, "--watch"), indent=4)
    if statuses["failed"]:
        page.prose([("The command that made them runs those that failed again, and only those.", "")], indent=2)
    chosen = _picked(material.rows)
    if chosen is not None:
        word, unit, where = chosen
        both = f"({material.where}) and {where}" if material.where else where
        page.prose([(f"Those that are {word} per {unit}:", "")], indent=2)
        page.command(words(material, where=both), indent=4)
    _html(page, material)


def _picked(rows: Sequence[Mapping[str, Any]]) -> tuple[str, str, str] | None:
    """A verdict that some of the runs have and others have not, with its unit and filter."""
    for word in ("exploding", "vanishing", "diverged"):
        for axis, unit in AXES.items():
            has = [row.get(f"verdict.{axis}") == word for row in rows]
            if any(has) and not all(has):
                return word, unit, f"verdict.{axis} == {word}"
    return None


def _html(page: Page, material: Material) -> None:
    page.prose([("All of it as one page for a browser, with every figure and run:", "")], indent=2)
    page.command(words(material, "--html", "report.html"), indent=4)

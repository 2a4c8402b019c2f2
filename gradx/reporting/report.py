"""`report` and `compare`: results as a `Report`, which shows itself, writes itself, and gives figures and tables."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gradx.base.errors import Problem, SpecError
from gradx.base.presentation import Presentation
from gradx.reporting.elements import Chart, HeatMap, LineChart, Section, Table
from gradx.reporting.encoding import encoded
from gradx.reporting.runs.counts import outcomes
from gradx.reporting.runs.expected import expected
from gradx.reporting.runs.material import Material, material

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import Console, ConsoleOptions, RenderResult

    from gradx.reporting.runs.comparison import Comparison
    from gradx.reporting.runs.effects import Effect
    from gradx.reporting.views.headline import Headline

T = TypeVar("T")


def report(
    *paths: str | Path,
    where: str | None = None,
    by: str | None = None,
    x: str | None = None,
    y: str | None = None,
) -> "Report":
    """What there is to say about the runs in and under some directories, as text, page, figures and tables.

        made = gradx.report("results/grid", where="depth >= 20", by="activation")
        made.figures["against-growth-depth"]        a matplotlib Figure
        made.tables["points"]                       a DataFrame
        made.save("grid.html")

    Args:
        paths: results directories, or directories that hold some.
        where: a filter: only runs of which it is true.
        by: the key whose values are compared, with a line for each.
        x: the key that goes across.
        y: the result that goes up: growth.depth, loss.final, solved ...

    Raises:
        SpecError: a path is no directory, a filter or a key is wrong; all mistakes at once.
        ResultsError: the results cannot be read.
    """
    return Report(material(_given(paths), where, Presentation(by=by, x=x, y=y)))


def compare(*paths: str | Path, where: str | None = None) -> "Report":
    """What differs between the runs of two or more directories, paired by their specs. Raises as `report`."""
    from gradx.reporting.runs.comparison import compared

    made = replace(material(_given(paths), where), verb="compare")
    return Report(made, compared(made))


@dataclass(frozen=True, repr=False)
class Report:
    """The results of one run or many; made by `gradx.report` and `gradx.compare`.

    In a notebook and on a terminal of rich it shows itself. Figures are drawn when they are asked for.

    Attributes:
        material: the runs that it is about.
        comparison: of the directories with each other, if that was asked for.
    """

    material: Material
    comparison: "Comparison | None" = None

    @cached_property
    def headline(self) -> "Headline":
        """Question, answer, caption and first figure."""
        if self.comparison is not None:
            from gradx.reporting.views import headline_compared

            return headline_compared.headline(self.comparison, self.sections)
        from gradx.reporting.views.headline import headline

        return headline(self.material)

    @cached_property
    def effects(self) -> "Sequence[Effect]":
        """The differences between values of the axes, or between the sides of a comparison, the strongest first."""
        if self.comparison is not None:
            return self.comparison.effects
        from gradx.reporting.runs.effects import effects

        return effects(self.material)

    @cached_property
    def sections(self) -> list[Section]:
        """Charts and tables as plain data, under their headings."""
        if self.comparison is not None:
            from gradx.reporting.views import compared, points

            return [*compared.sections(self.comparison), *points.sections(self.material)]
        from gradx.reporting.views import sections

        return sections(self.material)

    @cached_property
    def runs(self) -> "pd.DataFrame":
        """One row for each run, with every key of its spec and every result. pandas shows what is missing as NaN."""
        import pandas as pd

        return pd.DataFrame(self.material.columns)

    @cached_property
    def figures(self) -> Mapping[str, "Figure"]:
        """matplotlib figures by their key, which is also the name of their file; each is drawn when it is asked for."""
        return _Made({key: partial(_drawn, chart) for key, chart in self._charts().items()})

    @cached_property
    def tables(self) -> Mapping[str, "pd.DataFrame"]:
        """The tables by their key; columns have the names that programs know."""
        found = {table.key: table for table in self._elements() if isinstance(table, Table)}
        return _Made({key: partial(_frame, table) for key, table in found.items()})

    def html(self, live: bool = False) -> str:
        """One page for a browser that needs nothing else.

        Args:
            live: whether it asks the server that it came from for news.
        """
        from gradx.reporting.html.render import render
        from gradx.reporting.views.single import panels

        return render(self.headline, self.sections, self.material, partial(panels, self.material), live)

    def markdown(self, figures: Mapping[str, str] | None = None) -> str:
        """Text with tables, and with figures where their files are given.

        Args:
            figures: paths of the files by the keys of `figures`, relative to the text.
        """
        from gradx.reporting.commands import command
        from gradx.reporting.documents.markdown import markdown

        again = command(self.material, "--markdown", "report.md", *(["--figures", "figures"] if figures else []))
        return markdown(self.headline, self.sections, figures, [again])

    def csv(self) -> str:
        """The runs as a table for spreadsheets: a row for each."""
        from gradx.reporting.documents.spreadsheet import spreadsheet

        return spreadsheet(self.material.rows)

    def json(self) -> str:
        """All that it says as one JSON object in a line; null is missing, inf and nan are texts."""
        return json.dumps(self.data(), allow_nan=False)

    def data(self) -> dict[str, Any]:
        """The same as plain data."""
        made = self.material
        claims = [
            {"experiment": one.name, "claim": claim, "met": met, "note": note, "control": one.control}
            for one in expected(made)
            for claim, met, note in one.claims
        ]
        return {
            "question": self.headline.question,
            "answer": self.headline.answer,
            "runs": made.runs,
            "total": made.total,
            "planned": made.planned,
            "where": made.where,
            "axes": made.names,
            "outcomes": {words.replace(" ", "_"): dict(counts) for words, counts in outcomes(made.rows).items()},
            "expect": claims,
            "effects": [{**encoded(effect), "sentence": effect.sentence()} for effect in self.effects],
            "sections": encoded(self.sections),
        }

    def save(self, path: str | Path) -> None:
        """Write the report to a file: a page, Markdown, CSV or JSON by its ending. Raises SpecError, ResultsError."""
        from gradx.reporting.documents.files import written

        makers: dict[str, Callable[[], str]] = {
            ".html": self.html,
            ".md": self.markdown,
            ".csv": self.csv,
            ".json": self.json,
        }
        where = Path(path)
        if where.suffix not in makers:
            raise SpecError([Problem(f"{where.name} must end in {', '.join(makers)}")])
        written(where, makers[where.suffix]())

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from gradx.reporting.terminal.report_page import ReportPage

        yield ReportPage(self)

    def _repr_html_(self) -> str:
        from gradx.reporting.notebook import notebook

        return notebook(self)

    def __repr__(self) -> str:
        from gradx.reporting.terminal.report_page import standing
        from gradx.reporting.text import shown

        return shown(f"<Report: {standing(self.material)} in {', '.join(map(str, self.material.paths))}>")

    def _elements(self) -> Iterator[Chart | Table]:
        if self.headline.figure is not None:
            yield self.headline.figure
        for section in self.sections:
            yield from section.elements

    def _charts(self) -> dict[str, Chart]:
        return {chart.key: chart for chart in self._elements() if isinstance(chart, LineChart | HeatMap)}


class _Made(Mapping[str, T]):
    """Things that are made when they are asked for, and then kept."""

    def __init__(self, makers: Mapping[str, Callable[[], T]]) -> None:
        self._makers = makers
        self._made: dict[str, T] = {}

    def __getitem__(self, key: str) -> T:
        if key not in self._made:
            self._made[key] = self._makers[key]()
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __repr__(self) -> str:
        return f"<{', '.join(self) or 'nothing'}>"


def _given(paths: Sequence[str | Path]) -> list[Path]:
    if not paths:
        raise SpecError("give at least one results directory")
    return [Path(path) for path in paths]


def _drawn(chart: Chart) -> "Figure":
    from gradx.reporting.drawing import figure

    return figure(chart)


def _frame(table: Table) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({column.key: list(column.values) for column in table.columns})

"""The commands that show results: `gradx report` and `gradx compare`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gradx.cli.options import Json, Where

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Results directories, or folders that hold some.", show_default=False),
]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write one page for a browser there; - for stdout.")]
Markdown = Annotated[Path | None, typer.Option(metavar="FILE", help="Write Markdown there; - for stdout.")]
Csv = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a row for each run there; - for stdout.")]
Figures = Annotated[Path | None, typer.Option(metavar="DIR", help="Write each figure there, by its name.")]
Format = Annotated[str | None, typer.Option("--format", help="Of the figures: svg (if not said), pdf or png.")]


def report(
    paths: Paths,
    html: Html = None,
    markdown: Markdown = None,
    csv: Csv = None,
    figures: Figures = None,
    format_: Format = None,
    where: Where = None,
    by: Annotated[str | None, typer.Option(metavar="KEY", help="What is compared: a line for each value.")] = None,
    x: Annotated[str | None, typer.Option(metavar="KEY", help="What goes across: depth, init.gain ...")] = None,
    y: Annotated[str | None, typer.Option(metavar="RESULT", help="What goes up: growth.depth, loss.final ...")] = None,
    as_json: Json = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show the page to this machine's browsers; it follows a running sweep.")
    ] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Of --serve; by default a free one.")] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Draw it again every 2 seconds until the sweep is done; Ctrl-C ends it."),
    ] = False,
) -> None:
    """Show what one run, a sweep or many of them came to.

    With no option on the terminal; otherwise only what is asked for is written. It reads results and never changes
    them; --watch prints once where there is no terminal. Exit code: 0, 1 results cannot be read or a file cannot be
    written, 2 wrong input, 130 interrupted.
    """
    from gradx.base.errors import Problem
    from gradx.reporting.outputs import Outputs, show
    from gradx.reporting.report import report as make

    asked: dict[str, Any] = {"where": where, "by": by, "x": x, "y": y}
    wanted = Outputs(html, markdown, csv, figures, format_, as_json)
    live = [name for name, given in (("--serve", serve), ("--watch", watch)) if given]
    problems = []
    if live and len([*live, *wanted.options]) > 1:
        problems.append(Problem(f"{live[0]} cannot go with {', '.join([*live[1:], *wanted.options])}"))
    if port is not None and not serve:
        problems.append(Problem("is about --serve", source="--port"))
    made = wanted.checked(lambda: make(*paths, **asked), problems)
    if serve:
        from gradx.reporting.serve import serve as serve_
        from gradx.reporting.serve import stamp

        serve_(lambda: make(*paths, **asked).html(live=True), lambda: stamp(paths), port or 0)
    elif watch:
        from gradx.reporting.watch import watch as watch_

        watch_(lambda: make(*paths, **asked))
    else:
        show(made, wanted)


def compare(
    paths: Paths,
    html: Html = None,
    markdown: Markdown = None,
    csv: Csv = None,
    figures: Figures = None,
    format_: Format = None,
    where: Where = None,
    as_json: Json = False,
) -> None:
    """Compare experiments, by pairs of runs that are alike.

    Two directories or more: the others are compared with the first. Pairs have the same spec but for what makes the
    directories differ. Exit code: as of report.
    """
    from gradx.reporting.outputs import Outputs, show
    from gradx.reporting.report import compare as make

    wanted = Outputs(html, markdown, csv, figures, format_, as_json)
    show(wanted.checked(lambda: make(*paths, where=where)), wanted)

"""The commands that look at what there is: runs, parts, the schema; and those that tidy up."""

from pathlib import Path
from typing import Annotated

import typer

from gradx.cli.options import Directory, Where


def list_(
    what: Annotated[
        str, typer.Argument(help="models, tasks, activations, inits, optimizers, clipping, ... or runs.")
    ] = "",
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="Of runs: where to look, instead of --results.")
    ] = None,
    results: Directory = Path("results"),
    where: Where = None,
    sort: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="A column to sort runs by; -COLUMN: largest first.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="How many runs at most; 0: all.")] = None,
) -> None:
    """List the parts of each family, or the runs."""
    from gradx.reporting.terminal import printing

    if what == "runs":
        printing.show_runs(path or results, where, sort, limit)
    else:
        from gradx import api

        printing.show_families(api.families(what))


def remove(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A results directory.")],
    runs: Annotated[list[str] | None, typer.Argument(metavar="RUN", help="Run ids.")] = None,
    where: Where = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove runs and their traces."""
    from gradx import api

    found = api.chosen(path, runs or [], where)
    if len(found) and not yes:
        typer.confirm(f"Remove {len(found)} of the runs in {path}, with their traces?", abort=True)
    api.remove(found)
    typer.echo(f"removed {len(found)} run{'' if len(found) == 1 else 's'} from {path}")


def compact_(paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Results directories.")]) -> None:
    """Put the many small files of a results directory into few.

    Nothing is lost, also when it is killed.
    """
    from gradx.api import compact

    for path in paths:
        before, after = compact(path)
        typer.echo(f"{path}: {before} files into {after}")


def explain(
    kind: Annotated[str, typer.Argument(help="A kind, such as lstm, adding, grad_norm; or solved, growth, verdict.")],
) -> None:
    """Explain a part, or a result such as solved.

    Formula, fields, reference; of solved the score of each task from which it counts.
    """
    from gradx import api
    from gradx.reporting.terminal import printing

    if (meaning := api.meaning(kind)) is not None:
        printing.show_text(kind, meaning)
        return
    printing.show_parts(api.explain(kind))


def schema() -> None:
    """Print the JSON schema of an experiment.

    With it, editors complete and check the YAML.
    """
    import json

    from gradx import api

    typer.echo(json.dumps(api.schema(), indent=2, allow_nan=False))

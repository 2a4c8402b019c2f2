"""The command line: parse, call `gradx.api`, print. Whatever takes long to import is imported inside the commands."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gradx.api import Run

INTERRUPTED = 130

app = typer.Typer(
    name="gradx",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Reproduce vanishing and exploding gradients, measure them right, and say why a network does not train.\n\n"
    "Start: gradx run configs/sigmoid_vanishes.yaml",
)

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML experiment.", show_default=False)]
Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="PATH=VALUE", help="Changes to it: depth=50 init.gain=1.2")
]
Directory = Annotated[Path, typer.Option("--results", metavar="DIR", help="Where results lie, a folder for each name.")]


def _version(asked: bool) -> None:
    if asked:
        from gradx import __version__

        typer.echo(f"gradx {__version__}")
        raise typer.Exit


@app.callback(epilog="Example: gradx run configs/sigmoid_vanishes.yaml depth=10")
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


@app.command(epilog="Example: gradx run configs/rnn_explodes.yaml clipping=norm seed=1")
def run(
    config: Config,
    overrides: Overrides = None,
    results: Directory = Path("results"),
    device: Annotated[str, typer.Option(help="auto (CUDA if there is one), cpu, or cuda.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no panel: one line.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run again what is in the results already.")] = False,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="A few small steps, for your CI, in DIR/.smoke; claims are not judged.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 where a claim of `expect:` is not met.")
    ] = False,
) -> None:
    """Train an experiment and judge its gradients.

    What is in the results already is not repeated. Exit code: 0 finished or diverged (divergence is a result),
    1 failed, 2 wrong input, 130 interrupted.
    """
    from gradx import api
    from gradx.reporting.progress import watching

    with watching(quiet=quiet or as_json) as progress:
        done = api.run(
            config, overrides or [], results=results, device=device, force=force, smoke=smoke, progress=progress
        )
    kept = [*(overrides or []), *(["--results", str(results)] if results != Path("results") else [])]
    _show(done, config, kept, as_json, quiet or smoke)
    missed = strict and any(met is not True for _, met, _ in done.claims)
    raise typer.Exit(1 if done.status == "failed" or missed else 0)


@app.command(epilog="Example: gradx check configs/lstm_learns_adding.yaml sequence_length=200")
def check(config: Config, overrides: Overrides = None) -> None:
    """Check an experiment and what it costs; run nothing.

    Prints the experiment resolved, with every default written out: YAML that `gradx run` takes.
    """
    from gradx import api
    from gradx.driver import spec_yaml
    from gradx.reporting.text import duration, magnitude

    experiment, cost = api.check(config, overrides or [])
    typer.echo(spec_yaml(experiment).rstrip())
    typer.echo(f"\n# run         {experiment.run}")
    typer.echo(f"# parameters  {cost.parameters:,}")
    typer.echo(f"# memory      about {magnitude(cost.memory)}B, besides torch itself")
    typer.echo(f"# time        about {duration(cost.seconds)} on one CPU core")


@app.command("ls", epilog="Examples: gradx ls activations; gradx ls runs --results results")
def list_(
    what: Annotated[
        str, typer.Argument(help="models, tasks, activations, inits, optimizers, clipping, ... or runs.")
    ] = "",
    results: Directory = Path("results"),
) -> None:
    """List the parts of each family, or the runs."""
    from gradx.reporting import terminal

    if what == "runs":
        terminal.show_runs(results)
    else:
        from gradx import api

        terminal.show_families(api.families(what))


@app.command(epilog="Example: gradx explain lstm")
def explain(
    kind: Annotated[str, typer.Argument(help="A kind, such as lstm, kaiming_normal, adding, grad_norm.")],
) -> None:
    """Explain a part: formula, fields, reference."""
    from gradx import api
    from gradx.reporting import terminal

    terminal.show_parts(api.explain(kind))


@app.command(epilog="Example: gradx schema > configs/schema.json")
def schema() -> None:
    """Print the JSON schema of an experiment.

    With it, editors complete and check the YAML.
    """
    import json

    from gradx import api

    typer.echo(json.dumps(api.schema(), indent=2, allow_nan=False))


def main() -> None:
    """The entry point: errors that gradx can name become one message and an exit code, an interrupt becomes 130."""
    from gradx.base.errors import GradxError

    try:
        app()
    except GradxError as error:
        typer.echo(f"gradx: {error}" if "\n" not in str(error) else str(error), err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # the output: a full disk, say; the store and the readers name theirs
        typer.echo(f"gradx: {error}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as stop:  # Typer makes an exit with code 130 of an interrupt, and is silent
        if isinstance(stop, SystemExit) and stop.code != INTERRUPTED:
            raise
        typer.echo("gradx: interrupted; what was written is kept, the same command runs it again", err=True)
        sys.exit(INTERRUPTED)


def _show(done: "Run", config: Path, overrides: list[str], as_json: bool, quiet: bool) -> None:
    from gradx.reporting import terminal

    if as_json:
        terminal.show_json(done)
    elif quiet:
        terminal.show_line(done)
    else:
        terminal.show_panel(done, config, overrides)

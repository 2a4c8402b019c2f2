"""The command line: parse, call `gradx.api`, print. Whatever takes long to import is imported inside the commands."""

import sys
from typing import Annotated

import typer

from gradx.cli import browsing, judging, reporting, training

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


app.command(epilog="Example: gradx run configs/rnn_explodes.yaml clipping=norm seed=1")(training.run)
app.command(
    epilog="Examples: gradx sweep configs/sweeps/gain_by_depth.yaml --dry-run; "
    "gradx sweep configs/rnn_explodes.yaml seed=0,1,2 clipping=none,norm"
)(training.sweep)
app.command(epilog="Example: gradx claims configs/causes --markdown claims.md")(judging.claims)
app.command(epilog="Example: gradx check configs/lstm_learns_adding.yaml sequence_length=200")(training.check)
app.command(
    epilog="Examples: gradx report results/grid --by activation --html grid.html; "
    "gradx report results --where 'verdict.depth == vanishing'"
)(reporting.report)
app.command(epilog="Example: gradx compare results/plain results/clipped --html compared.html")(reporting.compare)
app.command(
    "ls", epilog="Examples: gradx ls inits; gradx ls runs results/grid --where 'depth >= 20' --sort growth.depth"
)(browsing.list_)
app.command("rm", epilog="Example: gradx rm results/grid --where \"status == 'failed'\"")(browsing.remove)
app.command("compact", epilog="Example: gradx compact results/grid")(browsing.compact_)
app.command(epilog="Example: gradx explain lstm")(browsing.explain)
app.command(epilog="Example: gradx schema > configs/schema.json")(browsing.schema)


def main() -> None:
    """The entry point: errors that gradx can name become one message and an exit code, an interrupt becomes 130."""
    from gradx.base.errors import GradxError

    try:
        app()
    except GradxError as error:
        text = _safe(error)
        typer.echo(f"gradx: {text}" if "\n" not in text else text, err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # the output: a full disk, say; the store and the readers name theirs
        typer.echo(f"gradx: {_safe(error)}", err=True)
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as stop:  # Typer makes an exit with code 130 of an interrupt, and is silent
        if isinstance(stop, SystemExit) and stop.code != INTERRUPTED:
            raise
        trains = sys.argv[1:2] not in (["report"], ["compare"])
        kept = "; what is finished is kept, the same command goes on from there" if trains else ""
        typer.echo(f"gradx: interrupted{kept}", err=True)
        sys.exit(INTERRUPTED)


def _safe(error: Exception) -> str:
    """What it says, with nothing that a terminal could act on: it may name a file."""
    from gradx.base.document import visible

    return "\n".join(map(visible, str(error).split("\n")))

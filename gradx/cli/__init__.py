"""The command line: parse, call `gradx.api`, print. Whatever takes long to import is imported inside the commands."""

import sys
from functools import partial
from typing import Annotated

import typer

from gradx.cli import browsing, judging, reporting, training
from gradx.cli.command import Command

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


command = partial(app.command, cls=Command)


def _examples(*commands: str) -> str:
    """As the last lines of a help text, each in a line of its own, to be copied."""
    return "\n".join(["\b", "Example:" if len(commands) == 1 else "Examples:", *(f"  {each}" for each in commands)])


command(epilog=_examples("gradx run configs/rnn_explodes.yaml clipping=norm seed=1"))(training.run)
command(
    epilog=_examples(
        "gradx sweep configs/sweeps/gain_by_depth.yaml --dry-run",
        "gradx sweep configs/rnn_explodes.yaml seed=0,1,2 clipping=none,norm",
    )
)(training.sweep)
command(epilog=_examples("gradx claims configs/causes --markdown claims.md"))(judging.claims)
command(epilog=_examples("gradx check configs/lstm_learns_adding.yaml sequence_length=200"))(training.check)
command(
    epilog=_examples(
        "gradx report results/activation_by_init --by activation --html init.html",
        "gradx report results --where 'verdict.depth == vanishing'",
    )
)(reporting.report)
command(epilog=_examples("gradx compare results/clip_by_norm results/clip_by_norm-control"))(reporting.compare)
command(
    "ls",
    epilog=_examples("gradx ls inits", "gradx ls runs results/gain_by_depth --where 'depth > 10' --sort growth.depth"),
)(browsing.list_)
command("rm", epilog=_examples("gradx rm results/gain_by_depth --where \"status == 'failed'\""))(browsing.remove)
command("compact", epilog=_examples("gradx compact results/gain_by_depth"))(browsing.compact_)
command(epilog=_examples("gradx explain lstm"))(browsing.explain)
command(epilog=_examples("gradx schema > configs/schema.json"))(browsing.schema)


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

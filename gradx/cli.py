"""The command line: parse, call `gradx.api`, print. Whatever takes long to import is imported inside the commands."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
Where = Annotated[
    str | None,
    typer.Option(metavar="FILTER", help='Only runs of which it is true: "depth >= 20 and activation == tanh".'),
]
Device = Annotated[str, typer.Option(help="auto (CUDA if there is one), cpu, or cuda.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no panel: one line.")]
Force = Annotated[bool, typer.Option("--force", help="Run again what is in the results already.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit code 1 where a claim of `expect:` is not met.")]
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
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="A few small steps, for your CI, in DIR/.smoke; claims are not judged.")
    ] = False,
    strict: Strict = False,
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


@app.command(
    epilog="Examples: gradx sweep configs/sweeps/gain_by_depth.yaml --dry-run; "
    "gradx sweep configs/rnn_explodes.yaml seed=0,1,2 clipping=none,norm"
)
def sweep(
    config: Config,
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH=VALUES", help="Axes and changes: seed=0,1,2 init.gain={linspace: [0.5, 2, 7]}"),
    ] = None,
    results: Directory = Path("results"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and what it will cost; run nothing.")
    ] = False,
    executor: Annotated[
        str, typer.Option(help="inline, pool (processes here), slurm, ray; auto: a pool where it pays.")
    ] = "auto",
    workers: Annotated[int | None, typer.Option(help="Jobs at a time; by default one for each core, or GPU.")] = None,
    members: Annotated[
        int | None, typer.Option(help="Experiments trained together at most; by default what is fastest here.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds after which a job counts as failed (pool, ray).")
    ] = None,
    max_failures: Annotated[int | None, typer.Option(help="Stop after that many failed runs.")] = None,
    slurm: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="An option of sbatch: --slurm partition=gpu --slurm time=60"),
    ] = None,
    address: Annotated[str | None, typer.Option(help="Of a running Ray cluster.")] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="One point of each shape, a few small steps, in DIR/.smoke; no claims.")
    ] = False,
    strict: Strict = False,
) -> None:
    """Run every point of a grid that is not in the results yet.

    The file's `sweep:` block names the axes, and so does PATH=V1,V2. The same command goes on where it was stopped.
    Exit code: 0 finished or diverged, 1 some failed, 2 wrong input, 130 interrupted.
    """
    from gradx import api
    from gradx.reporting import sweep as pages
    from gradx.reporting.progress import sweeping

    where = api.Placement(executor, workers, device, timeout, api.pairs(slurm or []), address)
    shared: dict[str, Any] = {
        "results": results,
        "placement": where,
        "members": members,
        "force": force,
        "smoke": smoke,
    }
    if dry_run:
        pages.show_plan(api.planned(config, overrides or [], **shared), as_json)
        return
    with sweeping(quiet=quiet or as_json) as progress:
        done = api.sweep(config, overrides or [], **shared, max_failures=max_failures, progress=progress)
    if as_json:
        pages.show_sweep_json(done)
    elif quiet:
        pages.show_sweep_line(done)
    else:
        pages.show_sweep(done)
    if done.left:
        typer.echo(
            f"gradx: stopped after {done.failed} failed runs; {done.left} of {done.points} were not tried", err=True
        )
    missed = strict and any(met is not True for _, met, _ in done.claims)
    raise typer.Exit(1 if done.failed or missed else 0)


@app.command(epilog="Example: gradx check configs/lstm_learns_adding.yaml sequence_length=200")
def check(config: Config, overrides: Overrides = None, results: Directory = Path("results")) -> None:
    """Check an experiment or a sweep and what it costs; run nothing.

    Prints the experiment resolved, with every default written out: YAML that `gradx run` takes. Of a sweep it prints
    the plan: axes, points, cohorts, cost.
    """
    from gradx import api
    from gradx.base.written import written
    from gradx.reporting.text import duration, magnitude

    plan = api.planned(config, overrides or [], results=results)
    if plan.axes:
        from gradx.reporting.sweep import show_plan

        show_plan(plan)
        return
    experiment, cost = api.check(config, overrides or [])
    typer.echo(written(experiment.resolved()).rstrip())
    typer.echo(f"\n# run         {experiment.run}")
    typer.echo(f"# parameters  {cost.parameters:,}")
    typer.echo(f"# memory      about {magnitude(cost.memory)}B, besides torch itself")
    typer.echo(f"# time        about {duration(cost.seconds)} on one CPU core")


@app.command(
    "ls", epilog="Examples: gradx ls inits; gradx ls runs results/grid --where 'depth >= 20' --sort growth.depth"
)
def list_(
    what: Annotated[
        str, typer.Argument(help="models, tasks, activations, inits, optimizers, clipping, ... or runs.")
    ] = "",
    path: Annotated[Path | None, typer.Argument(help="Of runs: where to look, instead of --results.")] = None,
    results: Directory = Path("results"),
    where: Where = None,
    sort: Annotated[str | None, typer.Option(help="A column to sort runs by; -COLUMN: largest first.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="How many runs at most; 0: all.")] = None,
) -> None:
    """List the parts of each family, or the runs."""
    from gradx.reporting import terminal

    if what == "runs":
        terminal.show_runs(path or results, where, sort, limit)
    else:
        from gradx import api

        terminal.show_families(api.families(what))


@app.command("rm", epilog="Example: gradx rm results/grid --where \"status == 'failed'\"")
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


@app.command("compact", epilog="Example: gradx compact results/grid")
def compact_(paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Results directories.")]) -> None:
    """Put the many small files of a results directory into few.

    Nothing is lost, also when it is killed.
    """
    from gradx.api import compact

    for path in paths:
        before, after = compact(path)
        typer.echo(f"{path}: {before} files into {after}")


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
        typer.echo("gradx: interrupted; what is finished is kept, the same command goes on from there", err=True)
        sys.exit(INTERRUPTED)


def _show(done: "Run", config: Path, overrides: list[str], as_json: bool, quiet: bool) -> None:
    from gradx.reporting import terminal

    if as_json:
        terminal.show_json(done)
    elif quiet:
        terminal.show_line(done)
    else:
        terminal.show_panel(done, config, overrides)

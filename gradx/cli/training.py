"""The commands that train, or say what training will cost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradx.cli.options import Config, Control, Device, Directory, Force, Json, Overrides, Quiet, Strict

if TYPE_CHECKING:
    from gradx.api import Run


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
    control: Control = False,
    strict: Strict = False,
) -> None:
    """Train an experiment and judge its gradients.

    What is in the results already is not repeated. Exit code: 0 finished or diverged (divergence is a result),
    1 failed, 2 wrong input, 130 interrupted.
    """
    from gradx import api
    from gradx.reporting.terminal.progress import watching

    given: dict[str, Any] = {"device": device, "force": force, "smoke": smoke, "control": control}
    with watching(quiet=quiet or as_json) as progress:
        done = api.run(config, overrides or [], results=results, **given, progress=progress)
    kept = [*(overrides or []), *(["--control"] if control else [])]
    kept += ["--results", str(results)] if results != Path("results") else []
    _show(done, config, kept, as_json, quiet or smoke)
    missed = strict and any(met is not True for _, met, _ in done.claims)
    raise typer.Exit(1 if done.status == "failed" or missed else 0)


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
    control: Control = False,
    strict: Strict = False,
) -> None:
    """Run every point of a grid that is not in the results yet.

    The file's `sweep:` block names the axes, and so does PATH=V1,V2. The same command goes on where it was stopped.
    Exit code: 0 finished or diverged, 1 some failed, 2 wrong input, 130 interrupted.
    """
    from gradx import api
    from gradx.reporting.terminal import sweep as pages
    from gradx.reporting.terminal.progress import sweeping

    where = api.Placement(executor, workers, device, timeout, api.pairs(slurm or []), address)
    shared: dict[str, Any] = {
        "results": results,
        "placement": where,
        "members": members,
        "force": force,
        "smoke": smoke,
        "control": control,
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
    if done.removed:
        what = "was" if done.removed == 1 else "were"
        typer.echo(f"gradx: {done.removed} of {done.points} {what} removed from the results meanwhile", err=True)
    missed = strict and any(met is not True for _, met, _ in done.claims)
    raise typer.Exit(1 if done.failed or missed else 0)


def check(
    config: Config,
    overrides: Overrides = None,
    control: Control = False,
    results: Directory = Path("results"),
) -> None:
    """Check an experiment or a sweep and what it costs; run nothing.

    Prints the experiment resolved, with every default written out: YAML that `gradx run` takes. Of a sweep it prints
    the plan: axes, points, cohorts, cost.
    """
    from gradx import api
    from gradx.base.written import written
    from gradx.reporting.text import duration, magnitude

    plan = api.planned(config, overrides or [], results=results, control=control)
    if plan.axes:
        from gradx.reporting.terminal.sweep import show_plan

        show_plan(plan)
        return
    experiment, cost = api.check(config, overrides or [], control=control)
    typer.echo(written(experiment.resolved()).rstrip())
    typer.echo(f"\n# run         {experiment.run}")
    typer.echo(f"# parameters  {cost.parameters:,}")
    typer.echo(f"# memory      about {magnitude(cost.memory)}B, besides torch itself")
    typer.echo(f"# time        about {duration(cost.seconds)} on one CPU core")


def _show(done: "Run", config: Path, overrides: list[str], as_json: bool, quiet: bool) -> None:
    from gradx.reporting.terminal import printing

    if as_json:
        printing.show_json(done)
    elif quiet:
        printing.show_line(done)
    else:
        printing.show_panel(done, config, overrides)

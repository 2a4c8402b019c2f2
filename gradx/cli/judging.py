"""The command that tries claims: `gradx claims`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gradx.cli.options import Device, Directory, Json, Quiet


def claims(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Configs with a claim, or folders.", show_default=False)
    ],
    seeds: Annotated[int, typer.Option(help="How many, of each arm.")] = 5,
    first_seed: Annotated[int, typer.Option(help="The others follow it.")] = 0,
    results: Directory = Path("results"),
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the tables there, too, in Markdown.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes at a time; by default one for each core.")] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where a claim is not confirmed.")] = False,
) -> None:
    """Try what configs claim, with control arms, on several seeds.

    Confirmed is a claim of which the experiment meets all of `expect:` on every seed, and the control arm on none.
    Beside it stands Fisher's p, which is 0.1 at best with 3 seeds, 0.029 with 4, and 0.0079 with 5.
    What is in the results already is not repeated. Exit code: 0, 1 a run failed, 2 wrong input, 130 interrupted.
    """
    import json

    from gradx import api
    from gradx.base.errors import Problem, SpecError
    from gradx.reporting.terminal import claims_table as pages
    from gradx.reporting.terminal.progress import sweeping

    configs = api.claim_configs(paths)
    if markdown is not None and not markdown.resolve().parent.is_dir():
        raise SpecError([Problem(f"{markdown.resolve().parent} is no folder", source="--markdown")])
    placement = api.Placement("auto", workers, device)
    given: dict[str, Any] = {"seeds": seeds, "first_seed": first_seed, "results": results, "placement": placement}
    tried, before = list[api.Tried](), ""
    for place, config in enumerate(configs, 1):
        if not (quiet or as_json):
            typer.echo(f"{place} of {len(configs)}: {config}", err=True)
        with sweeping(quiet=quiet or as_json) as progress:
            tried += api.claims([config], **given, progress=progress)
        group = pages.group_of(config)
        if not (as_json or quiet):
            pages.show_tried(tried[-1], None if group == before else group)
        before = group
    if markdown is not None:
        markdown.write_text(pages.markdown(tried, markdown.resolve().parent))
    typer.echo(json.dumps(pages.claims_json(tried), allow_nan=False) if as_json else f"\n{pages.summary(tried)}")
    failed = any(one.treatment.failed or one.control.failed for one in tried)
    raise typer.Exit(1 if failed or (strict and not all(one.confirmed for one in tried)) else 0)

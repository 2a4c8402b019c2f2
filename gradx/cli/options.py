"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

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
Control = Annotated[
    bool, typer.Option("--control", help="The control arm of the file's claim instead, under the name NAME-control.")
]

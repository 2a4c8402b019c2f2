"""What the commands print: panel, line or JSON of a run; lists of parts and runs."""

import json
import sys
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradx.base.errors import ResultsError
from gradx.reporting.text import number
from gradx.store.runs import Results

if TYPE_CHECKING:
    from gradx.api import Run


def show_panel(done: "Run", config: Path) -> None:
    """The panel of a run on stdout."""
    from gradx.reporting.panel import panel

    console = Console()
    if not done.computed:
        console.print("This run is in the results already; nothing was computed (--force repeats it).", style="dim")
    console.print(panel(done.row, done.trace(), done.claims, str(done.results.paths.root), str(config)))


def show_line(done: "Run") -> None:
    """One line: name, status, verdicts, loss, place."""
    verdict = " ".join(f"{axis}:{outcome}" for axis, outcome in done.verdict.items()) or "no profile"
    missed = sum(met is not True for _, met, _ in done.claims)
    claims = f", {len(done.claims) - missed} of {len(done.claims)} claims met" if done.claims else ""
    loss = number(done.row.get("loss.final"))
    print(f"{done.row['name']} {done.status} {verdict}, loss {loss}{claims}, {done.results.paths.root}")


def show_json(done: "Run") -> None:
    """One JSON object: run, name, status, verdict, metrics, results, expect. What is not finite is null."""
    spec = set(done.experiment.flat())
    metrics = {
        key: value
        for key, value in done.row.items()
        if key not in spec | {"run", "status", "error"} and not key.startswith(("verdict.", "evidence."))
    }
    shown = {
        "run": done.row["run"],
        "name": done.row["name"],
        "status": done.status,
        "error": done.row.get("error"),
        "computed": done.computed,
        "verdict": done.verdict,
        "evidence": {axis: done.row[f"evidence.{axis}"] for axis in done.verdict},
        "metrics": {key: _finite(value) for key, value in metrics.items()},
        "expect": [{"claim": claim, "met": met, "note": note} for claim, met, note in done.claims],
        "results": str(done.results.paths.root),
    }
    json.dump(shown, sys.stdout, allow_nan=False)
    print()


def show_runs(root: Path) -> None:
    """Every run under a directory of results, or in one results directory."""
    import pandas as pd

    from gradx.reporting.tables import runs_table

    if not root.is_dir():
        raise ResultsError(f"{root} is not a directory; give one that holds results by --results DIR")
    found = [Results(path.parent) for path in sorted(root.glob("**/runs")) if path.is_dir()]
    frames = [frame for results in found if len(frame := results.runs())]
    if not frames:
        print(f"no runs in {root}; make one: gradx run CONFIG --results {root}")
        return
    Console().print(runs_table(pd.concat(frames, ignore_index=True)))


def show_families(families: Mapping[str, Mapping[str, str]]) -> None:
    """The kinds of each family with one line each."""
    for family, kinds in families.items():
        table = Table(box=None, show_header=False, pad_edge=False)
        for kind, line in kinds.items():
            table.add_row(Text(f"  {kind}", style="bold"), Text(line))
        console = Console()
        console.print(Text(family, style="bold underline"))
        console.print(table)


def show_parts(parts: Sequence[tuple[str, type[BaseModel]]]) -> None:
    """Docstring and fields of each part."""
    console = Console()
    for place, (family, part) in enumerate(parts):
        if place:
            console.print()
        console.print(Text(f"{part.model_fields['kind'].default} ({family})", style="bold"))
        console.print(Text("\n".join(line.removeprefix("    ") for line in (part.__doc__ or "").rstrip().split("\n"))))
        fields = {name: field for name, field in part.model_fields.items() if name != "kind"}
        if not fields:
            continue
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("field", "type", "default", "range"):
            table.add_column(column)
        for name, field in fields.items():
            default = "required" if field.is_required() else json.dumps(field.default)
            table.add_row(*map(Text, (name, _type(field.annotation), default, _range(field))))
        console.print()
        console.print(table)


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(map(str, get_args(annotation)))
    arms = [arm for arm in get_args(annotation) if arm is not type(None)]
    if not arms:
        return str(getattr(annotation, "__name__", annotation))
    return "a part" if any(hasattr(arm, "model_fields") or get_args(arm) for arm in arms) else _type(arms[0])


def _range(field: FieldInfo) -> str:
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    found = [
        f"{sign} {getattr(mark, name)}"
        for mark in field.metadata
        for name, sign in signs.items()
        if hasattr(mark, name)
    ]
    return ", ".join(found)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value

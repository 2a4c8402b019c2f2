"""What the commands print: panel, line or JSON of a run; lists of parts and runs."""

import json
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradx.base.document import visible
from gradx.base.errors import SpecError
from gradx.reporting.encoding import for_json
from gradx.reporting.text import number

if TYPE_CHECKING:
    from gradx.api import Run

LIMIT = 50  # rows of a table of runs on a terminal
OWN = ("Reference:", "Equivalent")  # words with which lines begin that go on nothing
HANG = 4  # columns by which a formula that goes on is indented more
DOC_WIDTH = 115  # columns that authors of docstrings have, about: a line that could not take one word more is folded


def show_panel(done: "Run", config: Path, overrides: Sequence[str]) -> None:
    """The panel of a run on stdout."""
    from gradx.reporting.terminal.panel import panel

    console = Console()
    if not done.computed:
        console.print("This run is in the results already; nothing was computed (--force repeats it).\n", style="dim")
    if done.data_changed:
        console.print("The task's file has changed since this run: it was run again, its old result is replaced.\n")
    if done.control:
        console.print("This is the control arm of a claim: it is not to meet all of what is expected.\n", style="dim")
    place = str(done.results.paths.root)
    console.print(panel(done.row, done.trace(), done.claims, place, str(config), overrides), soft_wrap=True)


def show_line(done: "Run") -> None:
    """One line: name, status, verdicts, loss, place."""
    from gradx.reporting.runs.expected import counted

    verdict = " ".join(f"{axis}:{outcome}" for axis, outcome in done.verdict.items()) or "no profile"
    claims = f", {counted(done.claims, 'claim')}" if done.claims else ""
    outcome = done.row["error"] if done.status == "failed" else f"{verdict}, loss {number(done.row.get('loss.final'))}"
    print(visible(f"{done.row['name']} {done.status} {outcome}{claims}, {done.results.paths.root}"))


def show_json(done: "Run") -> None:
    """One JSON object: run, name, status, verdict, metrics, results, expect. Null is missing; inf and nan are text."""
    spec = done.experiment.flat()
    others = {*type(done.experiment).model_fields, "run", "status", "error", "verdict", "evidence"}
    metrics = {
        key: value
        for key, value in done.row.items()
        # `task.` is the spec's, too; a row read back has the columns of all runs there.
        if key.partition(".")[0] not in others or (key.startswith("task.") and key not in spec and value is not None)
    }
    shown = {
        "run": done.row["run"],
        "name": done.row["name"],
        "status": done.status,
        "error": done.row.get("error"),
        "computed": done.computed,
        "data_changed": done.data_changed,
        "verdict": done.verdict,
        "evidence": {axis: done.row[f"evidence.{axis}"] for axis in done.verdict},
        "metrics": for_json(metrics),
        "expect": [{"claim": claim, "met": met, "note": note} for claim, met, note in done.claims],
        "results": str(done.results.paths.root),
    }
    json.dump(shown, sys.stdout, allow_nan=False)
    print()


def show_runs(root: Path, where: str | None = None, sort: str | None = None, limit: int | None = None) -> None:
    """The runs under a directory of results, or in one results directory; of `--smoke` only if `root` is theirs.

    Args:
        root: the directory.
        where: an expression such as `depth > 10 and verdict.depth == 'vanishing'`; only runs of which it is true.
        sort: a column of `runs/` to sort by, downwards with a minus in front; by default by what tells the runs apart.
        limit: of rows, 0 for all; by default 50 on a terminal, else all.

    Raises:
        SpecError: there is no such directory, or `where` or `sort` is wrong.
        ResultsError: the results cannot be read.
    """
    from gradx.reporting.runs.listing import chosen, ordered, places
    from gradx.reporting.terminal.runs_table import runs_table

    if not root.is_dir():
        raise SpecError(visible(f"{root} is not a directory; give one that holds results by --results DIR"))
    frame = chosen(places(root), where)
    if frame.columns.empty:
        print(visible(f"no runs in {root}; make one: gradx run CONFIG --results {root}"))
        return
    if frame.empty:
        print(visible(f"no runs in {root}" + (f" where {where}" if where else "")))
        return
    runs = ordered(frame, sort)
    console = Console()
    width, rows = (console.width, LIMIT) if console.is_terminal else (None, None)
    lines = runs_table(
        runs,
        width,
        rows if limit is None else limit or None,
        console.options.ascii_only,
        sort.removeprefix("-") if sort else None,
    )
    # A table of thousands of rows is written as it is: rich would take seconds to lay it out again.
    if console.is_terminal:
        console.print(Text("\n").join(lines), soft_wrap=True)
    else:
        print("\n".join(line.plain for line in lines))


def show_families(families: Mapping[str, Mapping[str, str]]) -> None:
    """The kinds of each family with one line each."""
    for family, kinds in families.items():
        table = Table(box=None, show_header=False, pad_edge=False)
        for kind, line in kinds.items():
            table.add_row(Text(f"  {kind}", style="bold"), Text(line))
        console = Console()
        console.print(Text(family, style="bold underline"))
        console.print(table)


def show_text(name: str, text: str) -> None:
    """What something is, under its name."""
    console = Console()
    console.print(Text(f"{name} (outcome of a run)", style="bold"))
    for line in text.split("\n"):
        console.print(Text("\n").join(_wrapped(line, console)))


def show_parts(parts: Sequence[tuple[str, type[BaseModel]]]) -> None:
    """Docstring and fields of each part."""
    console = Console()
    for place, (family, part) in enumerate(parts):
        if place:
            console.print()
        console.print(Text(f"{part.model_fields['kind'].default} ({family})", style="bold"))
        for line in _unfolded(part.__doc__ or "").split("\n"):
            console.print(Text("\n").join(_wrapped(line, console)))
        fields = {name: field for name, field in part.model_fields.items() if name != "kind"}
        if not fields:
            continue
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("field", "type", "default", "range"):
            table.add_column(column)
        for name, field in fields.items():
            default = "required" if field.is_required() else _default(field.default)
            table.add_row(*map(Text, (name, _type(field.annotation), default, _range(field))))
        console.print()
        console.print(table)


def _unfolded(doc: str) -> str:
    """A docstring without the line breaks that its author made for want of room, so that any width can wrap it."""
    lines = doc.rstrip().split("\n")
    text = lines[0]
    for before, line in pairwise(lines):
        word = line.split(maxsplit=1)[:1]
        own = not word or word[0] in OWN or line.startswith(" " * 5)
        folded = not own and len(f"{before} {word[0]}") > DOC_WIDTH
        text += " " + line.strip() if folded else "\n" + line.removeprefix("    ")
    return text


def _wrapped(line: str, console: Console) -> list[Text]:
    """In the lines that there is room for; a formula, which is indented, goes on below itself."""
    if cell_len(line) <= console.width:
        return [Text(line)]
    indent = len(line) - len(line.lstrip())
    below = indent + HANG if indent else 0
    lines = Text(line.lstrip()).wrap(console, max(console.width - below, HANG))
    found = [Text.assemble(" " * (below if place else indent), one) for place, one in enumerate(lines)]
    for one in found:
        one.rstrip()
    return found


def _default(value: Any) -> str:
    """As it would stand in YAML; a part by its kind."""
    return str(getattr(value, "kind", None) or json.dumps(value))


def _type(annotation: Any) -> str:
    if get_origin(annotation) is dict:
        return "mapping"
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

"""`runs_table`: the runs of a results directory as `gradx ls runs` shows them."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from gradx.base.document import visible
from gradx.reporting.symbols import outcome
from gradx.reporting.text import duration, number

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "name": "name",
    "run": "run",
    "status": "status",
    "architecture": "model",
    "task": "task",
    "depth": "depth",
    "sequence_length": "length",
    "verdict.depth": "per layer",
    "verdict.time": "per step",
    "loss.final": "loss",
    "metric.final": "metric",
    "seconds": "took",
}
"""Columns of `runs/` and their headings; beside a verdict stands the growth that it rests on."""

TEXTS = ("name", "run", "status", "architecture", "task", "verdict.depth", "verdict.time")
LEAST = ("seconds", "metric.final", "task", "architecture", "sequence_length", "depth", "loss.final", "status")
"""What is left out where there is no room, in this order."""

CAPTION = "per layer, per step: verdict, and the factor of the gradient norm towards the input"
GAP = 2  # columns between columns


def runs_table(frame: "pd.DataFrame", width: int | None = None) -> Table:
    """One row for each row of `frame`, which has columns of `runs/`; in ASCII where the values are.

    Columns without any value are left out, and so is the status where every run has finished. With a `width`, so are
    the least important columns (`LEAST`) until the rest fits, which the caption says; without it cells fold.
    """
    keys = [key for key in COLUMNS if key in frame.columns and frame[key].notna().any()]
    if "status" in keys and (frame["status"] == "finished").all():
        keys.remove("status")
    rows = frame.to_dict("records")
    cells = {key: [_cell(key, row) for row in rows] for key in keys}
    left_out = _too_much(cells, width)
    table = Table(box=None, pad_edge=False, header_style="bold", caption_justify="left")
    for key in (key for key in keys if key not in left_out):
        # A run id is of use only in one piece.
        justify: JustifyMethod = "left" if key in TEXTS else "right"
        table.add_column(COLUMNS[key], justify=justify, overflow="fold", no_wrap=key == "run")
    for place in range(len(rows)):
        table.add_row(*(cells[key][place] for key in keys if key not in left_out))
    notes = [CAPTION] if any(key.startswith("verdict.") for key in keys) else []
    if left_out:
        notes.append(f"left out for lack of room: {', '.join(COLUMNS[key] for key in left_out)}; summary.csv has them")
    table.caption = Text("\n".join(notes), "dim") if notes else None
    return table


def _too_much(cells: Mapping[str, Sequence[Text]], width: int | None) -> list[str]:
    """The columns to leave out so that the others fit into `width`."""
    need = {key: max(cell_len(text) for text in (COLUMNS[key], *map(str, texts))) for key, texts in cells.items()}
    left_out: list[str] = []
    for key in LEAST:
        shown = [size for name, size in need.items() if name not in left_out]
        if width is None or sum(shown) + GAP * (len(shown) - 1) <= width:
            break
        left_out += [key] if key in need else []
    return left_out


def _cell(key: str, row: Mapping[Any, Any]) -> Text:
    value = row[key]
    if _missing(value) and key != "loss.final":
        return Text("-", "dim")
    if key.startswith("verdict."):
        rate = row.get(key.replace("verdict", "growth"))
        factor = "" if _missing(rate) else f" {number(rate, 3)}"
        return Text(f"{visible(str(value))}{factor}", outcome(str(value)).style)
    if key == "status":
        return Text(visible(str(value)), outcome(str(value)).style)
    if key == "seconds":
        return Text(duration(value))
    if key in ("depth", "sequence_length") and isinstance(value, int | float):
        return Text(f"{value:.0f}")  # pandas holds integers with a gap as floats
    return Text(number(value, 3) if isinstance(value, float) else visible(str(value)))


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))

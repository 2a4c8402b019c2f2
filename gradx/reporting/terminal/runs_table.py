"""`runs_table`: the runs of a results directory as `gradx ls runs` shows them."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from rich.text import Text

from gradx.reporting.runs.differing import alike, described
from gradx.reporting.runs.listing import plain_columns, telling_keys
from gradx.reporting.runs.units import HEADINGS
from gradx.reporting.symbols import outcome, to_ascii
from gradx.reporting.terminal.layout import Column, laid_out
from gradx.reporting.text import Styled, count, duration, is_right, number, spec_texts

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = {f"verdict.{axis}": f"per {unit}" for axis, unit in HEADINGS.items()}
RESULTS = {"loss.final": "loss", "metric.final": "metric", "seconds": "took"}
"""Columns of `runs/` and their headings; beside a verdict stands the growth that it rests on."""

# What is left out first for want of room; the keys that differ come after all of these, the last of them first.
RANKS = {"seconds": 9, "metric.final": 8, "loss.final": 7, "run": 6, "status": 5, "verdict.time": 4}

CAPTION = f"{', '.join(VERDICTS.values())}: verdict, and factor of the gradient norm towards the input"


def runs_table(
    frame: "pd.DataFrame",
    width: int | None = None,
    limit: int | None = None,
    ascii_only: bool = False,
    keep: str | None = None,
) -> list[Text]:
    """Lines with one row for each row of `frame`, which has columns of `runs/`, and what they share below.

    First come the names where there are several and the keys of the spec that differ, then the results. Columns
    without any value are left out, and so is the status where every run has finished. With a `width`, so are the least
    important columns (`RANKS`) until the rest fits, which is said below.

    Args:
        frame: the runs in the order to show them.
        width: columns of the terminal; None for as many as it takes.
        limit: of rows that are shown; what is said of all holds of all of `frame`.
        ascii_only: for a terminal or file that cannot show more.
        keep: a result that is shown however little room there is: what the runs are sorted by.
    """
    if frame.empty:
        return []
    values = plain_columns(frame)
    telling = telling_keys(values)
    first = {key: column[:limit] for key, column in values.items()}
    layout = laid_out(_columns(first, telling, values, keep), width, ascii_only)
    notes = [_shared(values), CAPTION if any(key in values for key in VERDICTS) else ""]
    if layout.left_out:
        notes.append(f"left out for lack of room: {', '.join(layout.left_out)}; summary.csv has them")
    if limit is not None and len(frame) > limit:
        notes.append(f"… {count(len(frame) - limit, 'more run')}: --limit 0 shows all, --where and --sort choose")
    texts = [to_ascii(note) if ascii_only else note for note in notes if note]
    folded = [line for text in texts for line in (wrap(text, width, subsequent_indent="  ") if width else [text])]
    return [*layout.lines, *(Text(line, "dim") for line in folded)]


def _columns(
    values: Mapping[str, Sequence[Any]],
    telling: Sequence[str],
    every: Mapping[str, Sequence[Any]],
    keep: str | None,
) -> list[Column]:
    columns = [_telling(key, values[key], place / 1000) for place, key in enumerate(telling)]
    if "run" in values:
        columns.append(Column("run", [(str(run), "") for run in values["run"]], rank=RANKS["run"], whole=True))
    if any(status != "finished" for status in every.get("status", ())):
        cells = [(str(status), outcome(str(status)).style) for status in values["status"]]
        columns.append(Column("status", cells, rank=RANKS["status"]))
    known = {key for key, column in every.items() if any(value is not None for value in column)}
    judged = [key for key in VERDICTS if key in known]
    for place, key in enumerate(judged):
        growth = values.get(key.replace("verdict", "growth"), [None] * len(values[key]))
        columns.append(Column(VERDICTS[key], list(map(_verdict, values[key], growth)), rank=place and RANKS[key]))
    statuses = values.get("status", [None] * len(values["run"]))
    for key in (key for key in RESULTS if key in known):
        rank = RANKS[key] if key != keep and (judged or key != "loss.final") else 0
        heading = _metric(every) if key == "metric.final" else RESULTS[key]
        cells = [_result(key, *pair) for pair in zip(values[key], statuses, strict=True)]
        columns.append(Column(heading, cells, right=True, rank=rank))
    return columns


def _telling(key: str, values: Sequence[Any], rank: float) -> Column:
    cells = [(text, "dim" if value is None else "") for text, value in zip(spec_texts(values), values, strict=True)]
    return Column(key, cells, right=is_right(values), rank=rank)


def _verdict(word: Any, growth: Any) -> Styled:
    if word is None:
        return "-", "dim"
    factor = f" {number(growth, 3)}" if isinstance(growth, float) else ""
    return f"{word}{factor}", outcome(str(word)).style


def _result(key: str, value: Any, status: Any) -> Styled:
    if key == "seconds" and isinstance(value, int | float):
        return duration(value), ""
    if value is None:
        # pandas shows what is missing and what is not a number alike; one that diverged has a loss.
        return ("nan", "") if key == "loss.final" and status == "diverged" else ("-", "dim")
    return number(value, 3) if isinstance(value, float) else str(value), ""


def _metric(values: Mapping[str, Sequence[Any]]) -> str:
    """The name of the metric, if these runs have the same."""
    names = {str(name) for name in values.get("metric.name", ()) if name is not None}
    return names.pop() if len(names) == 1 else RESULTS["metric.final"]


def _shared(values: Mapping[str, Sequence[Any]]) -> str:
    """What all runs have in common."""
    shared = alike(values)
    facts = [str(shared["name"])] if "name" in shared else []
    facts += [text for text in (described(shared, ["steps"]),) if text]
    return f"{'all: ' if len(values['run']) > 1 else ''}{', '.join(facts)}" if facts else ""

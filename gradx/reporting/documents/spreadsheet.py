"""`spreadsheet`: the runs of a report as CSV, for people and their spreadsheets."""

from collections.abc import Mapping, Sequence
from typing import Any

from gradx.reporting.runs.differing import columns_of
from gradx.store.summary import csv_text

FIRST = ("name", "run", "status")


def spreadsheet(rows: Sequence[Mapping[str, Any]]) -> str:
    """A line for each run, with every column in which any of them has a value, in full precision.

    Missing is empty; nan and inf are what was measured. Text that a spreadsheet would run as a formula gets an
    apostrophe in front.
    """
    columns = columns_of(rows)
    filled = [name for name, values in columns.items() if any(value is not None for value in values)]
    names = [*FIRST, *(name for name in filled if name not in FIRST)]
    return csv_text(names, ([row.get(name) for name in names] for row in rows))

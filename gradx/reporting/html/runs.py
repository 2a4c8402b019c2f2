"""The runs as the scripts of the page read them: columns of what differs, and once what all share."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gradx.reporting.encoding import encoded
from gradx.reporting.html.cells import digits_of, is_whole
from gradx.reporting.runs.differing import FACTS, SPEC, alike
from gradx.reporting.runs.groups import SEED
from gradx.reporting.runs.material import Material
from gradx.reporting.text import is_number

DIGITS = 5  # of results
LONG_TEXTS = 300_000  # characters of all different texts of a column


def runs_data(material: Material, drawn: Collection[int]) -> dict[str, Any]:
    """All runs, as plain data for JSON.

    Args:
        material: what the report is about.
        drawn: the places of the runs whose panels are on the page; only they keep texts that are too long for all.
    """
    columns = {key: values for key, values in material.columns.items() if any(value is not None for value in values)}
    shared = alike(columns) if len(material.rows) > 1 else {}
    first = [key for key in (*material.names, SEED, "run") if key in columns and key not in shared]
    others = [key for key in columns if key not in shared and key not in first]
    names = [*first, *sorted(others, key=lambda key: not is_spec(key))]  # what was asked for before what came out
    return {
        "count": len(material.rows),
        "axes": [key for key in (*material.names, SEED) if key in columns and key not in shared],
        "anchors": anchors(material.rows),
        "drawn": sorted(drawn),
        "alike": encoded(shared),
        "columns": [_column(key, columns[key], drawn) for key in names],
    }


def held(material: Material) -> dict[str, Sequence[Any]]:
    """The columns whose values the page has for every run: where they differ and are not too long."""
    shared = alike(material.columns) if len(material.rows) > 1 else {}
    return {
        key: values
        for key, values in material.columns.items()
        if key not in shared and any(value is not None for value in values) and not _is_long(key, values)
    }


def anchors(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each run that may stand in a link: its id, numbered where several experiments share the run."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        name = re.sub(r"[^0-9A-Za-z_]", "_", str(row["run"]))
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return found


def is_spec(key: str) -> bool:
    """Whether a column says what was asked for, not what came out."""
    return key.partition(".")[0] in SPEC and key not in FACTS


def _column(key: str, values: Sequence[Any], drawn: Collection[int]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    if all(map(is_number, known)):
        exact = is_spec(key)
        digits = {"digits": digits_of(values)} if exact else {}
        return {
            "key": key,
            "kind": "number",
            "whole": is_whole(values),
            **digits,
            "values": encoded(values, None if exact else DIGITS),
        }
    if not all(isinstance(value, str) for value in known):
        return {"key": key, "kind": "plain", "values": encoded(values)}
    if _is_long(key, values):
        kept = [value if place in drawn else None for place, value in enumerate(values)]
        return _texts(key, kept) | {"cut": True}
    return _texts(key, values)


def _is_long(key: str, values: Sequence[Any]) -> bool:
    """Whether its texts would make the page too large."""
    texts = {value for value in values if isinstance(value, str)}
    return key != "run" and sum(map(len, texts)) > LONG_TEXTS


def _texts(key: str, values: Sequence[str | None]) -> dict[str, Any]:
    """Texts as places in a list of them, where they repeat."""
    words = list(dict.fromkeys(value for value in values if value is not None))
    if len(words) * 2 > len(values):
        return {"key": key, "kind": "text", "values": list(values)}
    place = {word: number for number, word in enumerate(words)}
    return {
        "key": key,
        "kind": "text",
        "words": words,
        "codes": [None if value is None else place[value] for value in values],
    }

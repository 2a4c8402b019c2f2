"""The head of the page: what was run, in a line of facts, and what to know before reading on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gradx.reporting.html.cells import word_class
from gradx.reporting.runs.counts import distinct, outcomes, shared
from gradx.reporting.runs.differing import alike, described
from gradx.reporting.runs.groups import SEED
from gradx.reporting.runs.material import Material
from gradx.reporting.symbols import outcome
from gradx.reporting.text import count


@dataclass(frozen=True)
class Fact:
    """A short fact, and the class that gives its look; `symbol` stands before it."""

    text: str
    look: str = ""
    symbol: str = ""


def facts(material: Material) -> list[list[Fact]]:
    """Groups of facts: how many runs, which outcomes, with what they were made."""
    made = _made_with(material)
    return [_amounts(material), *_counted(material), *([made] if made else [])]


def subject(material: Material) -> str:
    """What all runs share, in a line."""
    shared = alike(material.columns)
    if len(material.rows) > 1:
        shared.pop(SEED, None)
    return described(shared, ["steps"])


def banners(material: Material) -> list[str]:
    """What limits this report: nothing found, a filter, points to come, failures."""
    found = []
    runs = material.runs
    if material.where is not None:
        found.append(f"Only the runs where {material.where}: {runs:,} of {count(material.total, 'run')}.")
    elif not runs and not material.planned:
        found.append("No runs were found here.")
    if material.planned is not None and 0 < runs < material.planned:  # of none the answer tells
        working = f", {busy:,} in work" if (busy := material.busy()) else ""
        found.append(f"Unfinished: {runs:,} of {count(material.planned, 'point')} so far{working}.")
    failed = sum(row.get("status") == "failed" for row in distinct(material.rows))
    if failed:
        found.append(f"{count(failed, 'run')} failed and {'has' if failed == 1 else 'have'} no results.")
    names = dict.fromkeys(str(row.get("name")) for row in material.rows)
    if len(names) > 1:
        found.append(f"{count(len(names), 'experiment')} together: {_listed(list(names))}.")
    return found


def _amounts(material: Material) -> list[Fact]:
    found = [Fact(count(material.runs, "run"))]
    if several := shared(material.rows):
        found.append(Fact(several))
    if material.names and len(material.groups) < len(material.rows):
        found.append(Fact(count(len(material.groups), "combination")))
    seeds = {row.get(SEED) for row in material.rows}
    if len(seeds) > 1:
        found.append(Fact(count(len(seeds), "seed")))
    return found


def _counted(material: Material) -> list[list[Fact]]:
    """The counts of verdicts and statuses; a group begins with what it is about."""
    found = []
    for about, counter in outcomes(material.rows).items():
        counts = [Fact(f"{times:,} {word}", word_class(word), outcome(word).char) for word, times in _ranked(counter)]
        found.append([Fact(about, "about"), *counts])
    return found


def _ranked(counter: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def _made_with(material: Material) -> list[Fact]:
    """The versions and the device, where all sources agree."""
    texts = {source.environment for source in material.sources}
    try:
        (text,) = texts
        said = json.loads(text)
    except (ValueError, RecursionError):  # none, several, or no JSON
        return []
    if not isinstance(said, dict):
        return []
    made = [f"{key} {said[key]}" for key in ("gradx", "torch") if said.get(key)]
    return [Fact(", ".join([*made, *([str(said["device"])] if said.get("device") else [])]))]


def _listed(names: Sequence[str], most: int = 6) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

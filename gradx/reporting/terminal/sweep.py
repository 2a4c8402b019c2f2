"""What `gradx sweep` prints: the page, line or JSON of a finished sweep, and the plan of one to come."""

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console

from gradx.reporting.encoding import for_json
from gradx.reporting.runs.counts import outcomes
from gradx.reporting.runs.expected import counted
from gradx.reporting.runs.groups import AXES, SEED, axis_columns
from gradx.reporting.terminal.plan_page import Plan, PlanPage, cost
from gradx.reporting.terminal.sweep_page import SweepPage
from gradx.reporting.text import count, duration, shown

if TYPE_CHECKING:
    from gradx.api import Sweep

PIPED_WIDTH = 240  # columns of what goes into a file or another program
KEYS = ("loss.final", "metric.final", "solved")


def show_sweep(done: "Sweep") -> None:
    """The page of a sweep on stdout."""
    _print(SweepPage(done))


def show_sweep_line(done: "Sweep") -> None:
    """One line: name, runs, outcomes, claims, place."""
    facts = [f"{count(len(done.rows), 'run')} ({done.computed:,} computed now in {duration(done.seconds)})"]
    for words, counter in outcomes(done.rows).items():
        said = ", ".join(f"{times:,} {word}" for word, times in counter.most_common())
        facts.append(f"{words} {said}" if words != "runs" else said)
    if done.claims:
        facts.append(counted(done.claims, "claim"))
    console = Console()
    print(shown(f"{done.name} {'; '.join([*facts, str(done.path)])}", console.options.ascii_only))


def show_sweep_json(done: "Sweep") -> None:
    """One JSON object on stdout."""
    _dump(sweep_json(done))


def sweep_json(done: "Sweep") -> dict[str, Any]:
    """The sweep as plain data for JSON. Null is missing; inf and nan are text."""
    names = axis_columns(done.axes, done.rows)
    statuses = outcomes(done.rows).get("runs", Counter())
    return {
        "name": done.name,
        "points": done.points,
        "done": statuses.get("finished", 0) + statuses.get("diverged", 0),
        "computed": done.computed,
        "diverged": statuses.get("diverged", 0),
        "failed": done.failed,
        "seconds": done.seconds,
        "axes": for_json(done.axes),
        "expect": [{"claim": claim, "met": met, "note": note} for claim, met, note in done.claims],
        "results": str(done.path),
        "runs": [_run(row, [*names, *([SEED] if SEED in done.axes else [])]) for row in done.rows],
    }


def show_plan(plan: Plan, as_json: bool = False) -> None:
    """What a sweep would do on stdout, as a page or as one JSON object."""
    if as_json:
        _dump(plan_json(plan))
    else:
        _print(PlanPage(plan))


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as plain data for JSON; seconds on one core each, bytes."""
    keys = ("label", "size", "seconds", "memory", "disk")
    return {
        "name": plan.name,
        "points": plan.points,
        "finished": plan.finished,
        "busy": plan.busy,
        "axes": for_json(plan.axes),
        "executor": plan.executor,
        "workers": plan.workers,
        **for_json(cost(plan)),
        "cohorts": [{key: for_json(getattr(cohort, key)) for key in keys} for cohort in plan.cohorts],
        "results": str(plan.path),
    }


def _dump(shown: dict[str, Any]) -> None:
    json.dump(shown, sys.stdout, allow_nan=False)
    print()


def _print(page: SweepPage | PlanPage) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    console.print(page, soft_wrap=True)


def _run(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    def along(key: str) -> dict[str, Any]:
        return {axis: for_json(row[f"{key}.{axis}"]) for axis in AXES if row.get(f"{key}.{axis}") is not None}

    facts = {"run": row.get("run"), "status": row.get("status"), "error": row.get("error")}
    point = {name: for_json(row.get(name)) for name in names}
    values = {key: for_json(row.get(key)) for key in KEYS}
    return {**facts, "point": point, "verdict": along("verdict"), "growth": along("growth"), **values}

"""What `gradx claims` shows: each claim as it comes out, for a terminal; all of them as Markdown tables or JSON."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderResult

from gradx.reporting.documents.escaping import code, escaped, link
from gradx.reporting.encoding import for_json
from gradx.reporting.symbols import JUDGED
from gradx.reporting.terminal.page import Page
from gradx.reporting.text import count, duration, number

if TYPE_CHECKING:
    from gradx.api.claims import Arm, Tried

HEAD = (
    "| statement | verdict | condition | met | control arm | p (Fisher) | effect (95 % interval) | seconds |\n"
    "|---|---|---|---|---|---|---|---|"
)
DIGITS = 3


@dataclass(frozen=True)
class TriedPage:
    """One claim for any width and encoding; print it with `soft_wrap=True`."""

    tried: "Tried"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        page, one = Page(console, options.max_width, options.ascii_only), self.tried
        mark = JUDGED[one.confirmed]
        page.prose([(f"{mark.char} ", mark.style), (one.claim.statement, "bold"), (f": {_verdict(one)}", mark.style)])
        if one.claim.condition:
            page.prose([(one.claim.condition, "")], indent=2)
        facts = f"met {_counts(one.treatment)}, control arm {_counts(one.control)}, Fisher p = {number(one.p, 2)}"
        page.prose([(f"{facts}, {duration(one.seconds)}", "")], indent=2, hang=2)
        page.prose([(f"{one.claim.effect}  {_effect(one)}", ""), (_values(one), "dim")], indent=2, hang=2)
        for note in [] if one.confirmed else _notes(one):
            page.prose([(note, JUDGED[None].style)], indent=2, hang=2)
        page.prose([(str(one.config), "dim")], indent=2)
        yield from page.lines


def show_tried(tried: "Tried", group: str | None = None) -> None:
    """A claim on stdout, under the name of its group where it is the first of one."""
    console = Console()
    if group is not None:
        console.print(f"\n{group.capitalize()}\n", style="bold underline")
    console.print(TriedPage(tried), soft_wrap=True)


def group_of(config: Path) -> str:
    """The folder that a config lies in: causes, consequences, remedies."""
    return config.resolve().parent.name


def summary(tried: Sequence["Tried"]) -> str:
    """How many are confirmed, and what it took."""
    confirmed = sum(one.confirmed for one in tried)
    seconds = sum(one.seconds for one in tried)
    return f"{confirmed} of {count(len(tried), 'claim')} confirmed, {duration(seconds)} of training"


def markdown(tried: Sequence["Tried"], folder: Path) -> str:
    """A table for each group, with links to the configs that work in a file in `folder`."""
    groups: dict[str, list[Tried]] = {}
    for one in tried:
        groups.setdefault(group_of(one.config), []).append(one)
    tables = [
        "\n".join([f"### {name.capitalize()}\n", HEAD, *(_line(one, folder) for one in members)])
        for name, members in groups.items()
    ]
    return "\n\n".join([*tables, f"{summary(tried)}.\n"])


def claims_json(tried: Sequence["Tried"]) -> list[dict[str, Any]]:
    """The claims as plain data for JSON. Null is missing; inf and nan are text."""
    return [
        {
            "config": str(one.config),
            "group": group_of(one.config),
            **one.claim.model_dump(),
            "confirmed": one.confirmed,
            "seeds": one.seeds,
            "met": one.treatment.outcomes,
            "control_met": one.control.outcomes,
            "notes": one.treatment.notes,
            "control_notes": one.control.notes,
            "failed": one.treatment.failed + one.control.failed,
            "fisher_p": one.p,
            "pairs": for_json(one.pairs),
            "difference": one.effect._asdict() if one.effect else None,
            "seconds": one.seconds,
        }
        for one in tried
    ]


def _verdict(one: "Tried") -> str:
    return one.claim.verdict if one.confirmed else f"not confirmed (expected: {one.claim.verdict})"


def _counts(arm: "Arm") -> str:
    """`5 of 5`, and how many seeds cannot be judged."""
    unknown = f" ({arm.unknown} cannot be judged)" if arm.unknown else ""
    return f"{arm.met} of {len(arm.outcomes)}{unknown}"


def _effect(one: "Tried") -> str:
    """The difference with its interval, or why there is none."""
    if one.effect is None:
        return one.unpaired
    mean, low, high = one.effect
    interval = "" if low is None else f" [{number(low, DIGITS)}, {number(high, DIGITS)}]"
    same = f", the same in all {len(one.pairs)} seeds" if low is None and len(one.pairs) > 1 else ""
    return f"{'+' if mean > 0 else ''}{number(mean, DIGITS)}{interval or same}"


def _values(one: "Tried") -> str:
    """What the difference is of: the means of both arms."""
    if one.effect is None:
        return ""
    means = [sum(value or 0.0 for value in values) / len(values) for values in zip(*one.pairs, strict=True)]
    return f"  ({number(means[0], DIGITS)}, control arm {number(means[1], DIGITS)})"


def _notes(one: "Tried") -> list[str]:
    """Which expectation was missed on which seed, and where the control arm met all or could not be judged."""
    own, other = one.treatment, one.control
    missed = [f"seed {seed}: {note}" for seed, note in zip(own.seeds, own.notes, strict=True) if note]
    met = [
        f"control arm, seed {seed}: {'meets all, too' if outcome else note}"
        for seed, outcome, note in zip(other.seeds, other.outcomes, other.notes, strict=True)
        if outcome is not False
    ]
    return missed + met


def _line(one: "Tried", folder: Path) -> str:
    target = link(Path(os.path.relpath(one.config, folder)).as_posix())
    cells = [
        f"[{escaped(one.claim.statement)}]({target})",
        escaped(_verdict(one)),
        escaped(one.claim.condition or ""),
        _counts(one.treatment),
        _counts(one.control),
        number(one.p, 2),
        f"{code(one.claim.effect)} {_effect(one)}",
        number(one.seconds, 2),
    ]
    return f"| {' | '.join(cells)} |"

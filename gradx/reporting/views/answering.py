"""`answer`: what came out of the runs, in one sentence whose numbers are all from them."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from gradx.base.document import visible
from gradx.reporting.runs.counts import at_first, reasons
from gradx.reporting.runs.differing import is_missing, or_none
from gradx.reporting.runs.expected import expected
from gradx.reporting.runs.groups import AXES, Group
from gradx.reporting.runs.material import NAME, Material
from gradx.reporting.text import count, number, spec_texts
from gradx.reporting.views.choosing import FEW_EXPERIMENTS, is_numeric, outcomes_of
from gradx.reporting.views.effects import effects

UNITS = {"depth": "per layer", "time": "per time step"}
DOES = {"vanishing": "vanishes", "exploding": "explodes", "stable": "stays stable"}
WORDS: tuple[tuple[str, Any], ...] = (
    ("status", "diverged"),
    *((f"verdict.{axis}", word) for word in ("exploding", "vanishing") for axis in AXES),
    ("solved", True),
    ("status", "failed"),
)
"""What a part of an axis may do alone, as a column and its value; the worst first."""
DIGITS = 3
MOST_NAMED = 3  # values of an axis, or axes, that are named
LEAST = 2  # runs that are no coincidence
SMALL = 0.2  # standard deviations, from which on an effect is worth a headline (Cohen 1988: a small one)
MOST_ERROR = 200  # characters of what went wrong

Rows = Sequence[Mapping[str, Any]]


def answer(material: Material) -> str:
    """One sentence: of one run its verdict and evidence, of many how many did what, and which part of an axis did it.

    Text of specs is as it was written: escape it for the medium.
    """
    rows = material.rows
    if not rows:
        return _nothing(material)
    facts = _of_run(rows[0]) if len(rows) == 1 else _of_many(material)
    before = ""
    if material.planned is not None and len(rows) < material.planned:
        before = f"{len(rows):,} of {count(material.planned, 'point')} so far: "
    said = before + "; ".join([*facts, *_claims(material)])
    return f"{said[:1].upper()}{said[1:]}."


def _nothing(material: Material) -> str:
    if material.where is not None and material.total:
        having = f": {material.having}" if material.having else ""
        return f"No run matches the filter {material.where}, of {count(material.total, 'run')} without it{having}."
    where = ", ".join(map(str, material.paths)) or "there"
    if material.planned:
        working = f"; {busy:,} in work" if (busy := material.busy()) else ""
        return f"No run has finished yet in {where}, of {count(material.planned, 'point')} that are planned{working}."
    return f"There are no runs in {where}: gradx run and gradx sweep make some."


def _of_run(row: Mapping[str, Any]) -> list[str]:
    if row.get("status") == "failed":
        return [f"the run failed: {_error([row])}"]
    found = {axis: str(row[f"verdict.{axis}"]) for axis in AXES if not is_missing(row.get(f"verdict.{axis}"))}
    facts = []
    if row.get("status") == "diverged" and "diverged" not in found.values():
        facts.append(f"the loss was not finite at step {row.get('diverged_at')}")
    for axis, word in found.items():
        does = "the run diverges" if word == "diverged" else f"the gradient {DOES.get(word, word)} {UNITS[axis]}"
        evidence = row.get(f"evidence.{axis}")
        facts.append(f"{does}: {evidence}" if evidence else does)
    return [*(facts or ["no gradient was measured along layers or time steps"]), *_training(row)]


def _training(row: Mapping[str, Any]) -> list[str]:
    """Whether it learned anything."""
    if not row.get("steps_done"):
        return []
    loss = [f"final loss {number(row['loss.final'], DIGITS)}"] if row.get("loss.final") is not None else []
    chance = [f"chance {number(row['loss.chance'], DIGITS)}"] if loss and not is_missing(row.get("loss.chance")) else []
    facts = f" ({', '.join([*loss, *chance])})" if loss else ""
    if is_missing(row.get("solved")):
        return [", ".join([*loss, *chance])] if loss else []
    return [f"the task is {'solved' if row['solved'] else 'not solved'}{facts}"]


def _of_many(material: Material) -> list[str]:
    rows = material.rows
    total, failed = count(len(rows), "run"), sum(row.get("status") == "failed" for row in rows)
    if failed == len(rows):
        return [f"all {total} failed, most often because of: {_error(rows)}"]
    gone = sum(row.get(f"verdict.{axis}") == "diverged" for row in rows for axis in AXES)
    rows = [_before_divergence(row) for row in rows] if gone else rows
    alone = _alone(material, rows)
    facts = [fact for axis in AXES if (fact := _verdicts(axis, rows, alone, "at first " if gone else ""))]
    diverged = sum(row.get("status") == "diverged" for row in rows)
    if diverged:
        which = f"all {total}" if diverged == len(rows) else f"{diverged:,} of {total}"
        verb = "diverges" if diverged == 1 else "diverge"
        facts.append(f"{which} {verb}{alone.get(('status', 'diverged'), '')}")
    losses = [row["loss.final"] for row in rows if row.get("loss.final") is not None]
    if losses and all(isnan(loss) for loss in losses):
        facts.append("every final loss is NaN")
    known = [bool(row["solved"]) for row in rows if not is_missing(row.get("solved")) and row.get("steps_done")]
    if known and diverged < len(rows):
        verb = "solves" if sum(known) == 1 else "solve"
        runs = count(len(known), "run" if len(known) == len(rows) else "judged run")
        facts.append(f"{sum(known):,} of {runs} {verb} the task{alone.get(('solved', True), '')}")
    if failed:
        facts.append(f"{failed:,} failed{alone.get(('status', 'failed'), '')}")
    facts = facts or [f"{total} without a verdict"]
    return [*facts, *_shared(rows), *([] if alone else _strongest(material))]


def _shared(rows: Rows) -> list[str]:
    """How many runs are counted more than once."""
    names: dict[Any, set[Any]] = {}
    for row in rows:
        names.setdefault(row["run"], set()).add(row.get(NAME))
    shared = sum(len(each) > 1 for each in names.values())
    verbs = "is in several experiments and counts" if shared == 1 else "are in several experiments and count"
    return [f"{count(shared, 'run')} {verbs} in each"] if shared else []


def _before_divergence(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row with the verdicts of its first sampled step: that it diverged is told beside them."""
    if row.get("status") != "diverged":
        return row
    return {**row, **{f"verdict.{axis}": at_first(row, axis) for axis in AXES}}


def _verdicts(axis: str, rows: Rows, alone: Mapping[tuple[str, Any], str], when: str) -> str:
    """`per layer the gradient vanishes in 15 of 30 runs, stays stable in 10`; "" where nothing was judged."""
    key = f"verdict.{axis}"
    verdicts = Group((), rows).verdicts(axis)
    judged, gone = sum(verdicts.values()), verdicts.pop("diverged", 0)
    if not verdicts:
        return ""
    ranked = verdicts.most_common()
    (first, times), *others = ranked
    does = f"{UNITS[axis]} the gradient {when}{DOES.get(first, first)} in"
    runs = count(judged, "run" if judged == len(rows) else "judged run")
    if not others and not gone:
        return f"{does} {'' if judged == 1 else 'all '}{runs}{_growth(axis, rows)}"
    parts = [f"{does} {times:,} of {runs}{alone.get((key, first), '')}"]
    parts += [f"{DOES.get(word, word)} in {amount:,}{alone.get((key, word), '')}" for word, amount in others]
    return ", ".join(parts)


def _growth(axis: str, rows: Rows) -> str:
    spread = Group((), rows).spread(f"growth.{axis}")
    if spread is None:
        return ""
    low, middle, high = (number(value, DIGITS) for value in (spread.low, spread.middle, spread.high))
    return f" (growth {middle})" if low == high else f" (median growth {middle}, from {low} to {high})"


def _alone(material: Material, rows: Rows) -> dict[tuple[str, Any], str]:
    """What a part of an axis does, if any does something alone: the worst of that, as `, exactly those with ...`.

    One run that does, or does not, may be a coincidence: then nothing is said.
    """
    for key, word in WORDS:
        known = [row for row in rows if not is_missing(row.get(key))]
        flags = [row.get(key) == word for row in rows]
        if min(sum(flags), len(known) - sum(flags)) < LEAST:
            continue
        for name in material.names:
            if name != NAME and (part := _part(material, name, flags)):
                return {(key, word): f", exactly those with {part}{_as_well(material, name, flags)}"}
    return {}


def _as_well(material: Material, name: str, flags: Sequence[bool]) -> str:
    """` (optimizer.lr differs as well)`: the axes that change with this one, and may be the cause as well as it."""
    found = [other for other in material.names if other not in (NAME, name) and _divides(material, other, flags)]
    found = [other for other in found if not f"{other}.".startswith(f"{name}.")]
    more = [count(len(found) - MOST_NAMED, "more key")] if len(found) > MOST_NAMED else []
    listed = [*found[:MOST_NAMED], *more]
    said = " and ".join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))
    return f" ({said} {'differs' if len(found) == 1 else 'differ'} as well)" if found else ""


def _divides(material: Material, name: str, flags: Sequence[bool]) -> bool:
    """Whether no value of an axis, each of which several runs have, stands on both sides."""
    values = list(map(or_none, material.columns[name]))
    pairs = set(zip(values, flags, strict=True))
    return len(pairs) == len(set(values)) <= len(values) / LEAST


def _strongest(material: Material) -> list[str]:
    """The strongest effect beyond noise, on what the report is about if there is one; none of many experiments.

    What is beyond noise may still be next to nothing, and no headline.
    """
    if len(material.values(NAME)) > FEW_EXPERIMENTS:
        return []
    found = [each for each in effects(material) if each.beyond_noise and each.difference.strength >= SMALL]
    about = [outcome.key for outcome in outcomes_of(material, 1)]
    found.sort(key=lambda effect: effect.outcome.key not in about)
    return [effect.sentence() for effect in found[:1]]


def _part(material: Material, name: str, flags: Sequence[bool]) -> str:
    """`depth >= 40`, `clipping none`: the values of an axis whose runs are all so, if no other run is; else ""."""
    values = material.values(name)
    found: dict[Any, set[bool]] = {}
    for value, flag in zip(material.columns[name], flags, strict=True):
        found.setdefault(or_none(value), set()).add(flag)
    if None in found or any(len(outcomes) > 1 for outcomes in found.values()):
        return ""
    so = [value for value in values if found[value] == {True}]
    texts = dict(zip(values, spec_texts(values), strict=True))
    if is_numeric(values) and len(so) > 1:
        if so == values[-len(so) :]:
            return f"{name} >= {texts[so[0]]}"
        if so == values[: len(so)]:
            return f"{name} <= {texts[so[-1]]}"
    several = all(material.columns[name].count(value) >= LEAST for value in so)
    if several and len(so) <= MOST_NAMED:
        return f"{name} {' or '.join(texts[value] for value in so)}"
    return ""


def _claims(material: Material) -> list[str]:
    """How many of the expectations in the specs are met, without those of control arms."""
    claims = [met for one in expected(material) if not one.control for _, met, _ in one.claims]
    if not claims or all(met is None for met in claims):
        return []
    said = [f"{sum(met is True for met in claims):,} of {count(len(claims), 'expectation')} met"]
    if len(material.sources) == 1 and isinstance(about := material.sources[0].spec.get("claim"), Mapping):
        verdict, condition = (str(about.get(key) or "") for key in ("verdict", "condition"))
        between = " " if verdict == "holds if" else ": "
        said.append(f"(its author's verdict: {between.join(filter(None, [verdict, condition]))})")
    return [" ".join(said)]


def _error(rows: Rows) -> str:
    found = reasons(rows)
    text = found[0][0] if found else ""
    return visible(text if len(text) <= MOST_ERROR else f"{text[:MOST_ERROR]} …")

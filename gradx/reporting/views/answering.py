"""`answer`: what came out of the runs, in one sentence whose numbers are all from them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import isnan
from typing import Any

from gradx.base.document import visible
from gradx.reporting.runs.asked import has_result
from gradx.reporting.runs.conditions import conditions
from gradx.reporting.runs.counts import at_first, distinct, reasons, shared
from gradx.reporting.runs.differing import is_missing
from gradx.reporting.runs.effects import effects
from gradx.reporting.runs.expected import counted, expected
from gradx.reporting.runs.groups import AXES, Group
from gradx.reporting.runs.material import FEW_EXPERIMENTS, NAME, Material
from gradx.reporting.runs.outcomes import Outcome, results
from gradx.reporting.runs.units import UNITS
from gradx.reporting.text import count, number
from gradx.reporting.views.choosing import outcomes_of
from gradx.reporting.views.ranging import ranging

PER: dict[str, str] = {axis: f"per {unit}" for axis, unit in UNITS.items()}
DOES = {"vanishing": "vanishes", "exploding": "explodes", "stable": "stays stable"}
DIGITS = 3
MOST_WORDS = 45  # of a sentence up to which it is said where
SMALL = 0.2  # standard deviations, from which on an effect is worth a headline (Cohen 1988: a small one)
MOST_ERROR = 200  # characters of what went wrong

Rows = Sequence[Mapping[str, Any]]


def answer(material: Material) -> str:
    """One sentence: of one run its verdict and evidence, of many how many did what, and where along the axes.

    Text of specs is as it was written: escape it for the medium.
    """
    rows = material.rows
    if not rows:
        return _nothing(material)
    facts = _of_run(rows[0]) if len(rows) == 1 else _of_many(material)
    before = ""
    if material.planned is not None and material.runs < material.planned:
        before = f"{material.runs:,} of {count(material.planned, 'point')} so far: "
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
        does = "the run diverges" if word == "diverged" else f"the gradient {DOES.get(word, word)} {PER[axis]}"
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
    total = count(material.runs, "run")
    if all(row.get("status") == "failed" for row in rows):
        return [f"all {total} failed, most often because of: {_error(rows)}"]
    gone = sum(row.get(f"verdict.{axis}") == "diverged" for row in rows for axis in AXES)
    rows = [_before_divergence(row) for row in rows] if gone else rows
    once = distinct(rows)
    asked = _asked(material)
    bare = _facts(once, bool(gone), {})
    about = [_end_of(outcome) for outcome in outcomes_of(material, 1)]
    where, named = _where(material, rows, _words([*asked, *bare.values()]), about)
    if asked:  # each place once
        where = {end: said for end, said in where.items() if not any(f"({text})" in asked[0] for text in said.values())}
    facts = _facts(once, bool(gone), where)
    ends = [facts[end] for end in sorted(facts, key=lambda end: bool(material.presentation.y) and end not in about)]
    ends = ends or [f"{total} without a verdict"]
    return [*asked, *ends, *_shared(rows), *([] if asked else _strongest(material, named, _words(ends)))]


def _asked(material: Material) -> list[str]:
    """The number that is asked for, and the strongest effect on it that is beyond noise.

    Nothing where that is a share or a growth: what becomes of runs is told anyway.
    """
    name = material.presentation.y
    outcome = outcomes_of(material, 1)[0] if name and has_result(material, name) else None
    if outcome is None or _end_of(outcome):
        return []
    few = len(material.values(NAME)) <= FEW_EXPERIMENTS
    found = [each for each in effects(material) if few and each.outcome.key == name and each.beyond_noise]
    return [*ranging(material, outcome), *(each.sentence() for each in found[:1])]


def _end_of(outcome: Outcome) -> str:
    """Which fact tells it: `verdict.depth` of a growth, `diverged` of `status diverged`; "" if none does."""
    column, _, word = outcome.key.partition(" ")
    kind, _, axis = column.partition(".")
    if kind in ("growth", "decades", "verdict"):
        return f"verdict.{axis}"
    return word if kind == "status" else column if column == "solved" else ""


def _facts(rows: Rows, gone: bool, where: Mapping[str, Mapping[Any, str]]) -> dict[str, str]:
    """How many runs came to which end, and where if that is known; by what they tell."""
    told = {f"verdict.{axis}": _verdicts(axis, rows, where, "at first " if gone else "") for axis in AXES}
    diverged = sum(row.get("status") == "diverged" for row in rows)
    if diverged:
        total = count(len(rows), "run")
        which = f"all {total}" if diverged == len(rows) else f"{diverged:,} of {total}"
        told["diverged"] = f"{which} {'diverges' if diverged == 1 else 'diverge'}{_at(where, 'diverged')}"
    losses = [loss for loss in results(rows, "loss.final") if loss is not None]
    if losses and all(isnan(loss) for loss in losses):
        told["loss"] = "every final loss is NaN"
    known = [solved for solved in _solved(rows) if solved is not None]
    if known and diverged < len(rows):
        verb = "solves" if sum(known) == 1 else "solve"
        runs = count(len(known), "run" if len(known) == len(rows) else "judged run")
        told["solved"] = f"{sum(known):,} of {runs} {verb} the task{_at(where, 'solved')}"
    failed = sum(row.get("status") == "failed" for row in rows)
    told["failed"] = f"{failed:,} failed{_at(where, 'failed')}" if failed else ""
    return {end: fact for end, fact in told.items() if fact}


def _where(
    material: Material, rows: Rows, words: int, about: Collection[str]
) -> tuple[dict[str, Mapping[Any, str]], set[str]]:
    """Where along the axes runs come to which end, and these axes.

    What the report is about and what is worst is told, the others as far as one sentence holds them.
    """
    ends: dict[str, tuple[list[Any], Sequence[Any]]] = {
        "diverged": ([row.get("status") == "diverged" for row in rows], [True]),
        **{key: _ends(key, rows) for key in (f"verdict.{axis}" for axis in AXES)},
        "solved": (_solved(rows), [True]),
        "failed": ([row.get("status") == "failed" for row in rows], [True]),
    }
    said: dict[str, Mapping[Any, str]] = {}
    named: set[str] = set()
    for what, (found, told) in ends.items():
        one = conditions(material, found, told)
        if one and (not said or what in about or words + _words(one.texts.values()) <= MOST_WORDS):
            said[what] = one.texts
            named |= one.axes
            words += _words(one.texts.values())
    return said, named


def _ends(key: str, rows: Rows) -> tuple[list[str | None], list[str]]:
    """The verdict of each row, and those that are told: the worst first."""
    found = [None if is_missing(row.get(key)) else str(row[key]) for row in rows]
    worst = ["exploding", "vanishing", "stable"]
    others = sorted({each for each in found if each is not None} - {*worst, "diverged"})
    return found, [*worst, *others]


def _solved(rows: Rows) -> list[bool | None]:
    """None for a run that was not trained, or of which it is not known."""
    return [None if is_missing(value) else bool(value) for value in results(rows, "solved")]


def _at(where: Mapping[str, Mapping[Any, str]], what: str, end: Any = True) -> str:
    text = where.get(what, {}).get(end)
    return f" ({text})" if text else ""


def _words(texts: Iterable[str]) -> int:
    return sum(len(text.split()) for text in texts)


def _shared(rows: Rows) -> list[str]:
    """How many runs several experiments have."""
    said = shared(rows)
    return [f"{said}, counted once"] if said else []


def _before_divergence(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row with the verdicts of its first sampled step: that it diverged is told beside them."""
    if row.get("status") != "diverged":
        return row
    return {**row, **{f"verdict.{axis}": at_first(row, axis) for axis in AXES}}


def _verdicts(axis: str, rows: Rows, where: Mapping[str, Mapping[Any, str]], when: str) -> str:
    """`per layer the gradient vanishes in 15 of 30 runs, stays stable in 10`; "" where nothing was judged."""
    key = f"verdict.{axis}"
    verdicts = Group((), rows).verdicts(axis)
    judged, gone = sum(verdicts.values()), verdicts.pop("diverged", 0)
    if not verdicts:
        return ""
    ranked = verdicts.most_common()
    (first, times), *others = ranked
    does = f"{PER[axis]} the gradient {when}{DOES.get(first, first)} in"
    runs = count(judged, "run" if judged == len(rows) else "judged run")
    if not others and not gone:
        return f"{does} {'' if judged == 1 else 'all '}{runs}{_growth(axis, rows)}"
    parts = [f"{does} {times:,} of {runs}{_at(where, key, first)}"]
    parts += [f"{DOES.get(word, word)} in {amount:,}{_at(where, key, word)}" for word, amount in others]
    return ", ".join(parts)


def _growth(axis: str, rows: Rows) -> str:
    spread = Group((), rows).spread(f"growth.{axis}")
    if spread is None:
        return ""
    low, middle, high = (number(value, DIGITS) for value in (spread.low, spread.middle, spread.high))
    return f" (growth {middle})" if low == high else f" (median growth {middle}, from {low} to {high})"


def _strongest(material: Material, named: Collection[str], words: int) -> list[str]:
    """The strongest effect beyond noise, on what the report is about if there is one; none of many experiments.

    What is beyond noise may still be next to nothing, and no headline. Where it is told where runs come to which end,
    only an effect of another axis is news, if there is room for it.
    """
    if len(material.values(NAME)) > FEW_EXPERIMENTS:
        return []
    found = [each for each in effects(material) if each.beyond_noise and each.difference.strength >= SMALL]
    about = [outcome.key for outcome in outcomes_of(material, 1)]
    found.sort(key=lambda effect: effect.outcome.key not in about)
    said = [effect.sentence() for effect in found[:1] if effect.axis not in named]
    return said if not named or words + _words(said) <= MOST_WORDS else []


def _claims(material: Material) -> list[str]:
    """How many of the expectations in the specs are met, without those of control arms."""
    claims = [claim for one in expected(material) if not one.control for claim in one.claims]
    if not claims or all(met is None for _, met, _ in claims):
        return []
    said = [counted(claims, "expectation")]
    if len(material.sources) == 1 and isinstance(about := material.sources[0].spec.get("claim"), Mapping):
        verdict, condition = (str(about.get(key) or "") for key in ("verdict", "condition"))
        between = " " if verdict == "holds if" else ": "
        said.append(f"(its author's verdict: {between.join(filter(None, [verdict, condition]))})")
    return [" ".join(said)]


def _error(rows: Rows) -> str:
    found = reasons(rows)
    text = found[0][0] if found else ""
    return visible(text if len(text) <= MOST_ERROR else f"{text[:MOST_ERROR]} …")

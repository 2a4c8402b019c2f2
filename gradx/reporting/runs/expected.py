"""`expected`: what the authors of experiments claim in `expect:`, judged by the runs that are there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gradx.axes.control import SUFFIX
from gradx.base import claims as base
from gradx.base import expression
from gradx.reporting.runs.differing import SPEC
from gradx.reporting.runs.material import NAME, Material, Source
from gradx.reporting.text import number

Row = Mapping[str, Any]
Claim = tuple[str, bool | None, str]
"""A claim, whether it is met (None: cannot be judged), and a note."""

WORDS = {True: "met", False: "not met", None: "cannot be judged"}
"""By whether a claim is met."""


@dataclass(frozen=True)
class Expected:
    """The claims of one experiment.

    Attributes:
        name: of the experiment.
        claims: with their outcome.
        row: of its only run, whose values explain the outcome; empty where there are several.
        control: whether it is the control arm of a claim, which is not to meet all of them.
    """

    name: str
    claims: Sequence[Claim]
    row: Row = field(default_factory=dict)
    control: bool = False

    @property
    def met(self) -> int:
        """How many claims are met; those that cannot be judged are not."""
        return sum(met is True for _, met, _ in self.claims)

    @property
    def unknown(self) -> int:
        """How many cannot be judged."""
        return sum(met is None for _, met, _ in self.claims)


def expected(material: Material) -> list[Expected]:
    """The claims of each experiment that has any; none of a part of the runs, of which nothing was claimed."""
    if material.where is not None:
        return []
    if "expected" not in material.made:
        found = (_of(source, material.rows) for source in material.sources if _listed(source.spec.get("expect")))
        material.made["expected"] = [one for one in found if one is not None]
    judged: list[Expected] = material.made["expected"]
    return judged


def counted(claims: Sequence[Claim], what: str = "") -> str:
    """`2 of 3 claims met`; `1 of 2 judged claims met, 1 cannot be judged`: what is not known counts neither way.

    Args:
        claims: some, judged.
        what: one of them is called, or nothing.
    """
    met, unknown = (sum(one is wanted for _, one, _ in claims) for wanted in (True, None))
    judged = len(claims) - unknown
    of = ["judged" if unknown else "", what if judged == 1 or not what else f"{what}s"]
    rest = f", {unknown:,} cannot be judged" if unknown else ""
    return " ".join(filter(None, [f"{met:,} of {judged:,}", *of, "met"])) + rest


def evidence(claim: Claim, row: Row) -> str:
    """Why a claim has its outcome: its note, or the values of the run that it speaks of: `growth.time = 0.574`."""
    text, _, note = claim
    names = dict.fromkeys(name for name in re.findall(r"[a-z_]+(?:\.[a-z_]+)*", text) if name in expression.NAMES)
    known = [(name, row[name]) for name in names if row.get(name) is not None]
    values = (f"{name} = {number(value) if isinstance(value, float) else value}" for name, value in known)
    return note or ", ".join(values)


def belonging(source: Source, rows: Sequence[Row]) -> list[Row]:
    """The runs in a directory that are points of its spec.yaml: an earlier version of it, or overrides, made others."""
    name = source.spec.get("name")
    found = [row for row in rows if row["run"] in source.runs and row.get(NAME) == name]
    if len(found) == source.planned:
        return found
    fixed = dict(_flat({key: value for key, value in source.spec.items() if key in SPEC}))
    varied = {
        axis: {*map(_kind, values), fixed.get(axis), None}  # not each block of a sweep has each axis
        for axis, values in source.axes.items()
    }
    fixed = {key: value for key, value in fixed.items() if not any(f"{key}.".startswith(f"{axis}.") for axis in varied)}

    def is_point(row: Row) -> bool:
        alike = all(row.get(key) == value for key, value in fixed.items())
        return alike and all(row.get(axis) in values for axis, values in varied.items())

    return [row for row in found if is_point(row)]


def _of(source: Source, every: Sequence[Row]) -> Expected | None:
    given = [claim for raw in _listed(source.spec.get("expect")) if (claim := _claim(raw)) is not None]
    rows, name = belonging(source, every), str(source.spec.get("name", ""))
    if not given or not rows:
        return None
    control = name.endswith(SUFFIX)
    if not source.spec.get("sweep"):
        texts = [] if rows[0].get("status") == "failed" else [claim for claim in given if isinstance(claim, str)]
        return Expected(name, [_judged(claim, rows[0]) for claim in texts], rows[0], control)
    if len(rows) != source.planned:
        note = f"{len(rows):,} of {source.planned:,} points are there" if source.planned else "its sweep cannot be read"
        return Expected(name, [(str(claim), None, note) for claim in given], control=control)
    judged = [(claim, base.judgement(claim, rows)) for claim in given]
    return Expected(name, [(str(claim), each.met, each.note) for claim, each in judged], control=control)


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The keys of a resolved spec as `runs/` names its columns; of a part its kind. Lists are left out."""
    for key, inner in value.items():
        name = above if key == "kind" else f"{above}.{key}".removeprefix(".")
        if isinstance(inner, Mapping):
            yield from _flat(inner, name)
        elif inner is not None and not isinstance(inner, list):
            yield name, inner


def _kind(value: Any) -> Any:
    return value.get("kind") if isinstance(value, Mapping) else None if isinstance(value, list) else value


def _listed(raw: Any) -> Sequence[Any]:
    return raw if isinstance(raw, list) else []


def _claim(raw: Any) -> str | base.Claim | None:
    """A claim of a spec.yaml, which anybody may have edited; None for what is none."""
    if any(base.problems(raw)):
        return None
    if isinstance(raw, str):
        return raw
    try:
        return base.Claim(**raw) if isinstance(raw, Mapping) else None
    except (ValidationError, TypeError):
        return None


def _judged(claim: str, row: Row) -> Claim:
    try:
        return claim, expression.holds(claim, row), ""
    except expression.UnavailableError as error:
        return claim, None, str(error)

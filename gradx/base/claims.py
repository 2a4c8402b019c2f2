"""`Claim`: what an author expects of the runs of a sweep; `judgement`: whether it is so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from gradx.base import expression
from gradx.base.document import KeyPath
from gradx.base.expression import Judgement
from gradx.base.part import Spec


class Claim(Spec):
    """A claim about many runs: of those that `where` picks (all without one), `that` is true."""

    where: str | None = None  # a filter: depth >= 20 and activation == tanh
    that: str  # share(solved) >= 0.8

    @model_serializer(mode="wrap")
    def _given(self, plain: SerializerFunctionWrapHandler) -> dict[str, str]:
        """As a mapping in YAML, without a `where` that is not there."""
        return {key: text for key, text in plain(self).items() if text is not None}

    def __str__(self) -> str:
        return f"{self.that} where {self.where}" if self.where else self.that


def problems(claim: Any) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with a claim as raw data, and where in it; what is no claim at all is pydantic's to say."""
    if isinstance(claim, str) and (problem := expression.problem(claim)):
        about_all = expression.sweep_problem(claim) is None
        yield (), f"a claim about a whole sweep is written {{that: {claim}}}" if about_all else problem
    if isinstance(claim, Mapping):
        that, where = claim.get("that"), claim.get("where")
        if isinstance(where, str) and (problem := expression.filter_problem(where)):
            yield ("where",), problem
        if isinstance(that, str) and (problem := expression.sweep_problem(that)):
            yield ("that",), problem


def judgement(claim: str | Claim, rows: Sequence[Mapping[str, Any]]) -> Judgement:
    """A claim judged by the rows of a sweep; a plain text is a claim about every single run."""
    if isinstance(claim, str):
        return _of_each(claim, rows)
    if not rows or claim.where is None:
        return expression.judge(claim.that, rows)
    columns = dict.fromkeys(name for row in rows for name in row)
    if unknown := expression.unknown_columns(claim.where, columns):
        return Judgement(None, f"where: unknown column {unknown[0]!r}{expression.suggestion(unknown[0], columns)}")
    picked = [row for row in rows if expression.matches(claim.where, row)]
    return expression.judge(claim.that, picked) if picked else Judgement(None, f"no run matches {claim.where}")


def _of_each(claim: str, rows: Sequence[Mapping[str, Any]]) -> Judgement:
    met, reasons = 0, list[str]()
    for row in rows:
        try:
            met += expression.holds(claim, row)
        except expression.UnavailableError as error:
            reasons.append(str(error))
    if not rows:
        return Judgement(None, "there are no runs")
    note = f"met in {met} of {len(rows)} runs"
    if reasons:
        note += f", {len(reasons)} cannot be judged: {reasons[0]}"
    missed = len(rows) - met - len(reasons)
    return Judgement(False if missed else None if reasons else True, note)

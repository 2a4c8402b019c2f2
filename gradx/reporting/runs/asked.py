"""`check`, `unmet` and `having`: what a user must know of the columns that a filter, an option or a spec names."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gradx.base import expression
from gradx.base.document import visible
from gradx.base.errors import Problem, SpecError
from gradx.base.presentation import RESULTS, Presentation, result_problem
from gradx.base.untrained import untrained
from gradx.reporting.runs.differing import is_missing, or_none
from gradx.reporting.runs.groups import SEED
from gradx.reporting.runs.outcomes import results
from gradx.reporting.text import spec_texts

if TYPE_CHECKING:
    from gradx.reporting.runs.material import Material

KEYS, VALUES = 20, 6  # columns, and values of one, that a message lists
MOST_PLACES = 400  # values of a key that have room across a chart


def check(every: "Material", picked: "Material", wanted: Presentation) -> None:
    """Raises SpecError where a filter or an option asks for what the runs do not have; all mistakes at once.

    What the runs of a sweep do not have while others are to come is no mistake: `unmet` tells it.

    Args:
        every: the runs without the filter, which know the columns.
        picked: those that the filter picks, of which a report is made.
        wanted: what the options say.
    """
    problems = []
    if every.rows:
        unknown = expression.unknown_columns(every.where, every.columns) if every.where else ()
        asked: list[tuple[str, str]] = [("--where", name) for name in unknown]
        asked += [(option, name) for option, name in _keys(wanted) if name and name not in every.columns]
        problems = [Problem(visible(_unknown(name, every)), source=option) for option, name in asked]
    problems += misspelt(wanted)
    wrong = {problem.source for problem in problems}
    coming = any((source.planned or 0) > len(source.runs) for source in every.sources)
    for field, why, allowed in () if coming else _unmet(picked, wanted):
        if f"--{field}" not in wrong:
            hint = f" (allowed: {', '.join(_few(allowed))})" if allowed else ""
            problems.append(Problem(visible(f"{why}{hint}"), source=f"--{field}"))
    if problems:
        raise SpecError(problems)


def misspelt(wanted: Presentation) -> list[Problem]:
    """What is wrong with what the options say, whatever the runs have."""
    found = [Problem("needs the name of a column", source=option) for option, name in _keys(wanted) if name == ""]
    if wanted.y is not None and (problem := result_problem(wanted.y)):
        found.append(Problem(visible(problem), source="--y"))
    return found


def unmet(made: "Material") -> list[str]:
    """Why what the spec asks for under `report:`, or an option of a sweep that goes on, is not drawn."""
    return [why for _, why, _ in _unmet(made, made.presentation)]


def has_result(made: "Material", name: str) -> bool:
    """Whether that is the name of a result, and any run has it; of `status diverged`, whether any has a status."""
    values = results(made.rows, name.partition(" ")[0]) if result_problem(name) is None else ()
    return any(value is not None for value in values)


def having(made: "Material", where: str) -> str:
    """A few values of each column that a filter reads."""
    found = []
    for name in (each for each in expression.columns_in(where) if each in made.columns):
        texts = spec_texts([value for value in made.values(name) if value is not None])
        more = f" and {len(texts) - VALUES:,} more" if len(texts) > VALUES else ""
        found.append(f"{name} has {', '.join(texts[:VALUES]) + more if texts else 'no value'}")
    return "; ".join(found)


def _unmet(made: "Material", wanted: Presentation) -> Iterator[tuple[str, str, Sequence[str]]]:
    """The field, why it cannot be drawn, and what could be."""
    if not made.rows:
        return
    drawable = wanted.y is None or has_result(made, wanted.y)
    if wanted.y is not None and not drawable:
        column = wanted.y.partition(" ")[0]
        kept = any(value is not None for value in made.columns.get(column, ()))
        why = f"no run has {column}" + (": none was trained" if kept and all(map(untrained, made.rows)) else "")
        yield "y", why, [name for name in RESULTS if has_result(made, name)]
    differing = [*made.names, *([SEED] if len(made.values(SEED)) > 1 else [])]
    for field, name in (("x", wanted.x), ("by", wanted.by)):
        keys = [key for key in differing if key not in (name, wanted.x)]
        values = made.values(name) if name is not None else []
        if name is not None and all(map(is_missing, values)):
            yield field, f"no run has {name}", keys
        elif field == "by" and name is not None and name == wanted.x:
            yield field, f"x is {name} already", keys
        elif field == "x" and len(values) == 1:
            yield field, f"{name} is {spec_texts(values)[0]} in all runs", keys
        elif field == "x" and len(values) > MOST_PLACES:
            yield field, f"{name} has {len(values):,} values, more than the {MOST_PLACES} that have room", keys
        elif field == "x" and values and wanted.y and drawable and len(_where(made, str(name), wanted.y)) < 2:
            yield field, f"the runs with {wanted.y.partition(' ')[0]} do not differ in {name}", keys


def _where(made: "Material", key: str, result: str) -> set[Any]:
    """The values of a key that runs with that result have."""
    found = results(made.rows, result.partition(" ")[0])
    return {or_none(at) for at, value in zip(made.columns[key], found, strict=True) if value is not None}


def _keys(wanted: Presentation) -> tuple[tuple[str, str | None], ...]:
    return ("--x", wanted.x), ("--by", wanted.by)


def _unknown(name: str, made: "Material") -> str:
    """With a column that is called alike; else some that there are, first those in which the runs differ."""
    keys = list(dict.fromkeys([*made.names, *made.columns]))
    return f"unknown column {name!r}" + (expression.suggestion(name, keys) or f" (allowed: {', '.join(_few(keys))})")


def _few(names: Sequence[str]) -> list[str]:
    return [*names[:KEYS], *(["..."] if len(names) > KEYS else [])]

"""`check` and `having`: what a user must know of the columns that a filter or an option names."""

from typing import TYPE_CHECKING

from gradx.base import expression
from gradx.base.document import visible
from gradx.base.errors import Problem, SpecError
from gradx.base.presentation import Presentation, result_problem
from gradx.reporting.text import spec_texts

if TYPE_CHECKING:
    from gradx.reporting.runs.material import Material

KEYS, VALUES = 20, 6  # columns, and values of one, that a message lists


def check(made: "Material", where: str | None, wanted: Presentation) -> None:
    """Raises SpecError where a filter or an option asks for a column that no run has, or for a result that is none."""
    problems = []
    if made.rows:
        asked = [("--where", name) for name in (expression.unknown_columns(where, made.columns) if where else ())]
        keys = (("--x", wanted.x), ("--by", wanted.by))
        asked += [(option, name) for option, name in keys if name and name not in made.columns]
        problems = [
            Problem(visible(f"unknown column {name!r}{_hint(name, made)}"), source=option) for option, name in asked
        ]
    if wanted.y and (problem := _result_problem(wanted.y, made)):
        problems.append(Problem(visible(problem), source="--y"))
    if problems:
        raise SpecError(problems)


def having(made: "Material", where: str) -> str:
    """A few values of each column that a filter reads."""
    found = []
    for name in (each for each in expression.columns_in(where) if each in made.columns):
        texts = spec_texts([value for value in made.values(name) if value is not None])
        more = f" and {len(texts) - VALUES:,} more" if len(texts) > VALUES else ""
        found.append(f"{name} has {', '.join(texts[:VALUES]) + more if texts else 'no value'}")
    return "; ".join(found)


def _result_problem(name: str, made: "Material") -> str | None:
    """As in a spec; and no run may have it."""
    if (problem := result_problem(name)) or not made.rows:
        return problem
    column = name.partition(" ")[0]
    return None if column in made.columns else f"no run has {column}"


def _hint(name: str, made: "Material") -> str:
    """A column that is called alike; else some that there are, first those in which the runs differ."""
    keys = list(dict.fromkeys([*made.names, *made.columns]))
    shown = [*keys[:KEYS], *(["..."] if len(keys) > KEYS else [])]
    return expression.suggestion(name, keys) or f" (allowed: {', '.join(shown)})"

"""`command` and `words`: the command that makes a report of the same results again."""

import shlex
from pathlib import Path

from gradx.base.document import visible
from gradx.reporting.runs.material import Material


def command(material: Material, *options: str, where: str | None = None) -> str:
    """`words` as one line, quoted for a shell."""
    return " ".join(shlex.quote(visible(word)) for word in words(material, *options, where=where))


def words(material: Material, *options: str, where: str | None = None) -> list[str]:
    """`gradx report PATH... --where ... --by ...`, or `gradx compare`, and further options.

    Args:
        material: what the report is about, with its paths, filter and choices.
        options: to add, one argument each.
        where: a filter instead of that of the report; "" for none.
    """
    filtered = material.where if where is None else where
    chosen = [part for key, value in _chosen(material).items() for part in (f"--{key}", value)]
    return [
        "gradx",
        material.verb,
        *map(argument, material.paths),
        *(["--where", filtered] if filtered else []),
        *chosen,
        *options,
    ]


def argument(path: Path) -> str:
    """A path as an argument that no command takes for an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def figure_command(material: Material, key: str, where: str | None = None) -> tuple[str, str]:
    """The command that draws a figure again, and the file in which it lies then."""
    return command(material, "--figures", "figures", "--format", "pdf", where=where), f"figures/{key}.pdf"


def _chosen(material: Material) -> dict[str, str]:
    """What was asked for by options."""
    said = material.chosen.model_dump(include={"x", "y", "by"}, exclude_none=True)
    return {key: str(value) for key, value in said.items()}

"""`control`: the arm of a claim that is not to meet it, by the block `control:`; `with_control`: both arms checked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from gradx.axes.assignments import entered_value
from gradx.axes.points import Axes
from gradx.axes.reading import NOT_SWEPT, Checker
from gradx.base import yaml
from gradx.base.document import Document, KeyPath, shown
from gradx.base.errors import Problem, SpecError
from gradx.base.override import Assignment
from gradx.base.yaml import Reading

T = TypeVar("T")
SUFFIX = "-control"
FIXED = dict.fromkeys((*NOT_SWEPT, "seed"), "both arms share it")


class NoControlError(SpecError):
    """The document has no control arm."""


def control(axes: Axes | None, document: Document, overrides: Sequence[str]) -> tuple[Document, Axes | None]:
    """The document of the control arm and its axes: its overrides are entered as those of the command line are.

    A value pins its path, also where the sweep has an axis of it. The places of the values stay those in the file.
    Raises SpecError with the `overrides` of the command line that touch what makes the control arm one, or with every
    path that cannot be overridden, and NoControlError.
    """
    given = document.data.get("control")
    if given is None:
        raise NoControlError([Problem("there is no control arm: it needs the key 'control'", source=document.source)])
    if not isinstance(given, dict) or not given:
        what = "an empty mapping" if isinstance(given, dict) else shown(given)
        message = f"must be a mapping of overrides like {{activation: tanh, init.gain: 2}} (got {what})"
        raise SpecError([document.problem(document.values["control",], message, ("control",))])
    _refuse(overrides, list(map(str, given)))
    problems, checker = list[Problem](), Checker(document)
    blocks = axes.blocks if axes else [[]]
    arm = document
    for path, value in sorted(given.items(), key=lambda item: str(item[0]).count(".")):  # `init` before `init.gain`
        place = ("control", path)
        if reason := FIXED.get(str(path).split(".")[0]):
            problems.append(document.problem(document.keys[place], f"{path} cannot differ: {reason}", place))
        elif checker.path(path, place):
            checker.single(value, place)
            try:
                arm, blocks = entered_value(arm, blocks, _assignment(document, path, value, place))
            except SpecError as error:
                problems += error.problems
    problems += [problem for _, problem in checker.problems]
    if problems:
        raise SpecError(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    data = {key: value for key, value in arm.data.items() if key not in ("claim", "control")}
    changed = Axes(blocks)
    return replace(arm, data={**data, "name": f"{data['name']}{SUFFIX}"}), changed if changed.paths else None


def with_control(arm: Callable[[bool], T], runs: Callable[[T], set[str]], path: Path) -> T:
    """The treatment of a file, once its control arm has been read as well.

    Args:
        arm: reads the control arm if that is true, else the treatment.
        runs: the run ids of an arm.
        path: the file.

    Raises:
        SpecError: with the mistakes of both arms, and where both are the same.
    """
    problems, found = list[Problem](), list[T]()
    for control in (False, True):
        try:
            found.append(arm(control))
        except NoControlError:
            pass
        except SpecError as error:
            problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise SpecError(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
    if len({frozenset(runs(each)) for each in found}) < len(found):
        document = yaml.load(path)
        message = "changes nothing: the control arm is the same experiment"
        raise SpecError([document.problem(document.values["control",], message, ("control",))])
    return found[0]


def _refuse(overrides: Sequence[str], pinned: Sequence[str]) -> None:
    """Raises SpecError that names the overrides of, within or around the paths that are pinned."""
    given = [text.partition("=")[0].strip() for text in overrides]
    clashes = [path for path in given if any(_within(path, one) or _within(one, path) for one in pinned)]
    if clashes:
        message = "is what makes the control arm: leave it out, or give it without --control"
        raise SpecError([Problem(f"{path} {message}", source="command line") for path in dict.fromkeys(clashes)])


def _within(path: str, other: str) -> bool:
    return f"{path}.".startswith(f"{other}.")


def _assignment(document: Document, path: str, value: Any, place: KeyPath) -> Assignment:
    """An override as if it had been given on the command line, with its place in the file."""
    keys, values = (
        {each[len(place) :]: mark for each, mark in marks.items() if each[: len(place)] == place}
        for marks in (document.keys, document.values)
    )
    keys.pop((), None)
    segments = [(segment, document.keys[place]) for segment in path.split(".")]
    return Assignment(segments, [Reading(value, keys, values, None)])

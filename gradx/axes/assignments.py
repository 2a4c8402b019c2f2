"""Axes from the command line: `seed=0,1,2`, `depth={range: [2, 10]}`, and `depth=4` where the block sweeps depth."""

from collections.abc import Sequence
from dataclasses import replace

from gradx.axes.forms import is_form
from gradx.axes.points import Axes, Axis, Cell
from gradx.axes.reading import Checker, overlaps, too_many
from gradx.base.document import Document, KeyPath, Mark
from gradx.base.errors import Problem, SpecError
from gradx.base.override import Assignment, assigned, assignment, entered

Block = Sequence[Axis]


def override(axes: Axes | None, document: Document, assignments: Sequence[str]) -> tuple[Document, Axes | None]:
    """The document and its axes after each `path=value`, `path=v1,v2` or `path={range: [0, 5]}` in turn.

    Several values are an axis. It takes the place of the one with its path: in a `zip` it must be as long as its
    fellows, from the points of a `list` the path is taken out; a new axis multiplies every block, as the last of its
    `grid`. A single value pins: its path is swept no longer. Within a part that is swept as a whole, a single value is
    an axis of one.
    Raises SpecError with the problems of all assignments, located on the "command line".
    """
    problems: list[Problem] = []
    blocks: Sequence[Block] = axes.blocks if axes else [[]]
    seen: set[str] = set()
    for text in assignments:
        document = entered(document, text)
        try:
            given = assignment(document, text, split=True)
            if given.path in seen:
                raise SpecError([document.problem((len(document.lines), 1), f"{given.path!r} is set twice")])
            seen.add(given.path)
            document, blocks = entered_value(document, blocks, given)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    changed = Axes(blocks)
    return document, changed if changed.paths else None


def entered_value(document: Document, blocks: Sequence[Block], given: Assignment) -> tuple[Document, Sequence[Block]]:
    """The document and blocks after one assignment. Raises SpecError."""
    path, single = given.path, len(given.values) == 1 and not is_form(given.values[0].data)
    mark = given.segments[0][1]
    if path.split(".")[0] == "sweep":
        raise SpecError([document.problem(mark, "write an axis as path=v1,v2; the block 'sweep' is set in the file")])
    within = any(path.startswith(f"{outer}.") for outer in Axes(blocks).paths)
    if single:
        blocks = [[left for axis in block if (left := axis.without(path))] for block in blocks]
        if not within:
            return assigned(document, given), blocks
    document, axis = _axis(document, given)
    blocks = [_with(block, axis, document, mark) for block in blocks]
    if any(overlaps(block) for block in blocks):
        message = f"a part of {path} is swept, too, or it is a part of what is swept: one of the two would be lost"
        raise SpecError([document.problem(mark, message)])
    if many := too_many(Axes(blocks)):
        raise SpecError([document.problem(mark, many)])
    return document, blocks


def _axis(document: Document, given: Assignment) -> tuple[Document, Axis]:
    """The values of an assignment as an axis, and the document that knows their places."""
    path, place = given.path, ("sweep", given.path)
    first = given.values[0]
    keys = {**document.keys, place: given.segments[0][1]}
    values = {**document.values, place: first.values[()]}
    for index, reading in enumerate(given.values):
        below: KeyPath = place if is_form(first.data) else (*place, index)
        keys |= {(*below, *inner): mark for inner, mark in reading.keys.items()}
        values |= {(*below, *inner): mark for inner, mark in reading.values.items()}
    document = replace(document, keys=keys, values=values)
    checker = Checker(document)
    cells: list[Cell] = []
    alone = len(given.values) == 1 and is_form(first.data)
    if checker.path(path, place):
        cells = checker.values(first.data if alone else [each.data for each in given.values], place, path)
    forms = {path: first.data} if alone else {}
    axis = checker.different(Axis("grid", [(cell,) for cell in cells], forms), place)
    checker.end()
    return document, axis


def _with(block: Block, new: Axis, document: Document, mark: Mark) -> Block:
    """A block with a new axis, which takes the place of one with its path."""
    (path,), axes, placed = new.paths, list[Axis](), False
    for axis in block:
        if path not in axis.paths:
            axes.append(axis)
        elif axis.kind == "list":
            axes += [left] if (left := axis.without(path)) else []
        elif len(axis.paths) == 1:
            axes.append(new)
            placed = True
        elif len(axis.rows) != len(new.rows):
            fellows = ", ".join(each for each in axis.paths if each != path)
            message = f"{len(new.rows)} values, but zip pairs them with {len(axis.rows)} of {fellows}"
            raise SpecError([document.problem(mark, message)])
        else:
            pairs = zip(axis.rows, new.rows, strict=True)
            rows = [tuple(cells[0] if cell[0] == path else cell for cell in row) for row, cells in pairs]
            kept = {each: form for each, form in axis.forms.items() if each != path}
            axes.append(replace(axis, rows=rows, forms={**kept, **new.forms}))
            placed = True
    last = sum(axis.kind == "grid" for axis in axes)
    return axes if placed else [*axes[:last], new, *axes[last:]]

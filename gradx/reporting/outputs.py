"""`Outputs`: what `gradx report` and `gradx compare` are asked to write, checked before anything is written."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from gradx.base.document import visible
from gradx.base.errors import Problem, ResultsError, SpecError
from gradx.base.expression import suggestion
from gradx.reporting.documents.files import written
from gradx.reporting.elements import FORMATS
from gradx.reporting.report import Report
from gradx.reporting.text import count, shown
from gradx.store.paths import Paths

STDOUT = Path("-")
PIPED_WIDTH = 240  # columns of what goes into a file or another program


@dataclass(frozen=True)
class Outputs:
    """Files and folders to write, as the options of the same names give them, and JSON for stdout."""

    html: Path | None = None
    markdown: Path | None = None
    csv: Path | None = None
    figures: Path | None = None
    format: str | None = None
    json: bool = False

    @property
    def texts(self) -> dict[str, Path]:
        """Those that are one file each, by option."""
        found = {"--html": self.html, "--markdown": self.markdown, "--csv": self.csv}
        return {option: path for option, path in found.items() if path is not None}

    @property
    def options(self) -> list[str]:
        """What was asked for."""
        figures = ["--figures"] if self.figures is not None else []
        return [*self.texts, *figures, *(["--json"] if self.json else [])]

    def checked(self, make: Callable[[], Report], others: Sequence[Problem] = ()) -> Report:
        """The report, if all is right. Raises SpecError with these problems, `others` and those of `make`."""
        problems = [*others, *self._problems()]
        try:
            made = make()
        except SpecError as error:
            raise SpecError([*problems, *error.problems]) from error
        if problems:
            raise SpecError(problems)
        return made

    def _problems(self) -> Iterator[Problem]:
        for option, path in self.texts.items():
            if path != STDOUT and (problem := _misplaced(path)):
                yield Problem(visible(problem), source=option)
        if self.figures is not None and (problem := _no_folder(self.figures)):
            yield Problem(visible(problem), source="--figures")
        if self.format is not None and self.format not in FORMATS:
            hint = suggestion(self.format, FORMATS) or f" (allowed: {', '.join(FORMATS)})"
            yield Problem(visible(f"cannot write {self.format!r}{hint}"), source="--format")
        if self.format is not None and self.figures is None:
            yield Problem("is about figures: say where they go with --figures DIR", source="--format")
        piped = [option for option, path in self.texts.items() if path == STDOUT] + (["--json"] if self.json else [])
        if len(piped) > 1:
            yield Problem(f"{' and '.join(piped)} cannot both go to stdout")
        yield from self._clashes()

    def _clashes(self) -> Iterator[Problem]:
        """Outputs that would overwrite each other."""
        named: dict[Path, list[str]] = {}
        files = {option: path for option, path in self.texts.items() if path != STDOUT}
        folder = {"--figures": self.figures} if self.figures is not None else {}
        for option, path in {**files, **folder}.items():
            named.setdefault(path.resolve(), []).append(option)
        for options in named.values():
            if len(options) > 1:
                yield Problem(f"{' and '.join(options)} name one file")
        ending = f".{self.format or FORMATS[0]}"
        for option, path in files.items():
            if self.figures is not None and path.suffix == ending and path.resolve().parent == self.figures.resolve():
                yield Problem(visible(f"{path} may be one of the figures: give another ending"), source=option)


def show(made: Report, asked: Outputs) -> None:
    """Writes what was asked for and says so on stderr; where nothing was, the page on stdout. Raises ResultsError."""
    makers = {"--html": made.html, "--markdown": lambda: made.markdown(_links(made, asked)), "--csv": made.csv}
    for option, path in asked.texts.items():
        text = makers[option]()
        if path == STDOUT:
            _out(text)
        else:
            _say(f"wrote {path}, {_size(written(path, text))}")
    if asked.figures is not None:
        _figures(made, asked.figures, asked.format or FORMATS[0])
    if asked.json:
        _out(made.json() + "\n")
    if not asked.options:
        show_page(made)


def show_page(made: Report, console: Console | None = None) -> None:
    """The page on stdout, as wide as the terminal; wide where there is none."""
    console = console or Console()
    if not console.is_terminal:
        console = Console(file=console.file, width=PIPED_WIDTH)
    console.print(made, soft_wrap=True)


def _figures(made: Report, folder: Path, format: str) -> None:
    from gradx.reporting.drawing import rendered

    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ResultsError(f"cannot create {folder}: {error.strerror}") from error
    total = 0
    for key, figure in made.figures.items():
        total += written(folder / f"{key}.{format}", rendered(figure, format))
    _say(f"wrote {count(len(made.figures), 'figure')} to {folder}, {_size(total)}")


def _links(made: Report, asked: Outputs) -> dict[str, str]:
    """Where the files of the figures lie, as the Markdown sees them; nothing without them."""
    if asked.figures is None or asked.markdown is None:
        return {}
    here = Path() if asked.markdown == STDOUT else asked.markdown.parent
    folder = Path(os.path.relpath(asked.figures, here)).as_posix()
    return {key: f"{folder}/{key}.{asked.format or FORMATS[0]}" for key in made.figures}


def _misplaced(path: Path) -> str | None:
    """Why a file cannot be written there."""
    target = path.resolve()
    parent, beside = target.parent, Paths(target.parent)
    try:
        if path.is_dir():
            return f"{path} is a folder"
    except OSError as error:  # a name that is too long
        return f"cannot write {path}: {error.strerror}"
    if not parent.is_dir():
        return f"{parent} is no folder"
    if target in (beside.spec, beside.environment, beside.summary, beside.lock) and _is_results(beside):
        return f"{target} belongs to the results there"
    return _taken(parent)


def _no_folder(path: Path) -> str | None:
    """Why a folder cannot be made or filled there."""
    if path == STDOUT:
        return "figures are many files: give a folder"
    folder = path.resolve()
    try:
        there = path.exists()
    except OSError as error:  # as above
        return f"cannot create {path}: {error.strerror}"
    if there and not path.is_dir():
        return f"{path} is a file"
    return _taken(folder) if folder.parent.is_dir() else f"{folder.parent} is no folder"


def _taken(folder: Path) -> str | None:
    """Why nothing may be added to a folder: it is a part of a results directory, or lies in one."""
    for place in (folder, *folder.parents):
        above = Paths(place.parent)
        if place in (above.runs, above.trace, above.claims, above.slurm) and _is_results(above):
            return f"{place} holds results: nothing else may lie there"
    return None


def _is_results(paths: Paths) -> bool:
    """Whether runs are kept there; a folder of experiments may hold one that is called runs."""
    return paths.runs.is_dir() and (paths.spec.is_file() or any(paths.runs.glob("*.parquet")))


def _size(size: int) -> str:
    """In bytes, kB or MB of 1000."""
    if size < 1000:
        return count(size, "byte")
    return f"{size / 1000:.0f} kB" if size < 999_500 else f"{size / 1e6:.1f} MB"


def _out(text: str) -> None:
    """As UTF-8 whatever the locale, as the file would be; where stdout takes no bytes, as text. Raises ResultsError."""
    if sys.stdout is None:
        raise ResultsError("cannot write to stdout: it is closed")
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    left = memoryview(text.encode("utf-8", "backslashreplace"))
    while left:  # without a buffer (PYTHONUNBUFFERED) a disk that gets full takes a part of it, and says nothing
        left = left[buffer.write(left) :]
    buffer.flush()


def _say(text: str) -> None:
    console = Console(stderr=True)
    if sys.stderr is not None:  # closed, and print would take stdout
        print(shown(text, console.options.ascii_only), file=sys.stderr)

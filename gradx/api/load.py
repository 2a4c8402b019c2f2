"""`load`: an opened results directory."""

from pathlib import Path

from gradx.store.runs import Results
from gradx.store.view import View


def load(path: Path | str, where: str | None = None) -> View:
    """The runs in a results directory, or those of them that a filter picks.

    `.runs` and `.trace(quantity)` are DataFrames: `load("results/grid", "depth >= 20 and activation == tanh").runs`.
    Raises SpecError for a wrong filter; ResultsError where the results cannot be read.
    """
    return View(Results(Path(path)), where)

"""gradx: reproduce vanishing and exploding gradients, measure them right, say why a network does not train.

Experiment   one fully specified training
run          train it, or find it in the results
Run          what that returns: its row, verdict, claims and trace
sweep        train every point of a grid that is not in the results yet
Sweep        what that returns: rows, claims, traces
Placement    where a sweep is worked off: device, executor, workers
check        what an experiment will cost
load         open a results directory as DataFrames
report       what the runs in results directories came to: figures, tables, a page
compare      what differs between the runs of two or more directories, in pairs
Report       what both return
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradx.api import Placement as Placement
    from gradx.api import Run as Run
    from gradx.api import Sweep as Sweep
    from gradx.api import check as check
    from gradx.api import run as run
    from gradx.api import sweep as sweep
    from gradx.reporting.report import Report as Report
    from gradx.reporting.report import compare as compare
    from gradx.reporting.report import report as report
    from gradx.spec import Experiment as Experiment
    from gradx.store.view import load as load

__version__ = "0.1.0"
__all__ = ["Experiment", "Placement", "Report", "Run", "Sweep", "check", "compare", "load", "report", "run", "sweep"]
_MODULES = {
    "Experiment": "gradx.spec",
    "Report": "gradx.reporting.report",
    "compare": "gradx.reporting.report",
    "load": "gradx.store.view",
    "report": "gradx.reporting.report",
}
"""Where the names are that `gradx.api` does not have to give: reading results takes no torch."""


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first asked for: torch takes a second (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'gradx' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULES.get(name, "gradx.api")), name)

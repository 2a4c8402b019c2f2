"""gradx: reproduce vanishing and exploding gradients, measure them right, say why a network does not train.

Experiment   one fully specified training
run          train it, or find it in the results
Run          what that returns: its row, verdict, claims and trace
sweep        train every point of a grid that is not in the results yet
Sweep        what that returns: rows, claims, traces
Placement    where a sweep is worked off: device, executor, workers
check        what an experiment will cost
load         open a results directory as DataFrames
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradx.api import Placement as Placement
    from gradx.api import Run as Run
    from gradx.api import Sweep as Sweep
    from gradx.api import check as check
    from gradx.api import load as load
    from gradx.api import run as run
    from gradx.api import sweep as sweep
    from gradx.spec import Experiment as Experiment

__version__ = "0.1.0"
__all__ = ["Experiment", "Placement", "Run", "Sweep", "check", "load", "run", "sweep"]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are first asked for: torch takes a second (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'gradx' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("gradx.spec" if name == "Experiment" else "gradx.api"), name)

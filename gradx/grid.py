"""Which experiments can train together: those of one shape."""

from collections.abc import Iterable

from gradx.spec import Experiment


def cohorts(experiments: Iterable[Experiment]) -> list[list[Experiment]]:
    """The experiments grouped by `shape`, in the order of their first appearance; a run id appears once."""
    groups: dict[str, dict[str, Experiment]] = {}
    for experiment in experiments:
        groups.setdefault(experiment.shape, {}).setdefault(experiment.run, experiment)
    return [list(group.values()) for group in groups.values()]

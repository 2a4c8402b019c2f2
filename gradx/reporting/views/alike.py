"""`before_training`: which groups of runs have one and the same gradient before training."""

from collections.abc import Callable, Hashable

from gradx.reporting.runs.groups import SEED, Group
from gradx.reporting.runs.material import Material
from gradx.reporting.runs.units import UNITS

TRAINING = ("optimizer", "clipping", "steps")  # keys of an experiment that say nothing of the network before training


def before_training(material: Material) -> Callable[[Group], Hashable]:
    """What such groups share: everything but how they train, and then the growth in every seed."""
    places = [place for place, name in enumerate(material.names) if name.partition(".")[0] not in TRAINING]
    results = (SEED, "loss.first", *(f"growth.{direction}" for direction in UNITS))

    def shared(group: Group) -> Hashable:
        seeds = sorted(repr([row.get(name) for name in results]) for row in group.rows)
        return repr([group.key[place] for place in places]), tuple(seeds)

    return shared

"""The `extremes` quantity."""

from typing import ClassVar, Literal

from torch import Tensor

from gradx.quantities.base import Derived, Quantity, Reading, Sites
from gradx.quantities.snapshot import Snapshot
from gradx.tensors.norms import extremes

NAMES = ("grad_max", "grad_zeros", "grad_nonfinite")


class Extremes(Quantity):
    """Largest absolute entry, fraction of exact zeros and count of non-finite entries of the gradients.

    Gives: `grad_max`, `grad_zeros`, `grad_nonfinite`, each with `.parameter` (site: the parameter, index: its layer),
    `.preactivation`, `.output` and `.stream` (site: layer, over all its time steps). Of the gradient before clipping.

    Reference: underflow and overflow of gradients: Micikevicius et al. 2018, arXiv:1710.03740, section 3.2.
    """

    kind: Literal["extremes"] = "extremes"
    gives: ClassVar[tuple[str, ...]] = tuple(
        f"{name}.{where}" for where in ("parameter", "preactivation", "output", "stream") for name in NAMES
    )

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        found = _readings("parameter", snapshot.layout.sites, snapshot.layout.extremes(snapshot.gradient))
        for tapped in snapshot.tapped:
            series = tapped.series
            if not tapped.positions or series.kind == "cell":
                continue
            where = "output" if series.kind == "hidden" else series.kind
            largest, zeros, nonfinite = extremes(tapped.gradient, (-2, -1))  # in memory's order
            if series.axis == "depth":
                sites = [("layer", position) for position in tapped.positions]
                found += _readings(where, sites, (largest.T, zeros.T, nonfinite.T))
            else:
                measured = largest.amax(0), zeros.mean(0), nonfinite.sum(0)
                found += _readings(where, [("layer", series.layer)], tuple(each.unsqueeze(1) for each in measured))
        return found


def _readings(where: str, sites: Sites, measured: tuple[Tensor, ...]) -> list[Reading | Derived]:
    return [Reading(f"{name}.{where}", sites, values) for name, values in zip(NAMES, measured, strict=True)]

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
    `.preactivation` and `.output` (site: layer, over all its time steps). Of the gradient before clipping.

    Reference: underflow and overflow of gradients: Micikevicius et al. 2018, arXiv:1710.03740, section 3.2.
    """

    kind: Literal["extremes"] = "extremes"
    gives: ClassVar[tuple[str, ...]] = tuple(
        f"{name}.{where}" for where in ("parameter", "preactivation", "output") for name in NAMES
    )

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        found = _readings("parameter", snapshot.layout.sites, snapshot.layout.extremes(snapshot.gradient))
        for tapped in snapshot.tapped:
            series = tapped.series
            if not tapped.positions or series.kind == "cell":
                continue
            where = "output" if series.kind == "hidden" else series.kind
            if series.axis == "depth":
                measured = extremes(tapped.gradient, (-2, -1))
                found += _readings(where, [("layer", position) for position in tapped.positions], _columns(measured))
            else:
                measured = extremes(tapped.gradient.transpose(0, 1).flatten(1), -1)
                found += _readings(where, [("layer", series.layer)], _columns(measured))
        return found


def _columns(measured: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """(position, member) or (member,) to (member, position)."""
    return tuple(values.T if values.ndim == 2 else values.unsqueeze(1) for values in measured)


def _readings(where: str, sites: Sites, measured: tuple[Tensor, ...]) -> list[Reading | Derived]:
    return [Reading(f"{name}.{where}", sites, values) for name, values in zip(NAMES, measured, strict=True)]

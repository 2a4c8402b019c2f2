"""Profiles: the gradient of each example at each layer or each time step, gathered from a snapshot's series."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from gradx.tensors.norms import l2
from gradx.tensors.snapshot import Snapshot, Tapped


@dataclass(frozen=True)
class Profile:
    """`norms` (member, position, batch) in float64: L2 over the units (and, where positions are layers, over time)."""

    name: str  # preactivation, output, hidden, cell
    site: str
    positions: list[int]
    norms: Tensor
    source: torch.dtype  # of the gradients that the norms are of

    @property
    def sites(self) -> list[tuple[str, int]]:
        return [(self.site, position) for position in self.positions]

    @property
    def total(self) -> Tensor:
        """L2 over the batch too: (member, position)."""
        return l2(self.norms, -1, self.source)


def depth_profiles(snapshot: Snapshot) -> Iterator[Profile]:
    """The pre-activations and the outputs of the layers; a recurrent layer's are taken over all time steps together."""
    layers: dict[str, list[Tapped]] = {"preactivation": [], "output": []}
    for tapped in snapshot.tapped:
        kind = tapped.series.kind
        if not tapped.positions:
            continue
        if tapped.series.axis == "depth":
            yield Profile(kind, "layer", tapped.positions, tapped.norms, tapped.source)
        elif kind != "cell":
            layers["output" if kind == "hidden" else kind].append(tapped)
    for name, found in layers.items():
        if found:
            norms = torch.stack([l2(tapped.norms, 1, tapped.source) for tapped in found], dim=1)
            yield Profile(name, "layer", [tapped.series.layer for tapped in found], norms, found[0].source)


def time_profiles(snapshot: Snapshot) -> Iterator[Profile]:
    """The states of each recurrent layer, from the loss at the last time step: a loss at every step would hide decay."""
    for tapped in snapshot.last:
        if tapped.series.axis == "time" and tapped.series.kind != "preactivation" and tapped.positions:
            yield Profile(
                tapped.series.kind, f"layer {tapped.series.layer}", tapped.positions, tapped.norms, tapped.source
            )

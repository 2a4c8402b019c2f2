"""Profiles: the gradient of each example at each layer or each time step, gathered from a snapshot's series."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from gradx.quantities.snapshot import Snapshot
from gradx.tensors.norms import l2
from gradx.tensors.taps import Tapped


@dataclass(frozen=True)
class Profile:
    """`norms` (member, position, batch) in float64: L2 over the units (and, where positions are layers, over time)."""

    name: str  # preactivation, output, hidden, cell
    site: str
    positions: list[int]
    norms: Tensor
    source: torch.dtype  # of the gradients that the norms are of
    entries: int  # that each norm is over: units, and where positions are layers of a recurrent network, time steps

    @property
    def floor(self) -> float:
        """The norm of gradients that all are the smallest normal number of their dtype."""
        return float(torch.finfo(self.source).tiny) * sqrt(self.entries * self.norms.shape[-1])

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
            yield _profile(kind, "layer", tapped.positions, tapped.norms, tapped)
        elif kind != "cell":
            layers["output" if kind == "hidden" else kind].append(tapped)
    for name, found in layers.items():
        if found:
            norms = torch.stack([l2(tapped.norms, 1, tapped.source) for tapped in found], dim=1)
            yield _profile(
                name, "layer", [tapped.series.layer for tapped in found], norms, found[0], len(found[0].gradient)
            )


def time_profiles(snapshot: Snapshot) -> Iterator[Profile]:
    """The states of each recurrent layer, by the loss of the last time step: a loss at every step would hide decay."""
    for tapped in snapshot.last:
        if tapped.series.axis == "time" and tapped.series.kind != "preactivation" and tapped.positions:
            site = f"layer {tapped.series.layer}"
            yield _profile(tapped.series.kind, site, tapped.positions, tapped.norms, tapped)


def _profile(name: str, site: str, positions: list[int], norms: Tensor, tapped: Tapped, steps: int = 1) -> Profile:
    return Profile(name, site, positions, norms, tapped.source, steps * tapped.gradient.shape[-1])

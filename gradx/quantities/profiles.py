"""Profiles: the gradient of each example at each layer or each time step, gathered from a snapshot's series."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from torch import Tensor

from gradx.quantities.base import Array, Derived, Sites
from gradx.quantities.growth import growth_rows
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
    scale: Tensor | None  # what they had been multiplied by in it, (member,)
    entries: int  # that each norm is over: units, and where positions are layers of a recurrent network, time steps

    @property
    def computed(self) -> Tensor:
        """The norms as they were in the dtype that the gradients were computed in: times the loss scale."""
        return self.norms if self.scale is None else self.norms * self.scale.view(-1, 1, 1)

    @property
    def floor(self) -> float:
        """The norm, among those computed, of gradients that all are the smallest normal number of their dtype."""
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
    stacks: dict[str, list[Tapped]] = {}
    layers: dict[str, list[Tapped]] = {"preactivation": [], "output": []}
    for tapped in snapshot.tapped:
        kind = tapped.series.kind
        if not tapped.positions:
            continue
        if tapped.series.axis == "depth":
            stacks.setdefault(kind, []).append(tapped)
        elif kind != "cell":
            layers["output" if kind == "hidden" else kind].append(tapped)
    yield from (_joined(kind, found) for kind, found in stacks.items())
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


def _joined(name: str, found: list[Tapped]) -> Profile:
    """One profile of layers of several sizes: a series for each size, in the order of their numbers.

    A norm over more entries has a higher floor: that of the largest layer counts for all.
    """
    largest = max(found, key=lambda tapped: tapped.gradient.shape[-1])
    numbers = [number for tapped in found for number in tapped.positions]
    if len(found) == 1:
        return _profile(name, "layer", numbers, largest.norms, largest)
    order = sorted(range(len(numbers)), key=numbers.__getitem__)
    norms = torch.cat([tapped.norms for tapped in found], dim=1)[:, order]
    return _profile(name, "layer", [numbers[place] for place in order], norms, largest)


def grown(axis: str, profile: Profile) -> Derived:
    """Growth along a profile, computed on the host from every example's norms; a loss scale is no part of a ratio."""
    positions = np.array(profile.positions, dtype=np.float64)

    def finish(columns: Array) -> list[tuple[str, Sites, Array]]:
        return growth_rows(axis, columns.reshape(len(columns), len(positions), -1), positions, profile.floor)

    return Derived(profile.computed.flatten(1), finish)


def _profile(name: str, site: str, positions: list[int], norms: Tensor, tapped: Tapped, steps: int = 1) -> Profile:
    return Profile(name, site, positions, norms, tapped.source, tapped.scale, steps * tapped.gradient.shape[-1])

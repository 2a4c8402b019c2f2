"""The `layer_norms` quantity."""

from typing import ClassVar, Literal

import numpy as np

from gradx.quantities.base import Array, Derived, Quantity, Reading, Sites
from gradx.quantities.growth import growth_rows
from gradx.quantities.profiles import Profile, depth_profiles
from gradx.quantities.snapshot import Snapshot


class LayerNorms(Quantity):
    """The depth profile: L2 norm over batch and units of the gradient at every layer's pre-activation and output.

    Gives: `grad_norm.preactivation`, `grad_norm.output` (site: layer, index: its number from the input);
    `growth.depth` with its 95 % interval `.low`, `.high` (factor of the norm per layer towards the input, from the
    pre-activations) and `decades.depth` (log10 of first layer over last).

    Reference: Glorot, Bengio 2010, section 4; Schoenholz et al. 2017, arXiv:1611.01232, section 4.
    """

    kind: Literal["layer_norms"] = "layer_norms"
    gives: ClassVar[tuple[str, ...]] = (
        "grad_norm.preactivation",
        "grad_norm.output",
        "growth.depth",
        "growth.depth.low",
        "growth.depth.high",
        "decades.depth",
    )

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        found: list[Reading | Derived] = []
        for profile in depth_profiles(snapshot):
            found.append(Reading(f"grad_norm.{profile.name}", profile.sites, profile.total))
            if profile.name == "preactivation" and len(profile.positions) > 1:
                found.append(grown("depth", profile))
        return found


def grown(axis: str, profile: Profile) -> Derived:
    """Growth along a profile, computed on the host from every example's norms."""
    positions = np.array(profile.positions, dtype=np.float64)

    def finish(columns: Array) -> list[tuple[str, Sites, Array]]:
        return growth_rows(axis, columns.reshape(len(columns), len(positions), -1), positions, profile.floor)

    return Derived(profile.norms.flatten(1), finish)

"""The `layer_norms` quantity."""

from typing import ClassVar, Literal

from gradx.base.signal import signal
from gradx.quantities.base import Derived, Quantity, Reading
from gradx.quantities.profiles import depth_profiles, grown
from gradx.quantities.snapshot import Snapshot


class LayerNorms(Quantity):
    """The depth profile: L2 norm over batch and units of the gradient at every layer's pre-activation and output.

    Gives: `grad_norm.preactivation`, `grad_norm.output`, of a transformer also `grad_norm.stream` (the residual stream
    after each block; the others are those inside its feed-forward nets), each with site layer, index: its number from
    the input; `growth.depth` with its 95 % interval `.low`, `.high` (factor of the norm per layer towards the input),
    `decades.depth` (log10 of first layer over last), both of the signal that goes from layer to layer: of the stream
    where there is one, otherwise of the pre-activations.

    Reference: Glorot, Bengio 2010, section 4; Schoenholz et al. 2017, arXiv:1611.01232, section 4.
    """

    kind: Literal["layer_norms"] = "layer_norms"
    gives: ClassVar[tuple[str, ...]] = (
        "grad_norm.preactivation",
        "grad_norm.output",
        "grad_norm.stream",
        "growth.depth",
        "growth.depth.low",
        "growth.depth.high",
        "decades.depth",
    )

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        found: list[Reading | Derived] = []
        profiles = {f"grad_norm.{profile.name}": profile for profile in depth_profiles(snapshot)}
        for name, profile in profiles.items():
            found.append(Reading(name, profile.sites, profile.total))
            if name == signal(profiles) and len(profile.positions) > 1:
                found.append(grown("depth", profile))
        return found

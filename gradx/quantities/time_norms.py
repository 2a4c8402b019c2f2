"""The `time_norms` quantity."""

from typing import ClassVar, Literal

from gradx.quantities.base import Derived, Quantity, Reading
from gradx.quantities.profiles import grown, time_profiles
from gradx.quantities.snapshot import Snapshot


class TimeNorms(Quantity):
    """The time profile: L2 norm over batch and units of the gradient at every hidden (and cell) state.

    The loss is that of the last time step alone: a loss at every step adds fresh gradient everywhere and hides decay.
    Gives: `grad_norm.hidden`, `grad_norm.cell` (site: layer 1 ..., index: time step from 1); `growth.time` with its
    95 % interval `.low`, `.high` (factor of the norm per step towards the past, in the last layer, from the cell where
    there is one) and `decades.time` (log10 of first step over last).

    Reference: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, eq. 4-5.
    """

    kind: Literal["time_norms"] = "time_norms"
    gives: ClassVar[tuple[str, ...]] = (
        "grad_norm.hidden",
        "grad_norm.cell",
        "growth.time",
        "growth.time.low",
        "growth.time.high",
        "decades.time",
    )

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        profiles = list(time_profiles(snapshot))
        found: list[Reading | Derived] = [
            Reading(f"grad_norm.{profile.name}", profile.sites, profile.total) for profile in profiles
        ]
        if profiles and len(profiles[-1].positions) > 1:
            found.append(grown("time", profiles[-1]))
        return found

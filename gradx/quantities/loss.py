"""The `loss` quantity."""

from typing import ClassVar, Literal

from gradx.quantities.base import WHOLE, Derived, Quantity, Reading
from gradx.quantities.snapshot import Snapshot


class Loss(Quantity):
    """The training loss of the batch before the step (nats or mean square), without the penalty.

    Gives: `loss`.

    Reference: the objective that the task names (`gradx explain TASK`).
    """

    kind: Literal["loss"] = "loss"
    gives: ClassVar[tuple[str, ...]] = ("loss",)

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        return [Reading("loss", WHOLE, snapshot.losses.double().unsqueeze(1))]

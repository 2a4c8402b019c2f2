"""The `update_ratio` quantity."""

from typing import ClassVar, Literal

import numpy as np
import torch

from gradx.quantities.base import Array, Derived, Quantity, Reading, Sites
from gradx.quantities.snapshot import Snapshot


class UpdateRatio(Quantity):
    """L2 norm of the change that the optimizer asks of a parameter in this step over the parameter's norm before it.

    Gives: `update_ratio` (site: the parameter, index: its layer); missing while the parameter is exactly zero. Around
    1e-3 learning is healthy; a layer that stands still shows here, whatever the optimizer does to the gradient's scale.
    Below some 6e-8 a float32 parameter stands still altogether: added to it, the change is rounded away.

    Reference: Karpathy, CS231n notes, "Ratio of weights:updates".
    """

    kind: Literal["update_ratio"] = "update_ratio"
    gives: ClassVar[tuple[str, ...]] = ("update_ratio",)

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        layout = snapshot.layout
        sites = layout.sites

        def finish(columns: Array) -> list[tuple[str, Sites, Array]]:
            change, size = np.split(columns, 2, axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                return [("update_ratio", sites, np.ma.array(change / size, mask=size == 0))]

        return [Derived(torch.cat([layout.norms(snapshot.change), layout.norms(snapshot.params)], dim=1), finish)]

"""The `grad_norm` quantity."""

from typing import ClassVar, Literal

import numpy as np

from gradx.quantities.base import WHOLE, Array, Derived, Quantity, Reading, Sites
from gradx.quantities.snapshot import Snapshot


class GradNorm(Quantity):
    """L2 norm of the gradient of loss plus penalty over all parameters, and over each, before and after clipping.

    Gives: `grad_norm`, `grad_norm.clipped`, `clip_coefficient` (after / before, 1 where nothing was clipped),
    `clip_cosine` (of the angle between the two, 1 where nothing was clipped, missing where nothing is left), and per
    parameter `grad_norm.parameter`, `grad_norm.clipped.parameter` (site: the parameter, index: its layer).
    Squares are summed in float64.

    Reference: Pascanu, Mikolov, Bengio 2013, arXiv:1211.5063, section 3.2.
    """

    kind: Literal["grad_norm"] = "grad_norm"
    gives: ClassVar[tuple[str, ...]] = (
        "grad_norm",
        "grad_norm.clipped",
        "clip_coefficient",
        "clip_cosine",
        "grad_norm.parameter",
        "grad_norm.clipped.parameter",
    )

    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        sites = snapshot.layout.sites
        return [
            Reading("grad_norm", WHOLE, snapshot.total.unsqueeze(1)),
            Reading("grad_norm.clipped", WHOLE, snapshot.clipped_total.unsqueeze(1)),
            Reading("clip_coefficient", WHOLE, snapshot.coefficient.unsqueeze(1)),
            Derived(snapshot.cosine.unsqueeze(1), _cosine),
            Reading("grad_norm.parameter", sites, snapshot.norms),
            Reading("grad_norm.clipped.parameter", sites, snapshot.clipped_norms),
        ]


def _cosine(columns: Array) -> list[tuple[str, Sites, Array]]:
    return [("clip_cosine", WHOLE, np.ma.array(columns, mask=np.isnan(columns)))]

"""`Quantity`: what is measured at a sampled step, on the device, and what becomes of it on the host."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from gradx.base.part import Part
from gradx.quantities.snapshot import Snapshot

Array = np.ndarray[Any, np.dtype[np.float64]]
Sites = Sequence[tuple[str, int]]
"""Where each value was measured: a site (a parameter's name, "layer", "layer 1" ...) and an index along it."""

WHOLE: Sites = (("", 0),)  # the site of what belongs to the whole network


@dataclass(frozen=True)
class Reading:
    """One named result of a sampled step: `values` is (member, site) in float64."""

    quantity: str
    sites: Sites
    values: Tensor


@dataclass(frozen=True)
class Derived:
    """Results that are computed on the host, from `values` (member, column) in float64.

    `finish` takes the numbers of one member, (step, column), and gives for each name its sites and (step, site) values;
    a masked value (`numpy.ma`) is missing: it gets no row in the trace.
    """

    values: Tensor
    finish: Callable[[Array], list[tuple[str, Sites, Array]]]


class Quantity(Part):
    """A pure function of a `Snapshot`; the docstring states what it gives and in which unit."""

    gives: ClassVar[tuple[str, ...]] = ()  # the names in the trace's column `quantity`

    @abstractmethod
    def measure(self, snapshot: Snapshot) -> list[Reading | Derived]:
        """The readings of one sampled step; names and sites are the same at every step of a run."""
